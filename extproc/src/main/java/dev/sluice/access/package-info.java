/** Who may come in: keys and what they open. */
@NullMarked
package dev.sluice.access;

import org.jspecify.annotations.NullMarked;
