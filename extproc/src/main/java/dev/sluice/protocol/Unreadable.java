package dev.sluice.protocol;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.conversation.Response;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import org.jspecify.annotations.Nullable;

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

  /**
   * A body as JSON.
   *
   * @throws Refusal it is none; says what it is instead
   */
  public static Json json(byte[] body) throws Refusal {
    try {
      return Json.parse(body);
    } catch (Malformed e) {
      throw new Refusal(noJson(body, String.valueOf(e.getMessage())));
    }
  }

  /**
   * A body that is JSON as an object.
   *
   * @throws Refusal it is something else
   */
  public static Json.Obj object(Json json) throws Refusal {
    if (json instanceof Json.Obj object) {
      return object;
    }
    throw new Refusal(noAnswer("a JSON object"));
  }

  /** Reads a whole answer. */
  @FunctionalInterface
  public interface Reading {
    /**
     * The answer.
     *
     * @throws Refusal it is none
     */
    Response of(byte[] body) throws Refusal;
  }

  /** Why these bytes are no good answer; null where they are one. */
  public static @Nullable Failure judge(byte[] body, Reading reading) {
    try {
      Response response = reading.of(body);
      return response.blocks().isEmpty() && Beginning.empty(response.stop(), response.usage())
          ? noAnswer("content")
          : null;
    } catch (Refusal refusal) {
      return refusal.failure();
    }
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
