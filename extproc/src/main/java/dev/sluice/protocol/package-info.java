/** The four protocols, a folder each, behind one interface. */
@NullMarked
package dev.sluice.protocol;

import org.jspecify.annotations.NullMarked;
