@NullMarked
package dev.sluice.envoy;

import org.jspecify.annotations.NullMarked;
