/** Channels that change, in simulated time: what the routing code is tuned and judged by. */
@NullMarked
package dev.sluice.routing.simulation;

import org.jspecify.annotations.NullMarked;
