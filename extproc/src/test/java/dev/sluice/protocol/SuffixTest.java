package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Reasoning.Effort;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the end of a model's name says of its thinking. */
final class SuffixTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // name, the model's, effort, budget, shown
        "gpt-5.4-none, gpt-5.4, NONE, -, -",
        "gpt-5.4-minimal, gpt-5.4, MINIMAL, -, -",
        "gpt-5.4-low, gpt-5.4, LOW, -, -",
        "gpt-5.4-medium, gpt-5.4, MEDIUM, -, -",
        "gpt-5.4-high, gpt-5.4, HIGH, -, -",
        "gpt-5.4-xhigh, gpt-5.4, XHIGH, -, -",
        "gpt-5.1-codex-max-high, gpt-5.1-codex-max, HIGH, -, -",
        "codex-mini-low, codex-mini, LOW, -, -",
        "o3-mini-high, o3-mini, HIGH, -, -",
        "openai/gpt-5.4-low, openai/gpt-5.4, LOW, -, -",
        "my.gpt-5.4-low, my.gpt-5.4, LOW, -, -",
        "GPT-5.4-low, GPT-5.4, LOW, -, -",
        "gemini-3-pro-low, gemini-3-pro, LOW, -, -",
        "gemini-3-flash-minimal, gemini-3-flash, MINIMAL, -, -",
        "gemini-2.5-flash-thinking, gemini-2.5-flash, -, -, true",
        "gemini-2.5-flash-thinking-2048, gemini-2.5-flash, -, 2048, true",
        "gemini-2.5-flash-nothinking, gemini-2.5-flash, NONE, -, -",
        "claude-sonnet-4-5-thinking, claude-sonnet-4-5, -, -, true",
        "claude-sonnet-4-5-thinking-8000, claude-sonnet-4-5, -, 8000, true",
        "claude-sonnet-4-5-nothinking, claude-sonnet-4-5, NONE, -, -",
        "anthropic/claude-opus-4-6-thinking, anthropic/claude-opus-4-6, -, -, true",
      })
  void aNameThatSaysIt(
      String name,
      String model,
      @Nullable Effort effort,
      @Nullable Long budget,
      @Nullable Boolean shown) {
    assertThat(Suffix.of(name))
        .contains(new Suffix(model, new Reasoning(effort, budget, shown, null)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt-5.4",
        "gpt-4o",
        "gpt-5.1-codex-max",
        "gemini-2.5-flash-lite",
        "gemini-2.0-flash-thinking-exp-01-21",
        "claude-3-5-sonnet-20241022",
        // words are OpenAI's and Gemini's, thinking is Gemini's and Claude's
        "claude-sonnet-4-5-high",
        "gpt-5.4-thinking",
        // other makers' models are called so
        "qwen3-next-80b-a3b-thinking",
        "kimi-k2-thinking",
        "mistral-medium",
        "deepseek-high",
        "fogpt-high",
        // nothing before it, or no number after it
        "-high",
        "gemini-2.5-flash-thinking-",
        "gemini-2.5-flash-thinking-12345678",
        "gemini-2.5-flash-thinking-x",
        "",
      })
  void aNameThatDoesNot(String name) {
    assertThat(Suffix.of(name)).isEmpty();
  }
}
