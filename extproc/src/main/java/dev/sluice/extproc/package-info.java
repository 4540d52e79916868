/** Starts the service. */
@NullMarked
package dev.sluice.extproc;

import org.jspecify.annotations.NullMarked;
