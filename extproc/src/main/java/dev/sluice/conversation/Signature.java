package dev.sluice.conversation;

/**
 * What a provider signed a block with. It is opaque, and replayed only to its issuer.
 *
 * @param text as it came
 * @param origin the protocol that it came in
 */
public record Signature(String text, Origin origin) {}
