package dev.sluice.protocol;

import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Turn.Role;

/**
 * An answer whose beginning the client wrote: Messages and Gemini go on from it where the model
 * can. A model that cannot is asked to in words.
 */
public final class Begun {
  /** What the user is made to say. */
  public static final String GO_ON = "Go on from where you stopped.";

  private Begun() {}

  /** Whether the client's own protocol would go on from where its request ends. */
  public static boolean by(Request request) {
    return (request.origin() == Origin.MESSAGES || request.origin() == Origin.GEMINI)
        && !request.turns().isEmpty()
        && request.turns().getLast().role() == Role.ASSISTANT;
  }

  /** The loss of it. */
  public static Loss loss(Request request) {
    return new Loss(
        request.turns().getLast().path(),
        "this model continues no answer that was begun; it was asked to go on");
  }
}
