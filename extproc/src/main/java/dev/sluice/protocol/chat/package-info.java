/** OpenAI Chat Completions. */
@NullMarked
package dev.sluice.protocol.chat;

import org.jspecify.annotations.NullMarked;
