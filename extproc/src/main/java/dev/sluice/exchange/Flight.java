package dev.sluice.exchange;

import dev.sluice.catalog.Key;
import dev.sluice.conversation.Block.Source.Inline;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Estimate;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Wanted;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a request keeps between its tries: the body as it came, read once, and what was tried. Safe
 * for several threads, since a hedged request has two tries at once.
 */
final class Flight {
  /** A smaller body is not worth letting go of. */
  private static final int SMALL = 8 * 1024;

  private final String id;
  private final Key key;
  private final Protocol client;
  private final boolean carries;
  private final @Nullable Reasoning reasoning;
  private final Plan plan;
  private final long startNanos;
  private final List<Try> tries = new ArrayList<>();
  private final Map<String, Inline> media = new HashMap<>();
  private volatile Ask ask;
  private volatile Continuity.Course course;
  private @Nullable Request request;
  private long counted = -1;
  private @Nullable Runnable parked;
  private @Nullable Try winner;
  private boolean handed;
  private boolean forsaken;
  private volatile @Nullable Bill bill;

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
      Plan plan,
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
    private final Lease lease;
    private final long startNanos;
    private @Nullable Failure failure;
    private boolean running = true;

    private Try(Attempt attempt, Lease lease, long startNanos) {
      this.attempt = attempt;
      this.lease = lease;
      this.startNanos = startNanos;
    }

    Attempt attempt() {
      return attempt;
    }

    /** What it has taken; to be ended with it. */
    Lease lease() {
      return lease;
    }

    /** When it began. */
    long startNanos() {
      return startNanos;
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
    long fetched = 0;
    for (Inline each : media.values()) {
      fetched += each.base64().length();
    }
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

  /** Lets go of the model, which a later try reads again. */
  synchronized void release() {
    request = null;
  }

  /**
   * Lets go of a large body when its answer is under way: no other try will send it. Not while a
   * rival may, nor where it is kept with the answer. Whether it is gone.
   */
  synchronized boolean unload() {
    if (winner == null || racing() || course.store() || bytes() < SMALL) {
      return false;
    }
    counted = prompt();
    ask = ask.without();
    course = new Continuity.Course(ask, course.pin(), course.alone(), false);
    request = null;
    media.clear();
    return true;
  }

  /**
   * Whether a provider of the client's own protocol can have the client's bytes as they are, or as
   * they are with what they go on from.
   */
  boolean plain() {
    return !carries && reasoning == null;
  }

  /**
   * The next candidate, marked as running; or why there is none; or null, since another try has won
   * or is running that this one waits for. One who asks while another does never gets a second
   * candidate beside it unless it may race.
   *
   * @param race whether it may run beside another
   * @param wake runs when the try that is waited for has failed
   */
  synchronized @Nullable Next next(long now, boolean race, Runnable wake) {
    if (winner != null) {
      return null;
    }
    boolean running = racing();
    if (!running || race) {
      Choice choice = plan.take(attempts());
      if (choice instanceof Choice.Go(Attempt attempt, Lease lease)) {
        var started = new Try(attempt, lease, now);
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

  Plan plan() {
    return plan;
  }

  /** Whether another candidate is left, or another try is still running that may yet succeed. */
  synchronized boolean hopeful(Try failed) {
    return plan.next(attempts()) instanceof Choice.Go
        || tries.stream().anyMatch(t -> t != failed && t.running);
  }

  /** Whether a try is neither won nor lost. */
  synchronized boolean racing() {
    for (Try one : tries) {
      if (one.running) {
        return true;
      }
    }
    return false;
  }

  /** The try failed; the next one waits no longer. */
  void failed(Try ended, Failure failure) {
    end(ended, failure, Runnable::run);
  }

  /**
   * The try's stream is gone.
   *
   * @param wakes runs what wakes the next one, when that has had time to be gone as well
   */
  void gone(Try ended, Failure failure, Executor wakes) {
    end(ended, failure, wakes);
  }

  /** The client left before anybody won. */
  synchronized void forsake() {
    forsaken = true;
  }

  /** Whether the client left before anybody won. */
  synchronized boolean forsaken() {
    return forsaken;
  }

  /** The client gets this try's answer, unless another has won before: then this one has not. */
  boolean won(Try ended) {
    synchronized (this) {
      if (winner != null && winner != ended) {
        return false;
      }
      winner = ended;
    }
    end(ended, null, Runnable::run);
    return true;
  }

  /** Whether the client gets another try's answer. */
  synchronized boolean beaten(Try one) {
    return winner != null && winner != one;
  }

  /** Why its newest try goes out, for people. */
  synchronized String reason() {
    int running = 0;
    Failure last = null;
    for (Try one : tries) {
      running += one.running ? 1 : 0;
      last = one.failure == null ? last : one.failure;
    }
    return running > 1 ? "race" : last == null ? "first" : "after " + last.kind().name();
  }

  /** Whether it is for the caller to hand it to the keeper, as it is for one alone. */
  synchronized boolean handOver() {
    boolean first = !handed;
    handed = true;
    return first;
  }

  /** The bill of the request. */
  Bill bill() {
    return Objects.requireNonNull(bill);
  }

  /** From now on this is the bill of the request. */
  void bill(Bill open) {
    bill = open;
  }

  /** About how many tokens its prompt has. */
  long prompt() {
    Request read;
    synchronized (this) {
      if (counted >= 0) {
        return counted;
      }
      read = request;
    }
    if (read != null) {
      return Estimate.of(read);
    }
    byte[] body = course.whole().body();
    long rough = ask.gist().promptTokens();
    return body.length > Exchange.LENGTHY && rough > 0 ? rough : Estimate.of(body);
  }

  private void end(Try ended, @Nullable Failure failure, Executor wakes) {
    Runnable wake = null;
    synchronized (this) {
      if (ended.running) {
        ended.running = false;
        ended.failure = failure;
        if (failure != null) {
          wake = parked;
          parked = null;
        }
      }
    }
    if (wake != null) {
      wakes.execute(wake);
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

  private List<Attempt> attempts() {
    return tries.isEmpty() ? List.of() : tries.stream().map(Try::attempt).toList();
  }
}
