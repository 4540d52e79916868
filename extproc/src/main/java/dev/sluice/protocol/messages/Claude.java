package dev.sluice.protocol.messages;

import dev.sluice.conversation.Reasoning.Effort;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model behind this protocol takes, by its name: Claude's version decides how thinking is
 * asked for. Models of other makers are asked as the oldest thinking Claude is.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking">Anthropic,
 *     adaptive thinking</a>
 * @see <a
 *     href="https://platform.claude.com/docs/en/build-with-claude/structured-outputs">Anthropic,
 *     structured outputs</a>
 */
enum Claude {
  /** Another maker's: thinks by a budget; a JSON answer needs a tool. */
  OTHER,
  /** Up to 4.1: takes a temperature or top_p, not both. */
  BUDGET,
  /** 4.5: thinks by a budget, knows JSON schemas. */
  SCHEMAS,
  /** 4.6: thinks adaptively, by words. */
  ADAPTIVE,
  /** 4.7 and later: takes neither a budget nor a temperature. */
  WORDS;

  private static final Pattern VERSION =
      Pattern.compile("claude-(?:[a-z]+-)?(\\d{1,2})(?:[-.](\\d{1,2}))?(?![0-9])");

  static Claude of(String model) {
    Matcher name = VERSION.matcher(model);
    if (!name.find()) {
      return OTHER;
    }
    String minor = name.group(2);
    int version =
        Integer.parseInt(name.group(1)) * 100 + (minor == null ? 0 : Integer.parseInt(minor));
    if (version >= 407) {
      return WORDS;
    }
    return version >= 406 ? ADAPTIVE : version >= 405 ? SCHEMAS : BUDGET;
  }

  boolean eitherTemperatureOrTopP() {
    return this != OTHER;
  }

  boolean schemas() {
    return compareTo(SCHEMAS) >= 0;
  }

  boolean adaptive() {
    return compareTo(ADAPTIVE) >= 0;
  }

  /** The word for an effort above none, as the model knows it. */
  String word(Effort effort) {
    return switch (effort) {
      case NONE, MINIMAL, LOW -> "low";
      case MEDIUM -> "medium";
      case HIGH -> "high";
      case XHIGH -> this == WORDS ? "xhigh" : "high";
      case MAX -> "max";
    };
  }
}
