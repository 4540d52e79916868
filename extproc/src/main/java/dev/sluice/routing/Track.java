package dev.sluice.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What is known of one model of a channel. */
final class Track {
  /**
   * First tokens that come in so small a part of the time that was expected are good news. A single
   * one often comes in half of it by chance.
   */
  private static final double MUCH_FASTER = 0.25;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final String channel;
  private final String model;
  private final Latency latency = new Latency();
  private final Availability availability = new Availability();
  private final Cost cost = new Cost();
  private final Load load = new Load();
  private final Silence silence = new Silence();
  private final Gate gate;
  private final AtomicLong lastBegun = new AtomicLong();
  private volatile long probeWait = Probe.first();
  private volatile long trouble = NEVER;

  Track(String channel, String model) {
    this.channel = channel;
    this.model = model;
    this.gate = new Gate(new Place.OfModel(channel, model));
  }

  String channel() {
    return channel;
  }

  String model() {
    return model;
  }

  Latency latency() {
    return latency;
  }

  Availability availability() {
    return availability;
  }

  Cost cost() {
    return cost;
  }

  Load load() {
    return load;
  }

  /** Whether this model may be asked for there. */
  Gate gate() {
    return gate;
  }

  /** When the last try began; 0: never. */
  long lastBegun() {
    return lastBegun.get();
  }

  /**
   * The size of a prompt as {@link Silence} knows it.
   *
   * @param fresh tokens of it that are expected not to be in the cache
   */
  int size(double fresh) {
    return Silence.size(latency.estimate().reading(fresh));
  }

  /** A try with a prompt of this size begins. */
  void begins(long now, int size) {
    lastBegun.lazySet(now);
    load.begins();
    latency.waits(now);
    silence.waits(now, size);
  }

  /** That try was answered after this time, if only with its first token. */
  void answered(long begun, int size, double seconds) {
    silence.answered(begun, size, seconds, latency.estimate().empty());
  }

  /** That try waits no longer, whatever became of it. */
  void waitsNoMore(long begun, int size) {
    latency.waitsNoMore(begun);
    silence.waitsNoMore(begun, size);
  }

  /** Tries that wait for their first token. */
  long waiting() {
    return latency.waiting();
  }

  /** How sure it is that the tries that wait now wait in vain, 0 to 1. */
  double vain(long now) {
    return Math.max(latency.vain(now), silence.vain(now, waiting(), latency.estimate().empty()));
  }

  /** Takes the right to probe, which one request has; false: another was faster. */
  boolean claim(long quiet, long now) {
    return lastBegun.compareAndSet(quiet, now);
  }

  /** It lives again after it was dead, or a probe of it has failed. */
  void trouble(long now) {
    trouble = now;
  }

  /** When that was last. */
  long trouble() {
    return trouble;
  }

  long probeWait() {
    return probeWait;
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    double more = availability.fold(now);
    double factor = latency.fold(now);
    silence.fold(now);
    cost.fold(now);
    load.fold(now);
    if (!Double.isNaN(more)) {
      boolean better = more > 0.1 || (more >= 0 && factor < MUCH_FASTER);
      probeWait = Probe.next(probeWait, better);
    }
  }

  /** So many tokens of a prompt are expected not to be in the cache; 0: not known. */
  double fresh(double promptTokens, boolean returning) {
    return promptTokens * (1 - cost.cachedShare(returning));
  }

  /** Everything learned, to be given to {@link #recall}. */
  List<Double> numbers() {
    var numbers = new ArrayList<Double>();
    Arrays.stream(availability.numbers()).forEach(numbers::add);
    Arrays.stream(latency.numbers()).forEach(numbers::add);
    Arrays.stream(cost.numbers()).forEach(numbers::add);
    return numbers;
  }

  /**
   * Goes on from it; {@code trust} is what part of it still counts. Ignores what it cannot read.
   */
  void recall(List<Double> numbers, double trust, long now) {
    double[] all = numbers.stream().mapToDouble(Double::doubleValue).toArray();
    boolean sound = Arrays.stream(all).allMatch(n -> Double.isFinite(n) && n >= 0);
    int latencies = Availability.NUMBERS;
    int costs = latencies + Latency.NUMBERS;
    if (sound && all.length == costs + Cost.NUMBERS) {
      availability.recall(Arrays.copyOfRange(all, 0, latencies), trust, now);
      latency.recall(Arrays.copyOfRange(all, latencies, costs), trust, now);
      cost.recall(Arrays.copyOfRange(all, costs, all.length), now);
    }
  }
}
