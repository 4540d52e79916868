package dev.sluice.routing.simulation;

import java.util.function.Function;

/**
 * Who takes part.
 *
 * @param name in the tables
 * @param arms makes one for each run
 */
record Entrant(String name, Function<World, Arm> arms) {}
