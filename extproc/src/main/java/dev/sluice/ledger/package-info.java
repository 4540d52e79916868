/** What happened, one line a request. */
@NullMarked
package dev.sluice.ledger;

import org.jspecify.annotations.NullMarked;
