package dev.sluice.conversation;

/**
 * Fields that the model does not know, written back only to the protocol that they came from.
 *
 * @param origin that protocol
 * @param raw a JSON object's text
 */
public record Extra(Origin origin, String raw) {}
