package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a small table in the public format. */
final class PricesTest {
  private static final String TABLE =
      """
      {
        "sample_spec": {"input_cost_per_token": 1.0, "litellm_provider": "one of the list"},
        "claude-small": {
          "max_tokens": 8192,
          "input_cost_per_token": 8e-07,
          "output_cost_per_token": 4e-06,
          "cache_read_input_token_cost": 8e-08,
          "cache_creation_input_token_cost": 1e-06,
          "cache_creation_input_token_cost_above_1hr": 1.6e-06,
          "litellm_provider": "anthropic",
          "supported_modalities": ["text", "image"],
          "search_context_cost_per_query": {"search_context_size_low": 0.01}
        },
        "claude-long": {
          "input_cost_per_token": 3e-06,
          "output_cost_per_token": 0.000015,
          "input_cost_per_token_above_200k_tokens": 6e-06,
          "litellm_provider": "anthropic"
        },
        "gemini/gemini-quick": {
          "input_cost_per_token": 1.0000000000000001e-07,
          "input_cost_per_audio_token": 1e-6,
          "output_cost_per_token": 2.5e-06,
          "output_cost_per_reasoning_token": 3.5e-06,
          "litellm_provider": "gemini"
        },
        "azure/eu/gpt-x": {"input_cost_per_token": 1.375e-06, "litellm_provider": "azure"},
        "draw": {"output_cost_per_image": 0.04, "input_cost_per_token": 0.0, "litellm_provider": "x"},
        "free": {"input_cost_per_token": 0.0, "litellm_provider": "x"},
        "machine": {"output_cost_per_second": 0.00042, "input_cost_per_request": 0.002}
      }
      """;

  @TempDir Path folder = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("table.json"), TABLE);
  }

  @Test
  void prices() throws IOException {
    assertThat(String.join("\n", Prices.lines(file, "*")))
        .isEqualTo(
            """
            prices:
              - {model: "claude-small", input: 0.8, cached_input: 0.08, cache_write: 1, cache_write_hour: 1.6, output: 4}
              - {model: "claude-long", input: 3, output: 15}  # without input_cost_per_token_above_200k_tokens
              - {model: "gemini-quick", input: 0.10000000000000001, output: 2.5, reasoning: 3.5, audio_input: 1}  # gemini/gemini-quick
              - {model: "eu/gpt-x", input: 1.375}  # azure/eu/gpt-x
              - {model: "draw", per_image: 0.04}
              - {model: "machine", per_call: 0.002, per_second: 0.00042}\
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "claude-*,              2",
    "*claude*&*long*,       1",
    "gemini/*,              1",
    "gemini-quick,          1",
    "azure/*gpt*,           1",
    "*a*,                   5",
  })
  void match(String pattern, int count) throws IOException {
    assertThat(Prices.lines(file, pattern)).hasSize(count + 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                  | line 1: expected an object with an object for each model",
        "{\"a\": 1}          | line 1: expected an object with an object for each model",
        "{\"a\": {\"b\": }}  | line 1: Unexpected character ('}' (code 125))",
        "{}                  | there is no model with a price that matches *.",
      })
  void whatIsNoTableIsSaid(String text, String message) throws IOException {
    Files.writeString(file, text);
    assertThatThrownBy(() -> Prices.lines(file, "*"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThatThrownBy(() -> Prices.lines(folder.resolve("none"), "*"))
        .hasMessageContaining("none: there is no such file.");
  }
}
