package dev.sluice.routing;

import dev.sluice.conversation.Origin;
import java.util.function.Predicate;

/**
 * What a request wants of the router.
 *
 * @param group the name of the key's group
 * @param model as the client wrote it
 * @param speaks which protocols a provider may have for this client
 * @param session what the conversation is known by, already a hash; empty: it is not known
 * @param promptTokens about how long the prompt is; 0: not known
 * @param answerTokens the most that was asked for; 0: nothing was said
 */
public record Inquiry(
    String group,
    String model,
    Predicate<Origin> speaks,
    String session,
    long promptTokens,
    long answerTokens) {

  /** A request of which no more is known. */
  public static Inquiry of(String group, String model, Predicate<Origin> speaks) {
    return new Inquiry(group, model, speaks, "", 0, 0);
  }
}
