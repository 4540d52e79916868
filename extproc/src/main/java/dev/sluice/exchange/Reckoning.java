package dev.sluice.exchange;

import dev.sluice.catalog.Rule;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.Settlement;
import dev.sluice.protocol.Count;
import dev.sluice.protocol.Said;
import dev.sluice.routing.Outcome;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt is settled.
 *
 * @param settlement how it ended, as far as its bill is concerned
 * @param usage what it used, as far as is known
 * @param failure what went wrong; empty: nothing
 * @param left whether it was the client who ended it
 * @param why the failure that the router shall judge; null: none
 */
record Reckoning(
    Settlement settlement,
    Usage usage,
    String failure,
    boolean left,
    Outcome.@Nullable Failed why) {
  Reckoning(Settlement settlement, Usage usage, String failure, boolean left) {
    this(settlement, usage, failure, left, null);
  }

  /** What stands for a failure where the client left. */
  static final String LEFT = "LEFT";

  /** What stands for a failure where the provider broke off. */
  static final String CUT = "CUT";

  /** There was no answer, and nobody at the candidate is to blame. */
  static Reckoning failed(String why) {
    return new Reckoning(Settlement.FAILED, Usage.NONE, why, false);
  }

  /** There was no answer. */
  static Reckoning failed(Failure failure, int status, @Nullable Rule rule) {
    return new Reckoning(
        Settlement.FAILED,
        Usage.NONE,
        failure.kind().name(),
        false,
        new Outcome.Failed(failure, status, rule));
  }

  /** What the router hears of it. */
  Outcome outcome(Duration took) {
    return switch (settlement) {
      case COMPLETE, ESTIMATED ->
          usage.equals(Usage.NONE) ? new Outcome.Abandoned() : new Outcome.Answered(usage, took);
      case LOST -> new Outcome.Beaten(took);
      case FAILED -> why == null ? new Outcome.Abandoned() : why;
      case ABORTED ->
          left
              ? new Outcome.Abandoned()
              : new Outcome.Failed(
                  Failure.of(Failure.Kind.UNAVAILABLE, "The provider broke off."), 0, null);
    };
  }

  /** The client left before there was an answer. */
  static Reckoning forsaken() {
    return new Reckoning(Settlement.FAILED, Usage.NONE, LEFT, true);
  }

  /** Another attempt was faster; its prompt was read all the same. */
  static Reckoning lost(@Nullable Usage said, LongSupplier prompt) {
    Usage usage = said == null ? about(prompt.getAsLong(), 0) : said;
    return new Reckoning(Settlement.LOST, usage, "", false);
  }

  /** An answer that is not paid for, such as a count. */
  static Reckoning free() {
    return new Reckoning(Settlement.COMPLETE, Usage.NONE, "", false);
  }

  /** An answer that passed us to its end. */
  static Reckoning whole(Count count, LongSupplier prompt) {
    Usage said = count.usage();
    return said == null
        ? new Reckoning(
            Settlement.ESTIMATED, about(prompt.getAsLong(), count.streamed()), "", false)
        : new Reckoning(Settlement.COMPLETE, said, "", false);
  }

  /** An answer that had begun and passed us until it broke off, maybe after its last word. */
  static Reckoning broken(Count count, LongSupplier prompt, boolean left) {
    if (count.whole()) {
      return whole(count, prompt);
    }
    Usage said = count.usage();
    return aborted(said, said != null && count.current(), count.streamed(), prompt, left);
  }

  /**
   * An answer that was released.
   *
   * @param entry null: nothing came of it, so that nobody knows its end
   * @param said what its events said, where there is an entry
   */
  static Reckoning released(
      @Nullable Entry entry, @Nullable Said said, Pace pace, LongSupplier prompt) {
    if (entry == null || said == null) {
      return aborted(null, false, pace.tokens(0), prompt, false);
    }
    Usage usage = said.usage();
    if (said.end() == Said.End.CUT) {
      return aborted(usage, said.current(), pace.tokens(entry.bytes()), prompt, entry.left());
    }
    return usage == null
        ? new Reckoning(
            Settlement.ESTIMATED, about(prompt.getAsLong(), pace.tokens(entry.bytes())), "", false)
        : new Reckoning(Settlement.COMPLETE, usage, "", false);
  }

  private static Reckoning aborted(
      @Nullable Usage said, boolean current, long streamed, LongSupplier prompt, boolean left) {
    Usage usage =
        said == null
            ? about(prompt.getAsLong(), streamed)
            : current ? said : atLeast(said, streamed);
    return new Reckoning(Settlement.ABORTED, usage, left ? LEFT : CUT, left);
  }

  private static Usage about(long prompt, long output) {
    return new Usage(prompt, 0, 0, output, null, null, null, null, null);
  }

  private static Usage atLeast(Usage said, long output) {
    return new Usage(
        said.input(),
        said.cacheRead(),
        said.cacheWrite(),
        Math.max(said.output(), output),
        said.reasoning(),
        said.cacheWriteHour(),
        said.audioInput(),
        said.audioOutput(),
        said.extra());
  }
}
