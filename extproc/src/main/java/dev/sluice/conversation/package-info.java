/**
 * The canonical model: what the four protocols say, in blocks, with nothing of any of them lost.
 */
@NullMarked
package dev.sluice.conversation;

import org.jspecify.annotations.NullMarked;
