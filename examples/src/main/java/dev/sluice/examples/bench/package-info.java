/** Measures the gateway, what it is compared with, and the limit that bare Envoy sets. */
@NullMarked
package dev.sluice.examples.bench;

import org.jspecify.annotations.NullMarked;
