package dev.sluice.examples.bench;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Asks one address, over and over. In a closed loop each answer makes the next request; at a fixed
 * rate requests are due at times of their own, and every time is counted from when a request was
 * due, so that a gateway that stalls cannot hide it by being asked less.
 */
final class Load implements AutoCloseable, Answer.Watcher {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A gateway that cannot keep up is not asked any more from here on. */
  private static final int MOST_UNDER_WAY = 20_000;

  private static int lastId;

  private final EventLoop loop;
  private final Lines lines;
  private final Question question;
  private boolean asking = true;
  private int underWay;
  private int mostUnderWay;
  private long began;
  private boolean counting;
  private long countedFrom;
  private long answers;
  private long events;
  private long errors;
  private Samples whole = new Samples();
  private Samples first = new Samples();
  private Samples delay = new Samples();
  private final TreeMap<String, Integer> wrongs = new TreeMap<>();

  /**
   * What was counted.
   *
   * @param seconds how long
   * @param answers good ones that ended
   * @param events events of streams, whether their stream has ended or not
   * @param errors answers that were not what was asked for
   * @param wrong the first of them
   * @param whole time to the end of an answer
   * @param first time to the first content
   * @param delay of an event between provider and client
   * @param underWay the most requests at once
   */
  record Tally(
      double seconds,
      long answers,
      long events,
      long errors,
      String wrong,
      Samples whole,
      Samples first,
      Samples delay,
      int underWay) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.0f answers/s, %.0f events/s, %d errors%s, whole p50 %.2f p99 %.2f ms, first p50 %.2f"
              + " p99 %.2f ms, event p50 %.2f p99 %.2f ms",
          answers / seconds,
          events / seconds,
          errors,
          wrong.isEmpty() ? "" : " (" + wrong + ")",
          whole.quantile(0.5),
          whole.quantile(0.99),
          first.quantile(0.5),
          first.quantile(0.99),
          delay.quantile(0.5),
          delay.quantile(0.99));
    }
  }

  private Load(EventLoop loop, Lines lines, Question question) {
    this.loop = loop;
    this.lines = lines;
    this.question = question;
  }

  /** As many requests under way as are given, all the time. */
  static Load closed(EventLoop loop, Lines lines, Question question, int underWay) {
    var load = new Load(loop, lines, question);
    loop.execute(
        () -> {
          for (int i = 0; i < underWay; i++) {
            load.again();
          }
        });
    return load;
  }

  /** So many requests a second. */
  static Load fixed(EventLoop loop, Lines lines, Question question, double rate) {
    var load = new Load(loop, lines, question);
    loop.execute(
        () -> {
          load.began = System.nanoTime();
          load.due(0, 1e9 / rate);
        });
    return load;
  }

  private void again() {
    if (asking) {
      ask(System.nanoTime(), this::again);
    }
  }

  private void due(long number, double interval) {
    long next = number;
    long now = System.nanoTime();
    while (asking && began + (long) (next * interval) <= now) {
      long intended = began + (long) (next++ * interval);
      if (underWay < MOST_UNDER_WAY) {
        ask(intended, () -> {});
      } else {
        wrong(intended, "not asked: " + MOST_UNDER_WAY + " requests are under way");
      }
    }
    if (asking) {
      long from = next;
      var _ =
          loop.schedule(
              () -> due(from, interval),
              Math.max(0, began + (long) (from * interval) - System.nanoTime()),
              TimeUnit.NANOSECONDS);
    }
  }

  private void ask(long intended, Runnable then) {
    int id = ++lastId % 100_000_000;
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    lines.ask(
        question,
        id,
        new Answer(question, id, intended, this),
        () -> {
          underWay--;
          then.run();
        });
  }

  @Override
  public void first(long intended, long nanos) {
    if (counting && intended >= countedFrom) {
      first.add(nanos);
    }
  }

  @Override
  public void event(long nanos) {
    if (counting) {
      events++;
      delay.add(nanos);
    }
  }

  @Override
  public void whole(long intended, long nanos) {
    if (counting) {
      answers++;
      if (intended >= countedFrom) {
        whole.add(nanos);
      }
    }
  }

  @Override
  public void wrong(long intended, String why) {
    if (counting || asking) {
      errors++;
      if (wrongs.size() < 10 || wrongs.containsKey(why)) {
        wrongs.merge(why, 1, Integer::sum);
      }
    }
  }

  /** Counts from now on. */
  void begin() {
    on(
        () -> {
          counting = true;
          countedFrom = System.nanoTime();
          answers = 0;
          events = 0;
          whole = new Samples();
          first = new Samples();
          delay = new Samples();
          return true;
        });
  }

  /** Stops counting; errors count from the first request on. */
  Tally end() {
    return on(
        () -> {
          counting = false;
          return new Tally(
              (System.nanoTime() - countedFrom) / 1e9,
              answers,
              events,
              errors,
              wrongs.isEmpty() ? "" : wrongs.firstKey(),
              whole,
              first,
              delay,
              mostUnderWay);
        });
  }

  /** Asks no more and waits for what is under way, while it goes on counting. */
  void drain(Duration patience) {
    on(() -> asking = false);
    await(() -> on(() -> underWay == 0), patience);
  }

  int underWay() {
    return on(() -> underWay);
  }

  private static void await(BooleanSupplier what, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (!what.getAsBoolean() && System.nanoTime() < end) {
      Bench.sleep(Duration.ofMillis(10));
    }
  }

  private <T> T on(Callable<T> what) {
    try {
      return loop.submit(what).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    drain(PATIENCE);
    loop.execute(lines::close);
  }
}
