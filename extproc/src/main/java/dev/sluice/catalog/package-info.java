/** Channels, groups and rules as data, and where they come from. */
@NullMarked
package dev.sluice.catalog;

import org.jspecify.annotations.NullMarked;
