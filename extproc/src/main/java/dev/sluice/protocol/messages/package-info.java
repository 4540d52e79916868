/** Anthropic Messages. */
@NullMarked
package dev.sluice.protocol.messages;

import org.jspecify.annotations.NullMarked;
