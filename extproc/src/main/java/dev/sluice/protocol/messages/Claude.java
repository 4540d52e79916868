package dev.sluice.protocol.messages;

import dev.sluice.conversation.Reasoning.Effort;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model behind this protocol takes, by its name: Claude's version, and from 5 on its family
 * too, decide how thinking is asked for. Models of other makers are asked as the oldest thinking
 * Claude is.
 *
 * @param family such as {@code sonnet}; empty: the name says none
 * @param version 405 is 4.5; 0: another maker's
 * @see <a href="https://platform.claude.com/docs/en/models/overview">Anthropic, models overview,
 *     with what is new in each and how to move to it</a>
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/effort">Anthropic, effort</a>
 * @see <a
 *     href="https://platform.claude.com/docs/en/build-with-claude/structured-outputs">Anthropic,
 *     structured outputs</a>
 */
record Claude(String family, int version) {
  private static final Pattern NAME =
      Pattern.compile("claude-(?:([a-z]+)-)?(\\d{1,2})(?:[-.](\\d{1,2}))?(?![0-9])");
  private static final Pattern UNNUMBERED = Pattern.compile("claude-(fable|mythos)\\b");

  /** 3.7: the first that thinks. */
  private static final int THINKING = 307;

  /** 4.5: knows JSON schemas, answers more than it has room for as far as there is room. */
  private static final int SCHEMAS = 405;

  /** 4.6: thinks adaptively, by words, and continues no answer. */
  private static final int ADAPTIVE = 406;

  /** 4.7: takes neither a budget nor a temperature, and knows {@code xhigh}. */
  private static final int WORDS = 407;

  /** Opus 4.8: takes instructions amid the turns. */
  private static final int INSTRUCTED = 408;

  /** 5: thinks where nothing is said. */
  private static final int THOUGHTFUL = 500;

  /** 5.5: Opus always thinks, Sonnet between tools at least. */
  private static final int FREE = 505;

  static Claude of(String model) {
    Matcher name = NAME.matcher(model);
    if (!name.find()) {
      Matcher unnumbered = UNNUMBERED.matcher(model);
      return unnumbered.find() ? new Claude(unnumbered.group(1), THOUGHTFUL) : new Claude("", 0);
    }
    String family = name.group(1);
    String minor = name.group(3);
    return new Claude(
        family == null ? "" : family,
        Integer.parseInt(name.group(2)) * 100 + (minor == null ? 0 : Integer.parseInt(minor)));
  }

  /** How a model is told not to think. */
  enum Rest {
    /** It does not where nothing is said. */
    UNSAID,
    /** By the type {@code disabled}, beside no effort above high. */
    DISABLED,
    /** By the type {@code between_tools}, beside no effort above high. */
    BETWEEN_TOOLS,
    /** It always thinks. */
    NEVER
  }

  Rest rest() {
    if (version < THOUGHTFUL) {
      return Rest.UNSAID;
    }
    return switch (family) {
      case "haiku" -> version <= FREE ? Rest.DISABLED : Rest.NEVER;
      case "sonnet" ->
          version < FREE ? Rest.DISABLED : version == FREE ? Rest.BETWEEN_TOOLS : Rest.NEVER;
      case "opus" -> version < FREE ? Rest.DISABLED : Rest.NEVER;
      default -> Rest.NEVER;
    };
  }

  /** Whether it can be made to call a tool, if only when it does not think. */
  boolean forced() {
    return rest() == Rest.UNSAID || rest() == Rest.DISABLED;
  }

  boolean eitherTemperatureOrTopP() {
    return version > 0;
  }

  boolean schemas() {
    return version >= SCHEMAS;
  }

  boolean adaptive() {
    return version >= ADAPTIVE;
  }

  boolean wordsAlone() {
    return version >= WORDS;
  }

  /** Whether instructions may stand amid the turns. */
  boolean instructed() {
    return version >= INSTRUCTED;
  }

  /** The word for an effort above none that is nearest to it; null: the model takes none. */
  @Nullable String word(Effort effort) {
    if (version < SCHEMAS || (version == SCHEMAS && !family.equals("opus"))) {
      return null;
    }
    return switch (effort) {
      case NONE, MINIMAL, LOW -> "low";
      case MEDIUM -> "medium";
      case HIGH -> "high";
      case XHIGH -> version >= WORDS ? "xhigh" : "high";
      case MAX -> version >= ADAPTIVE ? "max" : "high";
    };
  }

  /** How many tokens it answers at most, which must be said where the client sets no limit. */
  long most() {
    if (version >= ADAPTIVE) {
      return 128_000;
    }
    // Those before 4.5 refuse a limit that their window has no room for beside the prompt.
    return version >= SCHEMAS ? 64_000 : version >= THINKING ? 32_000 : 8_192;
  }
}
