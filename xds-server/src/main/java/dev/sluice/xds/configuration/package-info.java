/** The configuration file: reading, checking, and what it says. */
@NullMarked
package dev.sluice.xds.configuration;

import org.jspecify.annotations.NullMarked;
