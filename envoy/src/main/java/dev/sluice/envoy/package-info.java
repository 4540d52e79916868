/** Envoy's binary, its bootstrap, and the launcher that keeps the three processes running. */
@NullMarked
package dev.sluice.envoy;

import org.jspecify.annotations.NullMarked;
