package dev.sluice.examples.simulator;

import java.time.Duration;
import java.util.Map;

/** One way in which a provider answers; {@link None} is the good one. */
public sealed interface Fault {
  /** A good answer. */
  record None() implements Fault {}

  /** A good answer whose first event comes late. */
  record Slow(Duration before) implements Fault {}

  /** This status, these headers, and an error in the provider's own form. */
  record Status(int status, Map<String, String> headers) implements Fault {
    /** Copies the map. */
    public Status {
      headers = Map.copyOf(headers);
    }

    /** Without headers of its own. */
    public Status(int status) {
      this(status, Map.of());
    }
  }

  /** 200, and an error as the first event, or as the body of a whole answer. */
  record ErrorInside() implements Fault {}

  /** Takes the request and says nothing. */
  record Silent() implements Fault {}

  /** 200 with its headers, and then nothing. */
  record HeadersOnly() implements Fault {}

  /** 200 with its headers, and then a reset. */
  record HeadersThenReset() implements Fault {}

  /** Closes the connection without an answer. */
  record Reset() implements Fault {}

  /** Good until so many events, then a reset. */
  record CutAfter(int events) implements Fault {}

  /** Good until so many events, then a clean end. */
  record EndsAfter(int events) implements Fault {}

  /** Good until so many events, then an error as an event; as the body of a whole answer. */
  record ErrorAfter(int events) implements Fault {}

  /** 200 and an empty body. */
  record Empty() implements Fault {}

  /** A stream of pings or comments alone. */
  record PingsOnly() implements Fault {}

  /** 200 and a web page. */
  record Html() implements Fault {}

  /** 200 and the first half of a JSON document. */
  record HalfJson() implements Fault {}
}
