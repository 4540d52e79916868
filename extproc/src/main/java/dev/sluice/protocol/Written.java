package dev.sluice.protocol;

import dev.sluice.conversation.Loss;
import java.util.List;

/**
 * Bytes of one protocol, and what they could not carry.
 *
 * @param bytes a whole JSON body
 * @param losses what the target cannot express; empty where nothing was lost
 */
public record Written(byte[] bytes, List<Loss> losses) {
  /** Copies the list. */
  public Written {
    losses = List.copyOf(losses);
  }
}
