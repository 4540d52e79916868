package dev.sluice.exchange;

import dev.sluice.catalog.Key;
import dev.sluice.conversation.Block.Source.Inline;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Wanted;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Router;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request keeps between its tries: the body as it came, read once, and what was tried. Safe
 * for several threads, since a hedged request has two tries at once.
 */
final class Flight {
  private final String id;
  private final Key key;
  private final Protocol client;
  private final Ask ask;
  private final Continuity.Course course;
  private final boolean carries;
  private final @Nullable Reasoning reasoning;
  private final Router.Plan plan;
  private final long startNanos;
  private final List<Try> tries = new ArrayList<>();
  private final Map<String, Inline> media = new HashMap<>();
  private @Nullable Request request;
  private @Nullable Runnable parked;

  /**
   * A request that is seen for the first time.
   *
   * @param ask as the client sent it
   * @param course what it goes on from
   * @param reasoning how the model's name says it shall think; null where it says nothing
   */
  Flight(
      String id,
      Key key,
      Protocol client,
      Ask ask,
      Continuity.Course course,
      @Nullable Reasoning reasoning,
      Router.Plan plan,
      long startNanos) {
    this.id = id;
    this.key = key;
    this.client = client;
    this.ask = ask;
    this.course = course;
    this.carries = Carrier.in(course.whole().body());
    this.reasoning = reasoning;
    this.plan = plan;
    this.startNanos = startNanos;
  }

  /** One try and how it ended. */
  static final class Try {
    private final Attempt attempt;
    private final long startNanos;
    private long endNanos;
    private @Nullable Failure failure;
    private boolean running = true;
    private boolean good;

    private Try(Attempt attempt, long startNanos) {
      this.attempt = attempt;
      this.startNanos = startNanos;
    }

    Attempt attempt() {
      return attempt;
    }
  }

  String id() {
    return id;
  }

  Key key() {
    return key;
  }

  Protocol client() {
    return client;
  }

  Ask ask() {
    return ask;
  }

  /** How much of the heap its bodies take. */
  synchronized int bytes() {
    long whole = course.whole().body().length;
    long bodies = course.whole().equals(ask) ? whole : whole + ask.body().length;
    long fetched = media.values().stream().mapToLong(each -> each.base64().length()).sum();
    return Math.toIntExact(Math.min(Integer.MAX_VALUE / 2, bodies + fetched));
  }

  /** Keeps media that were fetched, for later tries. */
  synchronized void keep(Map<String, Inline> fetched) {
    media.putAll(fetched);
  }

  /** What was fetched of these; null where one of them was not. */
  synchronized @Nullable Map<String, Inline> fetched(List<Wanted> wanted) {
    var fetched = new HashMap<String, Inline>();
    for (Wanted one : wanted) {
      Inline bytes = media.get(one.url());
      if (bytes == null) {
        return null;
      }
      fetched.put(one.url(), bytes);
    }
    return fetched;
  }

  Continuity.Course course() {
    return course;
  }

  /** How long ago the first try came, in nanoseconds. */
  long ageNanos(long now) {
    return now - startNanos;
  }

  /** The request in the canonical model; read at the first call. */
  synchronized Request request(Protocol.Translator reads) throws Refusal {
    Request read = request;
    if (read == null) {
      read = reads.read(course.whole());
      if (reasoning != null) {
        read = read.thinking(reasoning);
      }
      request = read;
    }
    return read;
  }

  /**
   * Whether a provider of the client's own protocol can have the client's bytes as they are, or as
   * they are with what they go on from.
   */
  boolean plain() {
    return !carries && reasoning == null;
  }

  /**
   * The next candidate, marked as running; or why there is none; or null, since another try is
   * running that this one waits for. One who asks while another does never gets a second candidate
   * beside it unless it may race.
   *
   * @param race whether it may run beside another
   * @param wake runs when the try that is waited for has failed
   */
  synchronized @Nullable Next next(long now, boolean race, Runnable wake) {
    boolean running = racing();
    if (!running || race) {
      Choice choice = plan.next(attempts());
      if (choice instanceof Choice.Go(Attempt attempt)) {
        var started = new Try(attempt, now);
        tries.add(started);
        return new Next(choice, started);
      }
      if (!running) {
        return new Next(choice, null);
      }
    }
    parked = wake;
    return null;
  }

  /**
   * The router's word and, where it is to go, the try that has begun with it.
   *
   * @param choice the router's word
   * @param started null where the choice is not to go
   */
  record Next(Choice choice, @Nullable Try started) {}

  /** Whether another candidate is left, or another try is still running that may yet succeed. */
  synchronized boolean hopeful(Try failed) {
    return plan.next(attempts()) instanceof Choice.Go
        || tries.stream().anyMatch(t -> t != failed && t.running);
  }

  /** Whether a try is neither won nor lost. */
  synchronized boolean racing() {
    return tries.stream().anyMatch(t -> t.running);
  }

  /** The try failed; the next one waits no longer. */
  void failed(Try ended, Failure failure, long now) {
    end(ended, failure, now);
  }

  /** The client gets this try's answer. */
  void won(Try ended, long now) {
    end(ended, null, now);
  }

  private void end(Try ended, @Nullable Failure failure, long now) {
    Runnable wake = null;
    synchronized (this) {
      if (ended.running) {
        ended.running = false;
        ended.endNanos = now;
        ended.failure = failure;
        ended.good = failure == null;
        if (failure != null) {
          wake = parked;
          parked = null;
        }
      }
    }
    if (wake != null) {
      wake.run();
    }
  }

  /** What the tries ended with, oldest first, without those that still run. */
  synchronized List<Failure> failures() {
    var failures = new ArrayList<Failure>();
    for (Try one : tries) {
      if (one.failure != null) {
        failures.add(one.failure);
      }
    }
    return List.copyOf(failures);
  }

  /** How many tries there were. */
  synchronized int count() {
    return tries.size();
  }

  /** The tries for a log line. */
  synchronized String chain() {
    var chain = new StringBuilder();
    for (Try one : tries) {
      if (!chain.isEmpty()) {
        chain.append(", ");
      }
      chain.append(one.attempt).append(": ");
      Failure failure = one.failure;
      if (one.running) {
        chain.append("running");
      } else {
        if (one.good || failure == null) {
          chain.append("ok");
        } else {
          chain.append(failure.kind()).append(' ').append(failure.status());
          if (failure.code() != null) {
            chain.append(' ').append(failure.code());
          }
        }
        chain.append(" after ").append((one.endNanos - one.startNanos) / 1_000_000).append(" ms");
      }
    }
    return chain.toString();
  }

  private List<Attempt> attempts() {
    return tries.stream().map(Try::attempt).toList();
  }
}
