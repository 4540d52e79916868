/** What dashboards and traces show, from the records of requests that are over. */
@NullMarked
package dev.sluice.telemetry;

import org.jspecify.annotations.NullMarked;
