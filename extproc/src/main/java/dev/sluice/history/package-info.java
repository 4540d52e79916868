/**
 * What clients of OpenAI Responses left with us: whole responses that their provider does not keep,
 * and where those are that it does. A bounded SQLite file below the data directory.
 */
@NullMarked
package dev.sluice.history;

import org.jspecify.annotations.NullMarked;
