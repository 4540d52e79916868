package dev.sluice.routing.simulation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One way to choose. It learns only from what it is told here. */
interface Arm {
  /** A request has come. */
  Tries begin(Request request);

  /** Called every 200 ms. */
  default void refresh() {}

  /** The tries of one request. */
  interface Tries {
    /** The next try; null: no more. */
    @Nullable Try next();

    /** The request is over; its whole loss and, by the way, its parts are known. */
    default void settled(double[] lossFromTry) {}
  }

  /** One try. */
  interface Try {
    /** Its channel's index in {@link Seller#ALL}. */
    int channel();

    /** How long it may take to the first token. */
    Duration firstToken();

    /** The first token came. */
    void first(Duration sinceBegin);

    /** It is over. */
    void ended(End end);
  }

  /** How a try ends. */
  sealed interface End {
    /** Since the try began. */
    Duration took();

    /**
     * A whole answer.
     *
     * @param took to the last token
     * @param fresh tokens of the prompt that were read anew
     * @param held tokens of the prompt that came from the cache
     * @param written tokens of the answer
     */
    record Whole(Duration took, int fresh, int held, int written) implements End {}

    /** A stream that had begun and did not end well; so much of it had been written. */
    record Broken(Duration took, int fresh, int held, int written) implements End {}

    /** No token, for an error of the server. */
    record Crash(Duration took) implements End {}

    /** No token in time. */
    record Late(Duration took) implements End {}

    /** Refused for its rate; {@code retryAfter} is zero where nothing was said. */
    record Refused(Duration took, Duration retryAfter) implements End {}
  }
}
