/** Which channel, URL and account gets the next attempt; the router, and a policy a file. */
@NullMarked
package dev.sluice.routing;

import org.jspecify.annotations.NullMarked;
