package dev.sluice.envoy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A public table of prices as entries of a channel's {@code prices}. The table is a JSON object
 * with an object for each model, whose prices are in USD for one token.
 *
 * @see <a
 *     href="https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json">LiteLLM's
 *     table</a>
 */
final class Prices {
  private static final int MILLION = 6;
  private static final String PROVIDER = "litellm_provider";

  /** For a million tokens, in the order in which they are written. */
  private static final Map<String, String> TOKENS = new LinkedHashMap<>();

  /** For one of something. */
  private static final Map<String, String> EACH = new LinkedHashMap<>();

  static {
    TOKENS.put("input_cost_per_token", "input");
    TOKENS.put("cache_read_input_token_cost", "cached_input");
    TOKENS.put("cache_creation_input_token_cost", "cache_write");
    TOKENS.put("cache_creation_input_token_cost_above_1hr", "cache_write_hour");
    TOKENS.put("output_cost_per_token", "output");
    TOKENS.put("output_cost_per_reasoning_token", "reasoning");
    TOKENS.put("input_cost_per_audio_token", "audio_input");
    TOKENS.put("output_cost_per_audio_token", "audio_output");
    EACH.put("input_cost_per_request", "per_call");
    EACH.put("output_cost_per_image", "per_image");
    EACH.put("output_cost_per_second", "per_second");
  }

  private Prices() {}

  /**
   * The lines for the models that a pattern matches, in the order of the file.
   *
   * @param match as in the configuration: {@code *} is any run of characters, {@code &} joins
   *     patterns that must all hold; on the model's name with or without its provider
   * @throws IOException the file cannot be read, or is no such table; the message is for people
   */
  static List<String> lines(Path file, String match) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException(file + ": there is no such file.");
    }
    Predicate<String> wanted = pattern(match);
    var entries = new ArrayList<String>();
    var factory =
        JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    try (JsonParser in = factory.createParser(file.toFile())) {
      expect(in, in.nextToken(), JsonToken.START_OBJECT);
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        expect(in, in.nextToken(), JsonToken.START_OBJECT);
        Row row = row(in, name);
        if (!name.equals("sample_spec")
            && !row.prices().isEmpty()
            && (wanted.test(name) || wanted.test(row.model()))) {
          entries.add(row.line());
        }
      }
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ": line " + line(e.getLocation()) + ": " + e.getOriginalMessage(), e);
    }
    if (entries.isEmpty()) {
      throw new IOException(file + ": there is no model with a price that matches " + match + ".");
    }
    return Stream.concat(Stream.of("prices:"), entries.stream()).toList();
  }

  private static int line(JsonLocation location) {
    return location == null ? 1 : location.getLineNr();
  }

  private static void expect(JsonParser in, JsonToken found, JsonToken expected)
      throws JsonProcessingException {
    if (found != expected) {
      throw new JsonParseException(in, "expected an object with an object for each model");
    }
  }

  /**
   * A model's row.
   *
   * @param name as in the file
   * @param model without the provider before it
   * @param prices by our names, as they are to be written
   * @param untold prices that have no name here
   */
  private record Row(String name, String model, Map<String, String> prices, List<String> untold) {
    String line() {
      String notes =
          Stream.concat(
                  name.equals(model) ? Stream.empty() : Stream.of(name),
                  untold.isEmpty()
                      ? Stream.empty()
                      : Stream.of("without " + String.join(", ", untold)))
              .collect(Collectors.joining("; "));
      return "  - {model: "
          + quoted(model)
          + prices.entrySet().stream()
              .map(price -> ", " + price.getKey() + ": " + price.getValue())
              .collect(Collectors.joining())
          + "}"
          + (notes.isEmpty() ? "" : "  # " + notes);
    }
  }

  private static Row row(JsonParser in, String name) throws IOException {
    var found = new LinkedHashMap<String, BigDecimal>();
    String provider = "";
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      JsonToken value = in.nextToken();
      if (value.isNumeric() && key.contains("cost")) {
        found.put(key, in.getDecimalValue());
      } else if (key.equals(PROVIDER) && value == JsonToken.VALUE_STRING) {
        provider = in.getText();
      } else {
        in.skipChildren();
      }
    }
    var prices = new LinkedHashMap<String, String>();
    TOKENS.forEach((theirs, ours) -> put(prices, ours, found.remove(theirs), MILLION));
    EACH.forEach((theirs, ours) -> put(prices, ours, found.remove(theirs), 0));
    var untold =
        found.entrySet().stream()
            .filter(price -> price.getValue().signum() != 0)
            .map(Map.Entry::getKey)
            .toList();
    String model =
        !provider.isEmpty() && name.startsWith(provider + "/")
            ? name.substring(provider.length() + 1)
            : name;
    return new Row(name, model, prices, untold);
  }

  private static void put(
      Map<String, String> prices, String name, @Nullable BigDecimal price, int shift) {
    if (price != null && price.signum() > 0) {
      prices.put(name, price.movePointRight(shift).stripTrailingZeros().toPlainString());
    }
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static Predicate<String> pattern(String match) {
    return Stream.of(match.split("&", -1))
        .map(
            glob ->
                Stream.of(glob.strip().split("\\*", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(".*")))
        .map(regex -> Pattern.compile(regex, Pattern.DOTALL).asMatchPredicate())
        .reduce(Predicate::and)
        .orElse(_ -> true);
  }
}
