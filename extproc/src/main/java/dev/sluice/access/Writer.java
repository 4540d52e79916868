package dev.sluice.access;

/**
 * Who writes what was spent.
 *
 * @param process one of a kind
 * @param gateway whose process it is; it outlives the process
 * @param since when the process began, in milliseconds since the epoch: requests of processes
 *     before it began earlier
 */
record Writer(String process, String gateway, long since) {}
