package dev.sluice.xds.configuration;

import dev.sluice.xds.configuration.Configuration.HostPort;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The small languages in a configuration's values. Each reader throws an {@link
 * IllegalArgumentException} whose message goes on after the value.
 */
final class Words {
  private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(B|KiB|MiB|GiB|KB|MB|GB)?");

  private static final Pattern BUDGET =
      Pattern.compile(
          "(?:\\d{1,9}(?:\\.\\d{1,9})?\\s+USD|\\d{1,15}\\s+tokens)"
              + "(?:/(?:hour|day|week|month|year|total))?");
  private static final double LONGEST_MILLIS = Duration.ofDays(365).toMillis();
  private static final int SIZE_DIGITS = 10;

  private Words() {}

  static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("is no duration; write 500ms, 20s, 2m or 1h.");
    }
    double millis = Double.parseDouble(matcher.group(1)) * millis(matcher.group(2));
    if (millis > LONGEST_MILLIS) {
      throw new IllegalArgumentException("must not be longer than 365d.");
    }
    return Duration.ofMillis(Math.round(millis));
  }

  private static long millis(@Nullable String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "m" -> 60_000;
      case "h" -> 3_600_000;
      case "d" -> 86_400_000;
      case null, default -> 1_000;
    };
  }

  private static long bytes(@Nullable String unit) {
    return switch (unit) {
      case "KiB" -> 1L << 10;
      case "MiB" -> 1L << 20;
      case "GiB" -> 1L << 30;
      case "KB" -> 1_000;
      case "MB" -> 1_000_000;
      case "GB" -> 1_000_000_000;
      case null, default -> 1;
    };
  }

  static Duration positive(String text) {
    Duration duration = duration(text);
    if (!duration.isPositive()) {
      throw new IllegalArgumentException("must be longer than 0.");
    }
    return duration;
  }

  /** Whole days, one at least. */
  static Duration days(String text) {
    Duration duration = duration(text);
    if (duration.toDays() < 1 || !duration.equals(Duration.ofDays(duration.toDays()))) {
      throw new IllegalArgumentException("must be whole days, 1d or more.");
    }
    return duration;
  }

  /** A day of UTC. */
  static LocalDate date(String text) {
    try {
      return LocalDate.parse(text.strip());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("is no date; write 2026-12-01.", e);
    }
  }

  /** What one of a currency is worth. */
  static double rate(String text) {
    double rate = amount(text);
    if (rate == 0) {
      throw new IllegalArgumentException("must be greater than 0.");
    }
    return rate;
  }

  /** What fits into memory. */
  static long size(String text) {
    return size(text, 1L << 30, "1GiB");
  }

  /** What fits onto a disk. */
  static long space(String text) {
    return size(text, 1L << 40, "1024GiB");
  }

  /** What is kept of a body. */
  static int body(String text) {
    return (int) size(text, 1L << 20, "1MiB");
  }

  private static long size(String text, long most, String written) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("is no size; write 64MiB or 512KiB.");
    }
    String digits = matcher.group(1);
    long bytes =
        digits.length() > SIZE_DIGITS ? -1 : Long.parseLong(digits) * bytes(matcher.group(2));
    if (bytes <= 0 || bytes > most) {
      throw new IllegalArgumentException("must be between 1B and " + written + ".");
    }
    return bytes;
  }

  static HostPort address(String text) {
    int colon = text.lastIndexOf(':');
    if (colon > 0) {
      String host = text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port > 0 && port <= 65_535) {
          return new HostPort(host, port);
        }
      } catch (NumberFormatException _) {
        // Said below, together with everything else that is no address.
      }
    }
    throw new IllegalArgumentException("is no address; write host:port, such as 127.0.0.1:10000.");
  }

  static String url(String text) {
    try {
      URI uri = new URI(text);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https"))
          && uri.getHost() != null
          && (uri.getPort() == -1 || (uri.getPort() > 0 && uri.getPort() <= 65_535))
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && uri.getRawUserInfo() == null) {
        return text.replaceAll("/+$", "");
      }
    } catch (URISyntaxException _) {
      // Said below, together with every other address that is none.
    }
    throw new IllegalArgumentException(
        "is no base URL; write http:// or https://, a host, and a path without ? or #.");
  }

  /** A URL as it may be printed: without a password in it. */
  static String withoutPassword(String url) {
    return url.replaceAll("//[^/]*@", "//…@");
  }

  static boolean truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1" -> true;
      case "false", "no", "off", "0" -> false;
      default -> throw new IllegalArgumentException("must be true or false.");
    };
  }

  static int count(String text, int least) {
    try {
      int value = Integer.parseInt(text);
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, as a number that is too small is.
    }
    throw new IllegalArgumentException("must be a whole number, " + least + " or more.");
  }

  static long big(String text) {
    try {
      long value = Long.parseLong(text.replace("_", ""));
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, as a number that is too small is.
    }
    throw new IllegalArgumentException("must be a whole number, 0 or more.");
  }

  static double amount(String text) {
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value < 1e12) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, as a number that is too small is.
    }
    throw new IllegalArgumentException("must be a number, 0 or more.");
  }

  static String regex(String text) {
    try {
      var _ = Pattern.compile(text);
      return text;
    } catch (java.util.regex.PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "is no regular expression: " + e.getDescription() + ".", e);
    }
  }

  /** A regular expression that finds something. */
  static String expression(String text) {
    if (Pattern.compile(regex(text)).matcher("").find()) {
      throw new IllegalArgumentException("matches the empty text; write what it shall find.");
    }
    return text;
  }

  /** One or more budgets, with commas between. */
  static String budget(String text) {
    var seen = new HashSet<String>();
    for (String one : text.split(",", -1)) {
      if (!BUDGET.matcher(one.strip()).matches()) {
        throw new IllegalArgumentException(
            "is no budget; write 50 USD/month, 2.5 USD/day or 1000000 tokens/total, several with"
                + " commas between.");
      }
      if (!seen.add(
          one.strip().replaceFirst("^\\S+\\s+", "").replaceFirst("^(USD|tokens)$", "$1/total"))) {
        throw new IllegalArgumentException("gives two budgets of one unit for one span; keep one.");
      }
    }
    return text.strip();
  }

  /** Levenshtein's distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), corner + change);
        corner = above;
      }
    }
    return row[b.length()];
  }
}
