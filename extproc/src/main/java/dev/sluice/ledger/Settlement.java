package dev.sluice.ledger;

/** How an attempt ended, as far as its bill is concerned. */
public enum Settlement {
  /** The answer came whole and its provider said what it used. */
  COMPLETE,
  /** The answer had begun and did not come whole: the client left, or the provider broke off. */
  ABORTED,
  /** The answer came whole, and what it used was not said but is estimated. */
  ESTIMATED,
  /** Another attempt that raced with it was faster. */
  LOST,
  /** There was no answer. */
  FAILED
}
