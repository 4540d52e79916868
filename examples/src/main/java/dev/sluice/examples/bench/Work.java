package dev.sluice.examples.bench;

/** What is asked for, and how often. */
enum Work {
  /** Whole answers of 1 KB, as many as the gateway's core can do. */
  WHOLE,
  /** The same at a fixed rate that takes half of that core. */
  WHOLE_HALF,
  /** Streams of 100 events, each as soon as the one before is written; as many as can be. */
  BURST,
  /** Streams of 100 events, 20 ms apart, so many new ones a second for everyone. */
  PACED,
  /** The same at a fixed rate that takes half of the gateway's core. */
  PACED_HALF;

  private static final int EVENTS = 100;
  private static final int GAP_MILLIS = 20;

  /** What the provider is told; the id in it means nothing. */
  Order order() {
    return switch (this) {
      case WHOLE, WHOLE_HALF -> new Order(false, 0, 1, 0);
      case BURST -> new Order(true, 0, EVENTS, 0);
      case PACED, PACED_HALF -> new Order(true, 0, EVENTS, GAP_MILLIS);
    };
  }

  /** Whether requests are due at times of their own. */
  boolean fixed() {
    return this == WHOLE_HALF || this == PACED || this == PACED_HALF;
  }

  /** Whether the rate takes half of the core. */
  boolean half() {
    return this == WHOLE_HALF || this == PACED_HALF;
  }

  /** The work that tells what half of the core is; itself where nothing is halved. */
  Work base() {
    return switch (this) {
      case WHOLE, WHOLE_HALF -> WHOLE;
      case BURST -> BURST;
      case PACED, PACED_HALF -> PACED;
    };
  }
}
