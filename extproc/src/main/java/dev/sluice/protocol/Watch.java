package dev.sluice.protocol;

import dev.sluice.conversation.Failure;

/**
 * Looks at a provider's stream that the client gets untouched, to tell when the answer has begun.
 * One for each attempt; not safe for several threads. It copies nothing that it does not need and
 * holds at most one event.
 */
public interface Watch {
  /**
   * Looks at the next bytes of the body; once it has said something else than {@link Silent}, it is
   * done.
   */
  Sight see(byte[] bytes);

  /** The body is over: says what it would have been, {@link Failed} where no content came. */
  Sight end();

  /** What is known of the answer so far. */
  sealed interface Sight {}

  /** Nothing that carries content: headers, role, pings, comments. */
  record Silent() implements Sight {}

  /** The first event that carries content has come, or a well-formed end without any. */
  record Begun() implements Sight {}

  /** An error event, a body that is no stream of this protocol, or an end that came too early. */
  record Failed(Failure failure) implements Sight {}
}
