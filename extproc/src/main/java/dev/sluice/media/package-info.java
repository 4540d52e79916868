/**
 * Media fetched from their addresses, for providers that take only bytes. The one room that speaks
 * to hosts which clients name, so that what it may reach is bounded here.
 */
@NullMarked
package dev.sluice.media;

import org.jspecify.annotations.NullMarked;
