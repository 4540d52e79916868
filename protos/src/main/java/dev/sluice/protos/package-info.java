/** The names that the services share; the messages are in {@code dev.sluice.protos.v1}. */
@NullMarked
package dev.sluice.protos;

import org.jspecify.annotations.NullMarked;
