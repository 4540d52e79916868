package dev.sluice.routing;

import dev.sluice.catalog.Group;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** All candidates of one group and model, nearest group and lowest priority first. */
final class Field {
  private final Group group;
  private final String model;
  private final List<Tier> tiers;
  private final List<Decision> foreign;
  private final Habit habit;
  private final int lanes;
  private final LongAdder served = new LongAdder();
  private volatile long servedAtProbe;

  /**
   * The candidates.
   *
   * @param foreign what serves the model but cannot be used for this request
   */
  Field(Group group, String model, List<Tier> tiers, List<Decision> foreign, Habit habit) {
    this.group = group;
    this.model = model;
    this.tiers = List.copyOf(tiers);
    this.foreign = List.copyOf(foreign);
    this.habit = habit;
    int count = 0;
    for (Tier tier : tiers) {
      for (Candidate candidate : tier.candidates()) {
        count += candidate.lanes().size();
      }
    }
    this.lanes = count;
  }

  Group group() {
    return group;
  }

  String model() {
    return model;
  }

  List<Tier> tiers() {
    return tiers;
  }

  List<Decision> foreign() {
    return foreign;
  }

  Habit habit() {
    return habit;
  }

  /** URLs times accounts of all candidates. */
  int lanes() {
    return lanes;
  }

  void serves() {
    served.increment();
  }

  void probes() {
    servedAtProbe = served.sum();
  }

  Ranking ranking(Tier tier, int size, long now) {
    return tier.ranking(size, habit, sinceProbe(), now);
  }

  void refresh(long now) {
    long since = sinceProbe();
    for (Tier tier : tiers) {
      tier.refresh(habit, since, now);
    }
  }

  private long sinceProbe() {
    return served.sum() - servedAtProbe;
  }
}
