package dev.sluice.protocol;

import dev.sluice.conversation.Failure;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code retry-after} header in seconds, or {@code retry-after-ms} as OpenAI sends it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110, 10.2.3</a>
 */
public final class RetryAfter {
  private RetryAfter() {}

  /** How long to wait; null where no header says so in a form that needs no clock. */
  public static @Nullable Duration of(Map<String, String> headers) {
    Duration exact = number(headers.get("retry-after-ms"), 1);
    return exact != null ? exact : number(headers.get("retry-after"), 1_000);
  }

  private static @Nullable Duration number(@Nullable String text, long unitMillis) {
    if (text == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(text.strip());
      return value >= 0 && value < 1e9 ? Duration.ofMillis((long) (value * unitMillis)) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Puts the header, in whole seconds rounded up, where the failure says how long. */
  public static void put(Failure failure, Map<String, String> headers) {
    Duration wait = failure.retryAfter();
    if (wait != null) {
      headers.put("retry-after", Long.toString((wait.toMillis() + 999) / 1_000));
    }
  }
}
