package dev.sluice.routing.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A way to choose as others do it, with the same failover as all: a failed try is replaced at a
 * channel that this request has not tried yet; {@code retry-after} is honoured; three failures in a
 * row make a channel rest for ten seconds, and one more after that makes it rest again. Where all
 * rest, any may be tried. It takes the price that is in force at the moment from the catalog.
 */
abstract class Baseline implements Arm {
  private static final int FAILURES = 3;
  private static final double REST = 10;

  private final World world;
  private final int[] inRow = new int[Seller.ALL.size()];
  private final double[] until = new double[Seller.ALL.size()];

  /** Its own chance, which other arms do not touch. */
  final SplittableRandom random;

  Baseline(World world) {
    this.world = world;
    this.random = new SplittableRandom(world.seed());
  }

  /** One of these channels, at least one. */
  abstract int choose(Request request, List<Integer> open);

  /** A try and everything after it lost so much. */
  void lost(int channel, double loss) {}

  /** A try ended with an answer or without. */
  void ended(int channel, double seconds, boolean whole) {}

  final double now() {
    return world.now();
  }

  /** Factor on the list price. */
  final double price(int channel) {
    return world.truth(channel).price();
  }

  @Override
  public final Tries begin(Request request) {
    return new Course(request);
  }

  private final class Course implements Tries {
    private final Request request;
    private final List<Integer> tried = new ArrayList<>();

    Course(Request request) {
      this.request = request;
    }

    @Override
    public @Nullable Try next() {
      var left = new ArrayList<Integer>();
      var open = new ArrayList<Integer>();
      for (int channel = 0; channel < Seller.ALL.size(); channel++) {
        if (!tried.contains(channel)) {
          left.add(channel);
          if (until[channel] <= now()) {
            open.add(channel);
          }
        }
      }
      if (left.isEmpty()) {
        return null;
      }
      int channel = choose(request, open.isEmpty() ? left : open);
      if (inRow[channel] >= FAILURES) {
        until[channel] = now() + REST; // while this one is out, no other follows it
      }
      tried.add(channel);
      return new Attempt(channel);
    }

    @Override
    public void settled(double[] lossFromTry) {
      for (int i = 0; i < lossFromTry.length; i++) {
        lost(tried.get(i), lossFromTry[i]);
      }
    }
  }

  private final class Attempt implements Try {
    private final int channel;

    Attempt(int channel) {
      this.channel = channel;
    }

    @Override
    public int channel() {
      return channel;
    }

    @Override
    public Duration firstToken() {
      return World.FIRST_TOKEN;
    }

    @Override
    public void first(Duration sinceBegin) {
      inRow[channel] = 0;
      until[channel] = 0;
    }

    @Override
    public void ended(End end) {
      boolean whole = end instanceof End.Whole;
      Baseline.this.ended(channel, end.took().toNanos() / 1e9, whole);
      switch (end) {
        case End.Whole _, End.Broken _ -> {}
        case End.Refused(Duration _, Duration retryAfter) -> {
          until[channel] = Math.max(until[channel], now() + retryAfter.toNanos() / 1e9);
        }
        case End.Crash _, End.Late _ -> {
          if (++inRow[channel] >= FAILURES) {
            until[channel] = now() + REST;
          }
        }
      }
    }
  }

  /** Averages in which an observation counts half after so many seconds. */
  static final class Memory {
    private final double halfLife;
    private final double[] weight = new double[Seller.ALL.size()];
    private final double[] sum = new double[Seller.ALL.size()];
    private final double[] squares = new double[Seller.ALL.size()];
    private double at;

    Memory(double halfLife) {
      this.halfLife = halfLife;
    }

    void age(double now) {
      double factor = Math.pow(0.5, (now - at) / halfLife);
      at = now;
      for (double[] each : List.of(weight, sum, squares)) {
        for (int i = 0; i < each.length; i++) {
          each[i] *= factor;
        }
      }
    }

    void add(double now, int channel, double value) {
      age(now);
      weight[channel] += 1;
      sum[channel] += value;
      squares[channel] += value * value;
    }

    double weight(int channel) {
      return weight[channel];
    }

    double weight() {
      return Arrays.stream(weight).sum();
    }

    /** Optimistic: nothing where there is hardly anything to go by. */
    double mean(int channel) {
      return weight[channel] < 0.01 ? 0 : sum[channel] / weight[channel];
    }

    /** The deviation of single observations, of all channels together. */
    double deviation() {
      double between = 0;
      for (int i = 0; i < weight.length; i++) {
        between += squares[i] - weight[i] * mean(i) * mean(i);
      }
      return Math.sqrt(Math.max(0, between) / Math.max(1, weight()));
    }
  }
}
