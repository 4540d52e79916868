/** From the configuration to xDS resources, and to those who subscribe, in the right order. */
@NullMarked
package dev.sluice.xds.publish;

import org.jspecify.annotations.NullMarked;
