package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Usage;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One try, and what it has taken. */
final class Held implements Lease {
  private final Course course;
  private final Course.Pick pick;
  private final int ordinal;
  private final long begun;
  private final Duration deadline;
  private final boolean returning;
  private final byte size;
  private final int number;

  // Under this object's lock.
  private @Nullable Duration first;
  private @Nullable Outcome outcome;
  private long ended;

  Held(
      Course course,
      Course.Pick pick,
      int ordinal,
      long begun,
      Duration deadline,
      boolean returning) {
    this.course = course;
    this.pick = pick;
    this.ordinal = ordinal;
    this.begun = begun;
    this.deadline = deadline;
    this.returning = returning;
    Track track = pick.candidate().track();
    size = (byte) track.size(fresh());
    track.begins(begun, size);
    number = pick.lane().url().alarm().begins();
    for (int i = 0; i < Claims.GATES; i++) {
      gate(i).breaker().begins();
    }
  }

  Candidate candidate() {
    return pick.candidate();
  }

  synchronized boolean running() {
    return outcome == null;
  }

  @Override
  public Duration firstToken() {
    return deadline;
  }

  @Override
  public double probability() {
    return pick.probability();
  }

  @Override
  public String reason() {
    Ranking ranking = pick.ranking();
    return switch (pick.ground()) {
      case SCORE ->
          ranking == null || ranking.candidates().size() == 1
              ? "the only candidate of its priority"
              : String.format(
                  Locale.ROOT,
                  "score %.2f, best %.2f of %d, p=%.3f",
                  ranking.sheet().score[pick.which()],
                  ranking.best(),
                  ranking.open(),
                  pick.probability());
      case SESSION -> "its session stays";
      case PROBE -> "a probe: it had no request for a while";
      case NEXT -> "the same channel's next URL or account";
      case RACE -> "the same channel's next URL or account, raced";
      case LAST -> "the least bad: nothing else is left";
    };
  }

  @Override
  public void firstToken(Duration sinceBegin) {
    synchronized (this) {
      if (first != null || outcome != null) {
        return;
      }
      first = sinceBegin;
    }
    Track track = pick.candidate().track();
    track.waitsNoMore(begun, size);
    track.answered(begun, size, seconds(sinceBegin));
    track.availability().alive();
    pick.lane().url().alarm().answered(number);
    track.latency().first(fresh(), seconds(sinceBegin));
    long now = course.router().now();
    int row = 0;
    for (int i = 0; i < Claims.GATES; i++) {
      row = Math.max(row, gate(i).alive(begun, now));
    }
    revived(row);
    course.bind(pick.lane().attempt());
  }

  @Override
  public void end(Outcome how) {
    long now = course.router().now();
    Duration token;
    synchronized (this) {
      if (outcome != null) {
        return;
      }
      outcome = how;
      ended = now;
      token = first;
    }
    Track track = pick.candidate().track();
    track.load().ends();
    if (token == null) {
      track.waitsNoMore(begun, size);
    }
    switch (how) {
      case Outcome.Answered(Usage used, Duration total) -> answered(used, total, token, now);
      case Outcome.Failed failed -> failed(failed, token, now);
      case Outcome.Beaten(Duration waited) -> silent(token, seconds(waited));
      case Outcome.Abandoned() -> silent(token, (now - begun) / 1e9);
    }
  }

  private void answered(Usage used, Duration total, @Nullable Duration token, long now) {
    Candidate candidate = pick.candidate();
    Track track = candidate.track();
    track.availability().good();
    double took = seconds(total);
    if (token == null) {
      track.answered(begun, size, took);
      track.availability().alive();
      pick.lane().url().alarm().answered(number);
      track.latency().whole(fresh(), used.output(), took);
      course.bind(pick.lane().attempt());
    } else {
      track.latency().paced(used.output(), took - seconds(token));
    }
    track.cost().used(used, returning);
    course.habit().answered(used.output());
    int row = 0;
    for (int i = 0; i < Claims.GATES; i++) {
      row = Math.max(row, gate(i).good(begun, now));
    }
    revived(row);
    long all = used.prompt() + used.output();
    settle(all > 0 ? all : -1);
  }

  private void silent(@Nullable Duration token, double waited) {
    if (token == null) {
      pick.candidate().track().latency().atLeast(fresh(), waited);
    }
    Claims.drop(pick.candidate(), pick.lane(), pick.claims());
    settle(-1);
  }

  private void failed(Outcome.Failed failed, @Nullable Duration token, long now) {
    Candidate candidate = pick.candidate();
    Lane lane = pick.lane();
    Track track = candidate.track();
    Blame blame = Blame.of(failed.failure(), failed.status(), failed.rule());
    if (blame.failed() && token == null) {
      track.availability().bad();
    } else if (blame.failed()) {
      track.availability().broken();
    }
    if (pick.ground() == Course.Ground.PROBE && blame.failed() && token == null) {
      track.trouble(now);
    }
    if (blame.culprit() == Blame.Culprit.URL && token == null && pick.claims() == 0) {
      lane.url().alarm().failed(number, now);
    }
    // What is dead tells nothing of how fast it would be.
    if (token == null && pick.claims() == 0 && failed.failure().kind() == Failure.Kind.TIMEOUT) {
      track.latency().atLeast(fresh(), (now - begun) / 1e9);
    }
    Claims.drop(candidate, lane, pick.claims());
    boolean borne = candidate.channel().tolerance().rest().isZero();
    if (!borne || failed.rule() != null) {
      judge(blame, now);
    }
    settle(token == null ? 0 : -1);
  }

  private void judge(Blame blame, long now) {
    Candidate candidate = pick.candidate();
    Lane lane = pick.lane();
    Gate culprit =
        switch (blame.culprit()) {
          case URL -> lane.url();
          case ACCOUNT -> lane.account();
          case MODEL -> candidate.track().gate();
          case CLIENT -> null;
        };
    if (blame.culprit() == Blame.Culprit.URL) {
      Channel channel = candidate.channel();
      // A channel is not dead as long as one of its URLs may be alive.
      candidate.whole().bad(begun, now, blame.why(), 2 * channel.urls().size());
    } else {
      int _ = candidate.whole().good(begun, now);
      int _ = lane.url().good(begun, now);
    }
    if (culprit == null) {
      return;
    }
    Duration rest = blame.rest();
    if (rest == null) {
      culprit.bad(begun, now, blame.why(), 1);
    } else if (rest.equals(Blame.BAN)) {
      culprit.rest().ask(now, Rest.EVER, blame.why());
    } else if (blame.grows()) {
      culprit.rest().again(begun, now, rest.toNanos(), blame.why());
    } else {
      culprit.rest().ask(now, rest.toNanos(), blame.why());
    }
  }

  private Gate gate(int which) {
    return Claims.gate(pick.candidate(), pick.lane(), which);
  }

  /** A breaker has closed after so many failures in a row; 0: none has. */
  private void revived(int row) {
    if (row > 0) {
      pick.candidate().track().trouble(course.router().now());
      pick.candidate().track().availability().revived(row);
    }
  }

  private double fresh() {
    return pick.candidate().track().fresh((double) course.promptTokens(), returning);
  }

  private void settle(long tokens) {
    Limit.Grant room = pick.room();
    if (room != null) {
      room.end(tokens);
    }
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** What is over, for people. */
  static String words(Limit.Kind kind) {
    return switch (kind) {
      case REQUESTS -> "rpm";
      case TOKENS -> "tpm";
      case CONCURRENCY -> "concurrency";
    };
  }

  synchronized Decision decision() {
    Attempt to = pick.lane().attempt();
    Ranking ranking = pick.ranking();
    return new Decision(
        to.channel().name(),
        to.url().base(),
        to.account().name(),
        to.model(),
        verdict(outcome),
        reason() + said(outcome),
        ordinal,
        pick.probability(),
        ranking == null ? null : parts(ranking, pick.which()),
        first,
        outcome == null ? null : Duration.ofNanos(ended - begun));
  }

  private static Decision.Verdict verdict(@Nullable Outcome outcome) {
    return switch (outcome) {
      case null -> Decision.Verdict.RUNNING;
      case Outcome.Answered _ -> Decision.Verdict.ANSWERED;
      case Outcome.Failed _ -> Decision.Verdict.FAILED;
      case Outcome.Beaten _ -> Decision.Verdict.BEATEN;
      case Outcome.Abandoned _ -> Decision.Verdict.ABANDONED;
    };
  }

  private static String said(@Nullable Outcome outcome) {
    return outcome instanceof Outcome.Failed failed
        ? "; " + Blame.of(failed.failure(), failed.status(), failed.rule()).why()
        : "";
  }

  /** What a candidate's score is made of. */
  static Decision.Parts parts(Ranking ranking, int which) {
    Score.Sheet sheet = ranking.sheet();
    Candidate candidate = ranking.candidates().get(which);
    double first = candidate.track().latency().estimate().first(0);
    return new Decision.Parts(
        sheet.costPart[which],
        sheet.latencyPart[which],
        sheet.availabilityPart[which],
        sheet.qualityPart[which],
        sheet.score[which],
        candidate.price() == null ? -1 : sheet.usd[which],
        Duration.ofNanos((long) (first * 1e9)),
        candidate.track().availability().success());
  }
}
