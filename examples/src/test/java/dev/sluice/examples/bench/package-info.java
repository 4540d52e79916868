/** What the measurements count as good. */
@NullMarked
package dev.sluice.examples.bench;

import org.jspecify.annotations.NullMarked;
