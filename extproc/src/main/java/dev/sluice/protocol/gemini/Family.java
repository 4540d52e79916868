package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Reasoning.Effort;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model behind this protocol takes, by its name. Models of other makers have version 0 and
 * are asked as Gemini 2.5 is.
 *
 * @param major of the version
 * @param minor of the version
 * @see <a href="https://ai.google.dev/gemini-api/docs/thinking">Gemini API, thinking</a>
 * @see <a href="https://ai.google.dev/gemini-api/docs/gemini-3">Gemini API, Gemini 3</a>
 * @see <a href="https://ai.google.dev/gemini-api/docs/generate-content/whats-new-gemini-3.6">Gemini
 *     API, what is new in 3.6 Flash and 3.5 Flash-Lite</a>
 */
record Family(int major, int minor, boolean pro, boolean flash, boolean lite) {
  private static final Pattern VERSION =
      Pattern.compile("gemini-(\\d{1,2})(?:\\.(\\d{1,2}))?(?![0-9])");
  private static final Pattern LATEST = Pattern.compile("gemini-[a-z-]*latest");

  static Family of(String model) {
    boolean pro = model.contains("pro");
    boolean flash = model.contains("flash");
    boolean lite = model.contains("lite");
    Matcher name = VERSION.matcher(model);
    if (name.find()) {
      String minor = name.group(2);
      return new Family(
          Integer.parseInt(name.group(1)),
          minor == null ? 0 : Integer.parseInt(minor),
          pro,
          flash,
          lite);
    }
    return LATEST.matcher(model).find()
        ? new Family(3, 99, pro, flash, lite)
        : new Family(0, 0, pro, flash, lite);
  }

  /** Whether thinking is asked for by a word; both at once are refused. */
  boolean levels() {
    return major >= 3;
  }

  /** Whether thinking is asked for by a number of tokens. */
  boolean budgets() {
    return major == 0 || (major == 2 && minor >= 5);
  }

  /** Whether a call without a signature is refused, and tool results may hold media. */
  boolean three() {
    return major >= 3;
  }

  /** 3.6 Flash, 3.5 Flash-Lite, and what came after them. */
  private boolean newer() {
    return major > 3 || (major == 3 && (minor >= 6 || (minor == 5 && lite)));
  }

  /** Whether it goes on from the beginning of an answer; newer ones refuse to. */
  boolean continues() {
    return !newer();
  }

  /** Whether it takes a temperature and the like, which newer ones ignore and later ones refuse. */
  boolean draws() {
    return !newer();
  }

  /** Whether it fetches a public address by itself. */
  boolean fetches() {
    return major == 0 || major >= 3 || (major == 2 && minor >= 5);
  }

  /** The nearest level to an effort. */
  Effort level(Effort effort) {
    return switch (effort) {
      case NONE, MINIMAL ->
          lite || (flash && major == 3 && minor <= 6) ? Effort.MINIMAL : Effort.LOW;
      case LOW -> Effort.LOW;
      case MEDIUM -> pro && major == 3 && minor == 0 ? Effort.HIGH : Effort.MEDIUM;
      case HIGH, XHIGH, MAX -> Effort.HIGH;
    };
  }

  /** The nearest budget that it takes to a number of tokens that is not negative. */
  long budget(long tokens) {
    if (major == 0 || (tokens == 0 && !pro)) {
      return tokens;
    }
    return Math.clamp(tokens, pro ? 128 : lite ? 512 : 1, pro ? 32_768 : 24_576);
  }
}
