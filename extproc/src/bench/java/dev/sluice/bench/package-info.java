/** What the hot pieces cost, measured one by one. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
