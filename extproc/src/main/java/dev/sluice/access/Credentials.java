package dev.sluice.access;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where clients of the four protocols put their key. */
public final class Credentials {
  /** The headers that carry a client's credential; none of them ever reaches a provider. */
  public static final Set<String> HEADERS =
      Set.of(
          "authorization",
          "x-api-key",
          "x-goog-api-key",
          "api-key",
          "proxy-authorization",
          "cookie");

  private Credentials() {}

  /**
   * The key that the client presents; null where it presents none.
   *
   * @param headers lower-case names
   * @param path with its query
   */
  public static @Nullable String presented(Map<String, String> headers, String path) {
    String authorization = headers.get("authorization");
    if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
      return authorization.substring(7).strip();
    }
    for (String name : new String[] {"x-api-key", "x-goog-api-key", "api-key"}) {
      String value = headers.get(name);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return parameter(path);
  }

  /**
   * The query of {@code path} without a client's key; empty where nothing is left, else with its
   * {@code ?}.
   */
  public static String query(String path) {
    int mark = path.indexOf('?');
    if (mark < 0) {
      return "";
    }
    var kept = new StringBuilder();
    for (String pair : path.substring(mark + 1).split("&", -1)) {
      if (!pair.isEmpty() && !pair.equals("key") && !pair.startsWith("key=")) {
        kept.append(kept.isEmpty() ? '?' : '&').append(pair);
      }
    }
    return kept.toString();
  }

  private static @Nullable String parameter(String path) {
    int mark = path.indexOf('?');
    if (mark < 0) {
      return null;
    }
    for (String pair : path.substring(mark + 1).split("&", -1)) {
      if (pair.startsWith("key=")) {
        try {
          return URLDecoder.decode(pair.substring(4), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
          return null;
        }
      }
    }
    return null;
  }
}
