package dev.sluice.protocol;

import java.time.Instant;

/**
 * One entry of a model list.
 *
 * @param id the public name
 * @param owner the name of a channel that serves it
 * @param since when the configuration that names it was read
 */
public record Listed(String id, String owner, Instant since) {}
