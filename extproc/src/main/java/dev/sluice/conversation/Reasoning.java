package dev.sluice.conversation;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How much the model shall think before it speaks: by a word, by a number of tokens, or both.
 *
 * @param effort null: not said
 * @param budget in tokens; null: not said
 * @param shown whether the client wants to read the thinking; null: not said
 * @param extra null: none
 */
public record Reasoning(
    @Nullable Effort effort,
    @Nullable Long budget,
    @Nullable Boolean shown,
    @Nullable Extra extra) {

  /**
   * Words for it, each with the budget that stands for it where a protocol counts tokens, and the
   * least budget that it stands for. This is the one table in which words and tokens meet.
   */
  public enum Effort {
    NONE(0, 0),
    MINIMAL(1_024, 1),
    LOW(2_048, 1_024),
    MEDIUM(8_192, 4_096),
    HIGH(16_384, 16_384),
    XHIGH(32_768, Long.MAX_VALUE),
    MAX(65_536, Long.MAX_VALUE);

    private static final Map<String, Effort> BY_WORD =
        Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Effort::word, e -> e));

    private final long budget;
    private final long from;

    Effort(long budget, long from) {
      this.budget = budget;
      this.from = from;
    }

    /** The word in lower case, as OpenAI writes it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The word as OpenAI takes it, which knows none above {@code xhigh}. */
    public String openAi() {
      return (this == MAX ? XHIGH : this).word();
    }

    /** The effort that is called so; empty: none is. */
    public static Optional<Effort> of(String word) {
      return Optional.ofNullable(BY_WORD.get(word));
    }
  }

  /** The budget, by the table where only a word was said. */
  public long tokens() {
    Long said = budget;
    Effort word = effort;
    return said != null ? said : word != null ? word.budget : Effort.MEDIUM.budget;
  }

  /** The word, by the table where only a budget was said. */
  public Effort word() {
    Effort said = effort;
    if (said != null) {
      return said;
    }
    Effort nearest = Effort.NONE;
    for (Effort each : Effort.values()) {
      if (each.from <= tokens()) {
        nearest = each;
      }
    }
    return nearest;
  }
}
