package dev.sluice.routing;

import dev.sluice.catalog.Account;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request's way through its candidates. */
final class Course implements Plan {
  /** So many skipped lanes are remembered for the decision chain. */
  private static final int SKIPS = 50;

  private final Router router;
  private final Field field;
  private final Inquiry inquiry;
  private final int size;
  private final @Nullable Ranking[] seen;
  private final List<Held> leases = new ArrayList<>(2);
  private List<Skip> skips = List.of();
  private String end = "";
  private Affinity.@Nullable Binding bound;
  private boolean looked;

  Course(Router router, Field field, Inquiry inquiry) {
    this.router = router;
    this.field = field;
    this.inquiry = inquiry;
    this.size = Size.of(inquiry.promptTokens(), inquiry.answerTokens(), sticks());
    this.seen = new @Nullable Ranking[field.tiers().size()];
  }

  private record Skip(Lane lane, String why) {}

  /** Why a candidate was picked. */
  enum Ground {
    SCORE,
    SESSION,
    PROBE,
    NEXT,
    RACE,
    LAST
  }

  /**
   * What was picked.
   *
   * @param which its place in the ranking; -1: it was not ranked
   * @param room null: nothing was taken
   * @param claims which of its gates' probes were taken
   */
  record Pick(
      Candidate candidate,
      Lane lane,
      Ground ground,
      @Nullable Ranking ranking,
      int which,
      double probability,
      Limit.@Nullable Grant room,
      int claims,
      long tokens) {}

  @Override
  public synchronized Choice next(List<Attempt> tried) {
    return choose(tried, false);
  }

  @Override
  public synchronized Choice take(List<Attempt> tried) {
    return choose(tried, true);
  }

  private Choice choose(List<Attempt> tried, boolean take) {
    if (tried.size() >= field.group().maxAttempts()) {
      end = "max_attempts of the group reached";
      return new Choice.Exhausted();
    }
    boolean again = !tried.isEmpty();
    if (again && !(take ? router.budget().retry() : router.budget().left() > 0)) {
      end = "retry budget of the gateway spent";
      return new Choice.Exhausted();
    }
    long now = router.now();
    Pick pick = pick(tried, take, now);
    if (pick == null) {
      if (again && take) {
        router.budget().giveBack();
      }
      return again ? new Choice.Exhausted() : barred(now);
    }
    if (!take) {
      return new Choice.Go(
          pick.lane().attempt(), new Look(pick.candidate().channel().timeouts().firstToken()));
    }
    if (!again) {
      router.budget().request();
      field.serves();
      if (sticks()) {
        field.habit().turn(bound() != null);
      }
    }
    boolean returning = returning(pick);
    var lease =
        new Held(
            this, pick, leases.size() + 1, now, deadline(pick, tried, returning, now), returning);
    leases.add(lease);
    return new Choice.Go(pick.lane().attempt(), lease);
  }

  private @Nullable Pick pick(List<Attempt> tried, boolean take, long now) {
    boolean race = false;
    for (int i = 0; i < leases.size(); i++) {
      race |= leases.get(i).running();
    }
    if (!tried.isEmpty() && !race) {
      Pick next = inside(tried.getLast(), tried, Ground.NEXT, take, now);
      if (next != null) {
        return next;
      }
    }
    for (int i = 0; i < field.tiers().size(); i++) {
      Tier tier = field.tiers().get(i);
      Ranking ranking = field.ranking(tier, size, now);
      if (take && seen[i] == null) {
        seen[i] = ranking;
      }
      Pick pick = among(tier, ranking, tried, race, take, now);
      if (pick != null) {
        return pick;
      }
    }
    if (race) {
      for (Attempt attempt : tried) {
        Pick beside = inside(attempt, tried, Ground.RACE, take, now);
        if (beside != null) {
          return beside;
        }
      }
    }
    return desperate(tried, take, now);
  }

  /** The next try at the channel of the last one. */
  private @Nullable Pick inside(
      Attempt last, List<Attempt> tried, Ground ground, boolean take, long now) {
    for (Tier tier : field.tiers()) {
      int which = tier.place(last.channel().name());
      if (which >= 0) {
        Candidate candidate = tier.candidates().get(which);
        return Rotation.again(candidate.channel(), tried)
            ? lane(candidate, ground, null, -1, 1, null, tried, false, take, now)
            : null;
      }
    }
    return null;
  }

  private @Nullable Pick among(
      Tier tier, Ranking ranking, List<Attempt> tried, boolean race, boolean take, long now) {
    Affinity.Binding bound = null;
    if (tried.isEmpty()) {
      bound = bound();
      if (bound != null) {
        Pick stays = session(tier, ranking, bound, tried, take, now);
        if (stays != null) {
          return stays;
        }
      }
      if (take && ranking.due() >= 0) {
        Pick probe = probe(ranking, tried, now);
        if (probe != null) {
          return probe;
        }
      }
    }
    BitSet out = null;
    for (int round = 0; round < ranking.candidates().size(); round++) {
      int which = out == null ? ranking.draw(router.chance()) : ranking.draw(router.chance(), out);
      if (which < 0) {
        return null;
      }
      Candidate candidate = ranking.candidates().get(which);
      if (fresh(candidate, tried, race)) {
        double left = out == null ? 1 : ranking.left(out);
        double probability = left > 0 ? ranking.sheet().probability[which] / left : 1;
        Pick pick =
            lane(
                candidate,
                Ground.SCORE,
                ranking,
                which,
                probability,
                bound,
                tried,
                false,
                take,
                now);
        if (pick != null) {
          return pick;
        }
      }
      if (out == null) {
        out = new BitSet(ranking.candidates().size());
      }
      out.set(which);
    }
    return null;
  }

  private static boolean fresh(Candidate candidate, List<Attempt> tried, boolean race) {
    if (tried.isEmpty()) {
      return true;
    }
    if (race) {
      for (Attempt attempt : tried) {
        if (attempt.channel().name().equals(candidate.channel().name())) {
          return false;
        }
      }
    }
    return Rotation.again(candidate.channel(), tried);
  }

  /** Where the session was when this request came; looked up once, since it takes a while. */
  private Affinity.@Nullable Binding bound() {
    if (!looked) {
      looked = true;
      bound = sticks() ? router.affinity().find(key()) : null;
    }
    return bound;
  }

  private boolean sticks() {
    return !inquiry.session().isEmpty() && field.group().sticky().isPositive();
  }

  private Affinity.Key key() {
    return Affinity.Key.of(field.group().name(), field.model(), inquiry.session());
  }

  /** Where the session was, if it may and should stay there. */
  private @Nullable Pick session(
      Tier tier,
      Ranking ranking,
      Affinity.Binding bound,
      List<Attempt> tried,
      boolean take,
      long now) {
    int which = tier.place(bound.channel());
    if (which < 0 || ranking.why(which) != null) {
      return null;
    }
    Score.Sheet sheet = ranking.sheet();
    String leaves =
        Affinity.leaves(
            sheet.returningSeconds[which],
            ranking.fastest(),
            sheet.returningScore[which],
            ranking.best(),
            sheet.doubt);
    Candidate candidate = ranking.candidates().get(which);
    if (leaves != null) {
      if (take) {
        skip(candidate.lanes().getFirst(), leaves);
      }
      return null;
    }
    return lane(candidate, Ground.SESSION, ranking, which, 1, bound, tried, false, take, now);
  }

  private @Nullable Pick probe(Ranking ranking, List<Attempt> tried, long now) {
    int which = ranking.due();
    Candidate candidate = ranking.candidates().get(which);
    if (!candidate.track().claim(ranking.quiet(), now)) {
      return null;
    }
    field.probes();
    return lane(candidate, Ground.PROBE, ranking, which, 1, null, tried, true, true, now);
  }

  /**
   * A lane of the candidate that may be used, with room taken for this request; null: there is
   * none.
   *
   * @param counted whether it was seen to that probes are few
   */
  private @Nullable Pick lane(
      Candidate candidate,
      Ground ground,
      @Nullable Ranking ranking,
      int which,
      double probability,
      Affinity.@Nullable Binding bound,
      List<Attempt> tried,
      boolean counted,
      boolean take,
      long now) {
    List<Lane> lanes = candidate.lanes();
    Lane home = bound == null ? null : home(candidate, bound, now);
    for (int i = home == null ? 0 : -1; i < lanes.size(); i++) {
      Lane lane = i < 0 && home != null ? home : lanes.get(Math.max(0, i));
      if (!tried(tried, lane)) {
        Pick pick = enter(candidate, lane, ground, ranking, which, probability, counted, take, now);
        if (pick != null) {
          return pick;
        }
      }
    }
    return null;
  }

  /** The session's own lane, unless an account that goes first may be used again. */
  private static @Nullable Lane home(Candidate candidate, Affinity.Binding bound, long now) {
    if (!bound.channel().equals(candidate.channel().name())) {
      return null;
    }
    int first = Integer.MAX_VALUE;
    for (Lane lane : candidate.lanes()) {
      Account account = lane.attempt().account();
      if (lane.clear(now)) {
        first = Math.min(first, account.priority());
        if (account.priority() == first
            && account.name().equals(bound.account())
            && lane.attempt().url().base().equals(bound.url())) {
          return lane;
        }
      }
    }
    return null;
  }

  private static boolean tried(List<Attempt> tried, Lane lane) {
    for (Attempt attempt : tried) {
      if (lane.attempt().same(attempt)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Pick enter(
      Candidate candidate,
      Lane lane,
      Ground ground,
      @Nullable Ranking ranking,
      int which,
      double probability,
      boolean counted,
      boolean take,
      long now) {
    int claims = Claims.take(candidate, lane, counted, take, now);
    if (claims < 0) {
      if (take) {
        String why = candidate.why(now);
        skip(lane, lane.why(now) == null && why != null ? why : String.valueOf(lane.why(now)));
      }
      return null;
    }
    return room(candidate, lane, ground, ranking, which, probability, claims, take, now);
  }

  private @Nullable Pick room(
      Candidate candidate,
      Lane lane,
      Ground ground,
      @Nullable Ranking ranking,
      int which,
      double probability,
      int claims,
      boolean take,
      long now) {
    long tokens = tokens();
    Limit.Grant grant = null;
    if (!take) {
      if (!lane.meter().lets(candidate.channel().limits(), tokens, now)) {
        return null;
      }
    } else {
      switch (lane.meter().take(candidate.channel().limits(), tokens, now)) {
        case Limit.Grant taken -> grant = taken;
        case Limit.Over(Limit.Kind kind, Duration _) -> {
          Claims.drop(candidate, lane, claims);
          skip(lane, lane.over() + ", " + Held.words(kind));
          return null;
        }
      }
    }
    return new Pick(candidate, lane, ground, ranking, which, probability, grant, claims, tokens);
  }

  private long tokens() {
    double usual = field.habit().tokens();
    long answer = inquiry.answerTokens();
    return inquiry.promptTokens() + (long) (answer > 0 ? Math.min((double) answer, usual) : usual);
  }

  /** Nothing is well: the least bad, rather than refusing without a try. */
  private @Nullable Pick desperate(List<Attempt> tried, boolean take, long now) {
    Candidate least = null;
    Lane at = null;
    long soonest = Long.MAX_VALUE;
    for (Tier tier : field.tiers()) {
      for (Candidate candidate : tier.candidates()) {
        if (candidate.whole().banned()
            || candidate.track().gate().banned()
            || !Rotation.again(candidate.channel(), tried)) {
          continue;
        }
        long whole = Math.max(candidate.whole().until(now), candidate.track().gate().until(now));
        for (Lane lane : candidate.lanes()) {
          long until = Math.max(whole, lane.until(now));
          if (until < soonest
              && until != 0
              && !lane.banned()
              && !tried(tried, lane)
              && lane.meter().lets(candidate.channel().limits(), 0, now)
              && (tried.isEmpty() || desperate(candidate, lane, now))) {
            soonest = until;
            least = candidate;
            at = lane;
          }
        }
      }
    }
    if (least == null || at == null) {
      return null;
    }
    if (!tried.isEmpty() && take && !at.url().breaker().admitDesperate(now)) {
      return null;
    }
    return room(least, at, Ground.LAST, null, -1, 1, 0, take, now);
  }

  /** After a try that failed, only breakers are passed over: who asked for a rest has it. */
  private static boolean desperate(Candidate candidate, Lane lane, long now) {
    return candidate.whole().rest().over(now)
        && candidate.track().gate().rest().over(now)
        && lane.url().rest().over(now)
        && lane.account().rest().over(now);
  }

  /** Why there is not one try. */
  private Choice barred(long now) {
    Duration soonest = null;
    for (Tier tier : field.tiers()) {
      for (Candidate candidate : tier.candidates()) {
        for (Lane lane : candidate.lanes()) {
          if (!lane.banned() && !candidate.whole().banned() && !candidate.track().gate().banned()) {
            Duration wait = lane.meter().wait(candidate.channel().limits(), tokens(), now);
            soonest = soonest == null || wait.compareTo(soonest) < 0 ? wait : soonest;
          }
        }
      }
    }
    return soonest == null
        ? new Choice.Barred(
            "Every channel that serves the model '" + field.model() + "' is banned.", null)
        : new Choice.Barred(
            "Every account that serves the model '" + field.model() + "' is over its limits.",
            soonest);
  }

  private void skip(Lane lane, String why) {
    if (skips.isEmpty()) {
      skips = new ArrayList<>(4);
    }
    var skip = new Skip(lane, why);
    if (skips.size() < SKIPS && !skips.contains(skip)) {
      skips.add(skip);
    }
  }

  private Duration deadline(Pick pick, List<Attempt> tried, boolean returning, long now) {
    Candidate candidate = pick.candidate();
    Duration configured = candidate.channel().timeouts().firstToken();
    Latency latency = candidate.track().latency();
    Latency.Estimate estimate = latency.estimate();
    double expected =
        estimate.first(candidate.track().fresh((double) inquiry.promptTokens(), returning));
    Duration learned = Deadline.of(configured, expected, estimate.slow(), estimate.evidence());
    double usual = latency.usually() * expected;
    if (pick.claims() != 0) {
      Duration told = Deadline.ofProbe(learned, usual, estimate.likely(), estimate.evidence());
      Claims.hold(candidate, pick.lane(), pick.claims(), now + told.toNanos());
    }
    boolean others =
        tried.size() + 1 < Math.min(field.group().maxAttempts(), field.lanes())
            && (field.tiers().size() > 1
                || candidate.lanes().size() > 1
                || pick.ranking() == null
                || pick.ranking().open() > 1);
    if (!others) {
      return configured;
    }
    double patience = Claims.patience(candidate, pick.lane(), pick.claims());
    return Deadline.ofProbe(learned, patience * usual, estimate.likely(), estimate.evidence());
  }

  private boolean returning(Pick pick) {
    if (pick.ground() == Ground.SESSION) {
      return true;
    }
    Affinity.Binding bound = bound();
    Attempt to = pick.lane().attempt();
    return bound != null
        && bound.channel().equals(to.channel().name())
        && bound.account().equals(to.account().name());
  }

  /** The session's last request was answered there. */
  void bind(Attempt to) {
    if (sticks()) {
      Affinity.Key key = key();
      Affinity.Binding newest = router.affinity().find(key);
      String channel = to.channel().name();
      String account = to.account().name();
      String url = to.url().base();
      if (newest == null || !newest.to(channel, account, url)) {
        router
            .affinity()
            .bind(key, new Affinity.Binding(channel, account, url, field.group().sticky()));
      }
    }
  }

  Router router() {
    return router;
  }

  Habit habit() {
    return field.habit();
  }

  long promptTokens() {
    return inquiry.promptTokens();
  }

  // ---- the decision chain

  @Override
  public synchronized List<Decision> decisions() {
    var chain = new ArrayList<Decision>();
    for (Held lease : leases) {
      chain.add(lease.decision());
    }
    for (Skip skip : skips) {
      Attempt to = skip.lane().attempt();
      chain.add(
          new Decision(
              to.channel().name(),
              to.url().base(),
              to.account().name(),
              to.model(),
              Decision.Verdict.SKIPPED,
              skip.why(),
              0,
              0,
              null,
              null,
              null));
    }
    for (int i = 0; i < field.tiers().size() && chain.size() < DECISIONS; i++) {
      others(field.tiers().get(i), seen[i], chain);
    }
    for (Decision each : field.foreign()) {
      if (chain.size() < DECISIONS) {
        chain.add(each);
      }
    }
    return List.copyOf(chain.size() > DECISIONS ? chain.subList(0, DECISIONS) : chain);
  }

  private void others(Tier tier, @Nullable Ranking ranking, List<Decision> chain) {
    for (int i = 0; i < tier.candidates().size() && chain.size() < DECISIONS; i++) {
      Candidate candidate = tier.candidates().get(i);
      String name = candidate.channel().name();
      if (leases.stream().noneMatch(lease -> lease.candidate().channel().name().equals(name))) {
        String why = ranking == null ? null : ranking.why(i);
        String passed =
            ranking == null
                ? "priority " + tier.priority() + " was not needed"
                : end.isEmpty() ? "another was chosen" : end;
        chain.add(
            new Decision(
                name,
                "",
                "",
                candidate.target(),
                why == null ? Decision.Verdict.PASSED : Decision.Verdict.SKIPPED,
                why == null ? passed : why,
                0,
                ranking == null ? 0 : ranking.sheet().probability[i],
                ranking == null ? null : Held.parts(ranking, i),
                null,
                null));
      }
    }
  }

  /** Holds nothing. */
  private record Look(Duration firstToken) implements Lease {
    @Override
    public String reason() {
      return "only a look";
    }

    @Override
    public double probability() {
      return 1;
    }

    @Override
    public void firstToken(Duration sinceBegin) {}

    @Override
    public void end(Outcome outcome) {}
  }
}
