package dev.sluice.protocol;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.wire.Splice;

/** Answers with a good status that are no answer of their protocol. */
public final class Unreadable {
  private Unreadable() {}

  /** A body that should have been JSON and is not. */
  public static Failure noJson(byte[] body, String why) {
    String begin = Splice.excerpt(body, 60).strip();
    String what =
        body.length == 0
            ? "an empty body"
            : begin.startsWith("<")
                ? "HTML instead of JSON"
                : "a body that is no JSON (" + why + ")";
    return Failure.of(Kind.INTERNAL, "The provider answered 200 with " + what + ".");
  }

  /** JSON that is no answer. */
  public static Failure noAnswer(String lacking) {
    return Failure.of(Kind.INTERNAL, "The provider answered 200 without " + lacking + ".");
  }

  /** A stream that was over before its terminal event. */
  public static Failure tooEarly() {
    return Failure.of(Kind.INTERNAL, "The provider's stream ended before its terminal event.");
  }

  /** A stream that is none. */
  public static Failure noStream(String why) {
    return Failure.of(
        Kind.INTERNAL, "The provider answered 200 with something else than a stream: " + why + ".");
  }
}
