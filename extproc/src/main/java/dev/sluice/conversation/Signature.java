package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * What a provider signed a block with. It is opaque, and replayed only to its issuer.
 *
 * @param text as it came
 * @param origin the protocol that it came in
 * @param issuer who signed it, as the catalog calls it; null where the client sent it as the
 *     provider wrote it, so that nobody knows
 */
public record Signature(String text, Origin origin, @Nullable String issuer) {
  /** Signed by nobody knows whom. */
  public Signature(String text, Origin origin) {
    this(text, origin, null);
  }

  /** Whether a provider of this protocol that is called {@code target} can read it. */
  public boolean speaksTo(Origin protocol, String target) {
    return origin == protocol && (issuer == null || issuer.equals(target));
  }
}
