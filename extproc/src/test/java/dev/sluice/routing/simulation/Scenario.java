package dev.sluice.routing.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * What happens to the channels.
 *
 * @param name in one word
 * @param seconds how long it lasts
 * @param perSecond requests that arrive in a second on average
 * @param dead when the victim does not work at all
 * @param shape how a channel is at a moment
 */
record Scenario(String name, int seconds, double perSecond, List<Window> dead, Shape shape) {

  /** From a second, to a second. */
  record Window(double from, double to) {
    boolean holds(double second) {
      return second >= from && second < to;
    }
  }

  /** How a channel is at a moment. */
  @FunctionalInterface
  interface Shape {
    /**
     * The truth.
     *
     * @param channel its index in {@link Seller#ALL}
     * @param victim the one that the oracle of this mode uses most when nothing happens
     * @param second since the beginning
     */
    Truth at(int channel, int victim, double second, long seed);
  }

  private static final double LIGHT = 20;
  private static final double CROWD = 1_000;
  private static final int LONG = 600;

  static final Scenario STEADY =
      new Scenario("steady", LONG, LIGHT, List.of(), (channel, _, _, _) -> normal(channel));

  static final Scenario DRIFTING =
      new Scenario(
          "drifting",
          LONG,
          LIGHT,
          List.of(),
          (channel, _, second, seed) -> {
            double phase = Dice.of(seed, channel, 1, 0) * 2 * Math.PI;
            double period = 150 + 200 * Dice.of(seed, channel, 2, 0);
            double wave = Math.sin(phase + 2 * Math.PI * second / period);
            Truth normal = normal(channel);
            return normal
                .slower(Math.exp(wave * Math.log(3)))
                .failing(Math.min(0.3, normal.fails() * Math.exp(wave * 2)), normal.failAfter());
          });

  private static final Window TROUBLE = new Window(120, 300);

  static final Scenario OUTAGE =
      new Scenario("outage", LONG, LIGHT, List.of(TROUBLE), failing(List.of(TROUBLE), 0.2));

  static final Scenario SILENCE =
      new Scenario(
          "silence",
          LONG,
          LIGHT,
          List.of(TROUBLE),
          failing(List.of(TROUBLE), Double.POSITIVE_INFINITY));

  static final Scenario FLAPPING =
      new Scenario("flapping", LONG, LIGHT, flaps(), failing(flaps(), 0.2));

  static final Scenario BROWNOUT =
      new Scenario(
          "brown-out",
          LONG,
          LIGHT,
          List.of(),
          (channel, victim, second, _) ->
              channel == victim && TROUBLE.holds(second)
                  ? normal(channel).slower(8)
                  : normal(channel));

  static final Scenario PRICE_DROP =
      new Scenario(
          "price drop",
          LONG,
          LIGHT,
          List.of(),
          (channel, _, second, _) ->
              Seller.ALL.get(channel).name().equals("steadfast") && second >= 200
                  ? normal(channel).priced(0.1)
                  : normal(channel));

  static final Scenario RATE_LIMITED =
      new Scenario(
          "rate-limited",
          LONG,
          LIGHT,
          List.of(),
          (channel, victim, _, _) ->
              channel == victim ? normal(channel).admitting(LIGHT * 0.3) : normal(channel));

  static final Scenario HERD =
      new Scenario(
          "herd",
          120,
          CROWD,
          List.of(),
          (channel, _, _, _) -> normal(channel).holding(normal(channel).capacity() * 3));

  static final List<Scenario> ALL =
      List.of(
          STEADY, DRIFTING, OUTAGE, SILENCE, FLAPPING, BROWNOUT, PRICE_DROP, RATE_LIMITED, HERD);

  private static Truth normal(int channel) {
    return Seller.ALL.get(channel).normal();
  }

  private static Shape failing(List<Window> windows, double after) {
    return (channel, victim, second, _) ->
        channel == victim && windows.stream().anyMatch(w -> w.holds(second))
            ? normal(channel).failing(1, after)
            : normal(channel);
  }

  private static List<Window> flaps() {
    var flaps = new ArrayList<Window>();
    for (int from = 100; from < 500; from += 30) {
      flaps.add(new Window(from, from + 10));
    }
    return List.copyOf(flaps);
  }

  /** When something is wrong with the victim, for pictures. */
  List<Window> marks() {
    return name.equals(BROWNOUT.name) ? List.of(TROUBLE) : dead;
  }

  boolean dead(int channel, int victim, double second) {
    return channel == victim && dead.stream().anyMatch(w -> w.holds(second));
  }
}
