/** Providers that behave, and providers that misbehave in one way each. */
@NullMarked
package dev.sluice.examples.simulator;

import org.jspecify.annotations.NullMarked;
