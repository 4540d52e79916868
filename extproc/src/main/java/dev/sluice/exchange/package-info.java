/** One try's state machine on the ext_proc stream, and what a request keeps between its tries. */
@NullMarked
package dev.sluice.exchange;

import org.jspecify.annotations.NullMarked;
