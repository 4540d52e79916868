@NullMarked
package dev.sluice.xds;

import org.jspecify.annotations.NullMarked;
