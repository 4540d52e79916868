package dev.sluice.access;

import dev.sluice.catalog.Budget;

/**
 * Tokens and money.
 *
 * @param tokens in and out, each counted once
 * @param nanos billionths of a US dollar
 */
public record Amount(long tokens, long nanos) {
  /** Nothing. */
  public static final Amount NONE = new Amount(0, 0);

  /** An amount with its money in US dollars, rounded to a billionth. */
  public static Amount of(long tokens, double usd) {
    return new Amount(tokens, Math.round(usd * Budget.NANOS));
  }

  Amount plus(Amount other) {
    return new Amount(tokens + other.tokens, nanos + other.nanos);
  }

  Amount minus(Amount other) {
    return new Amount(tokens - other.tokens, nanos - other.nanos);
  }

  /** Without what is less than nothing. */
  Amount positive() {
    return new Amount(Math.max(0, tokens), Math.max(0, nanos));
  }

  /** Its part of a unit, in the unit's smallest parts. */
  long of(Budget.Unit unit) {
    return switch (unit) {
      case USD -> nanos;
      case TOKENS -> tokens;
    };
  }
}
