package dev.sluice.routing;

import dev.sluice.catalog.Group;
import dev.sluice.catalog.Price;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Candidates among which the score decides: one priority of one group. */
final class Tier {
  private static final long STALE = 1_000_000_000L;
  private static final long UNUSED = 60_000_000_000L;

  /** So long a silence tells even of a candidate of which nothing is known. */
  private static final double SILENT = 1;

  private final Group group;
  private final int priority;
  private final List<Candidate> candidates;
  private final Map<String, Integer> places = new HashMap<>();
  private final AtomicReferenceArray<@Nullable Ranking> rankings =
      new AtomicReferenceArray<>(Size.ALL);

  Tier(Group group, int priority, List<Candidate> candidates) {
    this.group = group;
    this.priority = priority;
    this.candidates = List.copyOf(candidates);
    for (int i = 0; i < candidates.size(); i++) {
      places.put(candidates.get(i).channel().name(), i);
    }
  }

  List<Candidate> candidates() {
    return candidates;
  }

  int priority() {
    return priority;
  }

  /** Where a channel's candidate stands; -1: it is none. */
  int place(String channel) {
    return places.getOrDefault(channel, -1);
  }

  /** The newest ranking for requests of this size; made here if it is too old. */
  Ranking ranking(int size, Habit habit, long requests, long now) {
    Ranking newest = rankings.get(size);
    if (newest == null || now - newest.made() > STALE) {
      newest = rank(size, habit, requests, now);
      rankings.set(size, newest);
    }
    newest.use();
    return newest;
  }

  /** Makes the rankings anew that were used since the last time. */
  void refresh(Habit habit, long requests, long now) {
    for (int size = 0; size < Size.ALL; size++) {
      Ranking old = rankings.get(size);
      if (old != null && old.used()) {
        rankings.set(size, rank(size, habit, requests, now));
      } else if (old != null && now - old.made() > UNUSED) {
        rankings.compareAndSet(size, old, null);
      }
    }
  }

  private Ranking rank(int size, Habit habit, long requests, long now) {
    int count = candidates.size();
    var sheet = new Score.Sheet(count);
    var why = new @Nullable String[count];
    double prompt = Size.prompt(size);
    double output = Size.answer(size, habit.tokens());
    double returns = Size.session(size) ? habit.returns() : 0;
    int due = -1;
    long quiet = 0;
    long longest = -1;
    for (int i = 0; i < count; i++) {
      Candidate candidate = candidates.get(i);
      Track track = candidate.track();
      why[i] = candidate.why(now);
      sheet.open[i] = why[i] == null;
      Price price = candidate.price();
      if (price == null) {
        sheet.usd[i] = Double.NaN;
        sheet.returningUsd[i] = Double.NaN;
      } else {
        // Who begins a session here will come back here: this request at the full price, most of
        // those that follow at the cached one.
        double first = track.cost().usd(price, prompt, output, false);
        double later = track.cost().usd(price, prompt, output, true);
        sheet.usd[i] = (1 - returns) * first + returns * later;
        sheet.returningUsd[i] = later;
      }
      double silence = track.latency().silence(now);
      double first = seconds(track, prompt, output, silence, false);
      double later = seconds(track, prompt, output, silence, true);
      sheet.seconds[i] = (1 - returns) * first + returns * later;
      sheet.returningSeconds[i] = later;
      sheet.crowd[i] = track.load().pressure();
      sheet.wait[i] =
          ((1 - returns) * square(track, prompt, silence, false)
                  + returns * square(track, prompt, silence, true))
              / square(candidate.channel().timeouts().firstToken().toNanos() / 1e9);
      sheet.harm[i] = Math.max(track.availability().harm(), track.vain(now));
      sheet.quality[i] = candidate.quality();
      sheet.weight[i] = candidate.channel().weight();
      sheet.usually[i] = track.latency().usually();
      sheet.usualHarm[i] = track.availability().usual();
    }
    Score.fill(sheet, group.aim(), group.exploration());
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      best = sheet.open[i] ? Math.max(best, sheet.score[i]) : best;
    }
    for (int i = 0; i < count; i++) {
      long last = candidates.get(i).track().lastBegun();
      boolean hopeless = sheet.prospect[i] < best;
      long over = overdue(candidates.get(i), sheet.open[i], hopeless, last, requests, now);
      if (over > longest) {
        longest = over;
        due = i;
        quiet = last;
      }
    }
    return new Ranking(
        candidates, sheet, why, count > 1 || due < 0 || !sheet.open[due] ? due : -1, quiet, now);
  }

  private long overdue(
      Candidate candidate, boolean open, boolean hopeless, long last, long requests, long now) {
    Track track = candidate.track();
    if (open) {
      long wait =
          hopeless ? Probe.hopeless(track.probeWait(), now - track.trouble()) : track.probeWait();
      return group.exploration() > 0 && track.waiting() == 0
          ? Probe.overdue(last, wait, requests, now)
          : -1;
    }
    return candidate.rested(now)
        ? Probe.overdue(last, Probe.dead(last, candidate.until(now)), requests, now)
        : -1;
  }

  /** First tokens count twice: once as such, once as a part of the whole. */
  private static double seconds(
      Track track, double prompt, double output, double silence, boolean returning) {
    Latency.Estimate estimate = track.latency().estimate();
    if (!estimate.known()) {
      return silence > SILENT ? 2 * silence : Double.NaN;
    }
    double first = estimate.first(track.fresh(prompt, returning));
    return 2 * Math.max(first, silence) + output * estimate.pace();
  }

  /** Of the seconds to the first token, on average. */
  private static double square(Track track, double prompt, double silence, boolean returning) {
    Latency.Estimate estimate = track.latency().estimate();
    return Math.max(square(silence), estimate.square(track.fresh(prompt, returning)));
  }

  private static double square(double value) {
    return value * value;
  }
}
