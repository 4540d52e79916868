package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many golden cases there are of each class, whole and streamed: a case is an input and one of
 * the three other protocols that it is written in. An input is of a class where it says something
 * that only that class says; of text where it says nothing else.
 */
final class GoldenClassesTest {
  private static final Path ROOT = Path.of("src", "test", "golden");
  private static final int OTHERS = 3;
  private static final int LEAST = 40;

  private static final Map<String, Pattern> CLASSES =
      Map.of(
          "tools",
          Pattern.compile(
              "\"tool_calls\"|\"function_call\"|\"tool_use\"|functionCall|\"tools\":\\s*\\[\\s*\\{"
                  + "|custom_tool_call|function_call_output|tool_result|functionResponse"),
          "reasoning",
          Pattern.compile(
              "\"reasoning(_content|_effort)?\":\\s*(\"|\\{\\s*\"(effort|summary)\":\\s*\")"
                  + "|\"type\":\\s*\"reasoning\"|\"thinking|\"redacted_thinking|\"thought"
                  + "|thinkingConfig"),
          "media",
          Pattern.compile(
              "\"image_url|\"input_image|\"type\":\\s*\"image|\"document\"|input_file|input_audio"
                  + "|\"inlineData|inline_data|fileData|file_data|\"audio\"|\"images\""),
          "structured",
          Pattern.compile(
              "\"json_schema\"|\"json_object\"|responseSchema|responseJsonSchema"
                  + "|application/json\"|sluice_json_answer|\"(text|content|delta)\":\\s*\"\\{\\\\\""),
          "cache",
          Pattern.compile(
              "cache_control|prompt_cache|\"cachedContent\""
                  + "|(\"cached_tokens|cachedContentTokenCount|cache_read_input_tokens"
                  + "|cache_creation_input_tokens)\":\\s*[1-9]"),
          "errors",
          Pattern.compile(
              "\"error\":\\s*\\{|\"type\":\\s*\"error\"|refus|blockReason|\"SAFETY|content_filter"
                  + "|response\\.failed|RECITATION|\"incomplete\"|MAX_TOKENS|\"length\""
                  + "|\"max_tokens\"\\s*[,}]"));

  private static final Map<String, Integer> CASES = new HashMap<>();

  @BeforeAll
  static void count() throws IOException {
    try (var walk = Files.walk(ROOT)) {
      for (Path file :
          walk.filter(f -> f.getFileName().toString().matches("[^.]+\\.(json|sse)")).toList()) {
        boolean streamed = ROOT.relativize(file).getName(0).toString().equals("stream");
        for (String name : classes(file)) {
          CASES.merge(name + (streamed ? " streamed" : " whole"), OTHERS, Integer::sum);
        }
      }
    }
  }

  private static Set<String> classes(Path file) throws IOException {
    if (ROOT.relativize(file).getName(0).toString().equals("failure")) {
      return Set.of("errors");
    }
    String text = Files.readString(file);
    var classes = new HashSet<String>();
    CLASSES.forEach(
        (name, says) -> {
          if (says.matcher(text).find()) {
            classes.add(name);
          }
        });
    return classes.isEmpty() ? Set.of("text") : classes;
  }

  @ParameterizedTest
  @CsvSource({"text", "tools", "reasoning", "media", "structured", "cache", "errors"})
  void areAtLeastForty(String name) {
    for (String form : List.of(" whole", " streamed")) {
      assertThat(CASES.getOrDefault(name + form, 0)).as(name + form).isGreaterThanOrEqualTo(LEAST);
    }
  }
}
