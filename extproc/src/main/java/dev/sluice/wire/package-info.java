/**
 * Bytes on the wire: SSE framing, a JSON tree that keeps lexemes, splicing. Knows nothing of ours.
 */
@NullMarked
package dev.sluice.wire;

import org.jspecify.annotations.NullMarked;
