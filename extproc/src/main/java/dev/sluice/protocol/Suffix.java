package dev.sluice.protocol;

import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Reasoning.Effort;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a model shall think, said at the end of its name: {@code -none}, {@code -minimal}, {@code
 * -low}, {@code -medium}, {@code -high}, {@code -xhigh} of OpenAI's and Gemini's models, {@code
 * -thinking}, {@code -thinking-N} with a budget in tokens, {@code -nothinking} of Gemini's and
 * Claude's.
 *
 * @param model the name without it
 * @param reasoning what it says
 */
public record Suffix(String model, Reasoning reasoning) {
  private static final Pattern WORD = Pattern.compile("(.+)-(none|minimal|low|medium|high|xhigh)");
  private static final Pattern THINKING =
      Pattern.compile("(.+)-(nothinking|thinking(?:-(\\d{1,6}))?)");
  private static final Pattern WORDS_FOR =
      Pattern.compile("(?:.*[/.-])?(?:gpt|o\\d|codex|gemini)\\b.*");
  private static final Pattern THINKING_FOR = Pattern.compile("(?:.*[/.-])?(?:gemini|claude)\\b.*");

  /** What a model's name says; empty where it ends in nothing of the kind. */
  public static Optional<Suffix> of(String name) {
    Matcher word = WORD.matcher(name);
    if (word.matches() && WORDS_FOR.matcher(lower(word.group(1))).matches()) {
      return Effort.of(word.group(2))
          .map(effort -> new Suffix(word.group(1), new Reasoning(effort, null, null, null)));
    }
    Matcher thinking = THINKING.matcher(name);
    if (thinking.matches() && THINKING_FOR.matcher(lower(thinking.group(1))).matches()) {
      return Optional.of(new Suffix(thinking.group(1), reasoning(thinking)));
    }
    return Optional.empty();
  }

  private static Reasoning reasoning(Matcher thinking) {
    if (thinking.group(2).equals("nothinking")) {
      return new Reasoning(Effort.NONE, null, null, null);
    }
    String budget = thinking.group(3);
    return new Reasoning(null, budget == null ? null : Long.valueOf(budget), true, null);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
