package dev.sluice.conversation;

/**
 * Something that the target protocol cannot express.
 *
 * @param field where it stood in the source, as a path such as {@code
 *     messages[2].content[0].cache_control}
 * @param reason why it could not be carried, a short sentence
 */
public record Loss(String field, String reason) {}
