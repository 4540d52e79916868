package dev.sluice.routing;

import static dev.sluice.routing.Shop.channel;
import static dev.sluice.routing.Shop.fail;
import static dev.sluice.routing.Shop.go;
import static dev.sluice.routing.Shop.price;
import static dev.sluice.routing.Shop.seconds;
import static dev.sluice.routing.Shop.used;
import static dev.sluice.routing.Shop.where;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Rule;
import dev.sluice.catalog.Tolerance;
import dev.sluice.conversation.Failure.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The policies together: where a request goes, and what becomes of what it tells. */
final class CourseTest {
  private static final Rule COOL =
      new Rule(OptionalInt.empty(), null, Rule.Action.COOL_ACCOUNT, Duration.ofHours(1));
  private static final Rule BAN =
      new Rule(OptionalInt.empty(), null, Rule.Action.BAN_ACCOUNT, Duration.ZERO);

  private final Shop shop = new Shop();

  private Map<String, Integer> firsts(int requests) {
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < requests; i++) {
      counts.merge(channel(shop.plan().next(List.of())), 1, Integer::sum);
    }
    return counts;
  }

  /** Answers of all channels at ten requests a second for so long; the fast one is named. */
  private void teach(int rounds, Map<String, Double> firstToken) {
    for (int i = 0; i < rounds; i++) {
      Choice.Go went = shop.go();
      shop.answer(went, firstToken.getOrDefault(channel(went), 1.0), 2, used(1000, 0, 100));
      shop.pass(0.1);
    }
  }

  /** Both take two seconds on average: one always, the other mostly one and at times six. */
  @Test
  void stabilityFearsSingleLongWaitsMoreThanManyShortOnes() {
    shop.with("even").with("uneven").aim(Aim.STABILITY);
    var random = new Random(3);
    for (int i = 0; i < 1_000; i++) {
      Choice.Go went = shop.go();
      boolean late = random.nextInt(5) == 0;
      double first = channel(went).equals("even") ? 2 : late ? 6 : 1;
      shop.answer(went, first, first + 2, used(1000, 0, 100));
      shop.pass(0.1);
    }
    assertThat(firsts(200).getOrDefault("even", 0)).isGreaterThan(190);
  }

  /** Three tries that began one after the other have failed; two more are under way. */
  @Test
  void newRequestsGoElsewhereUntilWhatIsUnderWayTells() {
    shop.with("best", s -> s.priority = 1).with("other", s -> s.priority = 2);
    var under = new ArrayList<Choice.Go>();
    for (int i = 0; i < 5; i++) {
      under.add(shop.go());
    }
    under.subList(0, 3).forEach(went -> fail(went, Kind.UNAVAILABLE));
    assertThat(channel(shop.go())).isEqualTo("other");
    shop.answer(under.get(3));
    assertThat(channel(shop.go())).isEqualTo("best");
  }

  @Test
  void whereNothingElseIsLeftItIsTriedAllTheSame() {
    shop.with("only");
    var under = new ArrayList<Choice.Go>();
    for (int i = 0; i < 4; i++) {
      under.add(shop.go());
    }
    under.subList(0, 3).forEach(went -> fail(went, Kind.UNAVAILABLE));
    assertThat(channel(shop.go())).isEqualTo("only");
  }

  /** Nine in ten prompts are read for four seconds before their first token can come. */
  @Test
  void silenceIsToldByWhatAPromptOfItsLengthNeeds() {
    shop.with("dead", s -> s.price = price(1, null, 1))
        .with("well", s -> s.price = price(2, null, 2))
        .aim(Aim.ECONOMY);
    var random = new Random(5);
    for (int i = 0; i < 1_000; i++) {
      long prompt = i % 10 == 0 ? 1_000 : 40_000;
      Choice.Go went = go(shop.plan("", "m", prompt));
      double first = 0.3 * Math.exp(0.5 * random.nextGaussian()) + prompt / 10_000.0;
      shop.answer(went, first, first + 2, used(prompt, 0, 100));
      shop.pass(0.1);
    }
    for (int i = 0; i < 20; i++) {
      Choice.Go _ = go(shop.plan("", "m", 1_000));
      shop.pass(0.1);
    }
    assertThat(channel(shop.plan("", "m", 1_000).next(List.of()))).isEqualTo("well");
  }

  // ---- order

  @Test
  void theNextUrlThenTheNextAccountThenTheNextChannel() {
    shop.with("a", s -> s.urls = s.accounts = 2).with("b", s -> s.priority = 2);
    Plan plan = shop.plan();
    var tried = new ArrayList<Attempt>();
    var order = new ArrayList<String>();
    while (plan.take(tried) instanceof Choice.Go went) {
      order.add(where(went));
      tried.add(went.attempt());
      fail(went, Kind.INTERNAL);
    }
    assertThat(order).containsExactly("a1/k1", "a2/k1", "a1/k2", "a2/k2", "b1/k1");
  }

  @Test
  void noMoreInsideAChannelThanItAllows() {
    shop.with(
            "a",
            s -> {
              s.urls = 3;
              s.maxRetries = OptionalInt.of(1);
            })
        .with("b", s -> s.priority = 2);
    Plan plan = shop.plan();
    Choice.Go one = go(plan);
    fail(one, Kind.INTERNAL);
    Choice.Go two = go(plan, one.attempt());
    fail(two, Kind.INTERNAL);
    assertThat(where(go(plan, one.attempt(), two.attempt()))).isEqualTo("b1/k1");
  }

  @Test
  void aRaceTakesAnotherChannel() {
    shop.with("a", s -> s.urls = 2).with("b", s -> s.priority = 2);
    Plan plan = shop.plan();
    Choice.Go running = go(plan);
    assertThat(where(running)).isEqualTo("a1/k1");
    Choice.Go beside = go(plan, running.attempt());
    assertThat(where(beside)).isEqualTo("b1/k1");
    assertThat(where(plan.take(List.of(running.attempt(), beside.attempt())))).isEqualTo("a2/k1");
  }

  @Test
  void aLookTakesNothing() {
    shop.with("a", s -> s.limits = new Limits(0, 0, 1));
    Plan plan = shop.plan();
    for (int i = 0; i < 5; i++) {
      assertThat(where(plan.next(List.of()))).isEqualTo("a1/k1");
    }
    go(plan);
    assertThat(shop.plan().next(List.of())).isInstanceOf(Choice.Barred.class);
  }

  // ---- breakers, coolings, bans

  @Test
  void aUrlThatFailsIsLeftAloneAndTheOtherIsUsed() {
    shop.with("a", s -> s.urls = 2);
    for (int i = 0; i < 5; i++) {
      fail(shop.go(), Kind.UNAVAILABLE);
    }
    shop.pass(0.2);
    assertThat(where(shop.go())).isEqualTo("a2/k1");
    assertThat(shop.router.standing().rests())
        .singleElement()
        .satisfies(
            rest -> {
              assertThat(rest.place()).isEqualTo(new Place.OfUrl("a", "https://a1"));
              assertThat(rest.kind()).isEqualTo(Standing.Kind.OPEN);
              assertThat(rest.reason())
                  .isEqualTo("5 failures in a row, the last: unavailable (503)");
              assertThat(Duration.between(rest.since(), Objects.requireNonNull(rest.until())))
                  .isEqualTo(Duration.ofSeconds(5));
            });
  }

  @Test
  void aDeadChannelGivesWayToTheNextPriorityAndIsFoundAliveWithinHalfAMinute() {
    shop.with("a").with("b", s -> s.priority = 2);
    for (int i = 0; i < 5; i++) {
      fail(shop.go(), Kind.TIMEOUT);
      shop.pass(0.1);
    }
    int met = 0;
    for (int i = 0; i < 600; i++) {
      Choice.Go went = shop.go();
      if (channel(went).equals("a")) {
        met++;
        fail(went, Kind.TIMEOUT);
      } else {
        shop.answer(went);
      }
      shop.pass(0.1);
    }
    assertThat(met).as("of 600 requests 2 in 100").isBetween(1, 12);
    double waited = 0;
    while (!channel(shop.go()).equals("a")) {
      shop.pass(0.1);
      waited += 0.1;
    }
    assertThat(waited).isLessThan(30);
  }

  /** The first token is news enough: the answer that a probe got may be written for a minute. */
  @Test
  void whatLivesAgainIsUsedBeforeItsFirstAnswerIsWhole() {
    shop.with("a").with("b", s -> s.price = Shop.price(50, null, 50)).aim(Aim.ECONOMY);
    teach(300, Map.of());
    for (int i = 0; i < 5; i++) {
      fail(shop.go(), Kind.UNAVAILABLE);
    }
    shop.pass(0.2);
    int failed = 0;
    for (int i = 0; i < 300; i++) {
      Choice.Go went = shop.go();
      if (channel(went).equals("a")) {
        fail(went, Kind.UNAVAILABLE);
        failed++;
      } else {
        shop.answer(went);
      }
      shop.pass(0.1);
    }
    assertThat(failed).isPositive();
    boolean lives = false;
    double waited = 0;
    for (int i = 0; i < 300 && firsts(20).getOrDefault("a", 0) < 10; i++) {
      Choice.Go went = shop.go();
      if (channel(went).equals("a")) {
        went.lease().firstToken(seconds(0.5));
        lives = true;
      } else {
        shop.answer(went);
      }
      shop.pass(0.1);
      waited += lives ? 0.1 : 0;
    }
    assertThat(waited).as("seconds from its first token to half of the requests").isLessThan(6);
  }

  /** It was silent for long enough to look slow, which its probes do not heed. */
  @Test
  void aProbeWaitsAsLongAsFirstTokensUsuallyTake() {
    shop.with("a").with("b", s -> s.priority = 2);
    teach(300, Map.of("a", 1.0));
    var silent = new ArrayList<Choice.Go>();
    for (int i = 0; i < 5; i++) {
      silent.add(shop.go());
    }
    shop.pass(15);
    silent.forEach(went -> fail(went, Kind.TIMEOUT));
    shop.pass(25);
    Choice.Go probe = shop.go();
    assertThat(channel(probe)).isEqualTo("a");
    assertThat(probe.lease().firstToken())
        .as("by the last seconds alone it would be 16")
        .isBetween(seconds(1.5), seconds(3.5));
  }

  /** Half of the expected time is luck, a tenth of it is a recovery. */
  @Test
  void aLuckyProbeBringsNoOtherAtOnceButARecoveryDoes() {
    shop.with("a", s -> s.price = Shop.price(1, null, 1))
        .with("b", s -> s.price = Shop.price(1.7, null, 1.7))
        .aim(Aim.ECONOMY);
    teach(600, Map.of());
    assertThat(untilTheNextProbe(1)).isGreaterThan(4);
    assertThat(untilTheNextProbe(0.5)).isGreaterThan(4);
    assertThat(untilTheNextProbe(0.1)).isLessThan(2);
  }

  /** Seconds from a probe of {@code b} that was answered after this time to the next one. */
  private double untilTheNextProbe(double first) {
    double waited = -1;
    for (int i = 0; i < 1_000; i++) {
      Choice.Go went = shop.go();
      boolean probe = channel(went).equals("b");
      if (probe && waited >= 0) {
        shop.answer(went, 1, 2, used(1000, 0, 100));
        return waited;
      }
      shop.answer(went, probe ? first : 1, 2, used(1000, 0, 100));
      shop.pass(0.1);
      waited = probe || waited >= 0 ? Math.max(0, waited) + 0.1 : waited;
    }
    return Double.POSITIVE_INFINITY;
  }

  /** One in four waits longer; if it went out just before a recovery, that would be seen late. */
  @Test
  void aPatientProbeDoesNotKeepTheNextOne() {
    shop.with("a").with("b", s -> s.priority = 2);
    teach(300, Map.of("a", 4.0));
    for (int i = 0; i < 5; i++) {
      fail(shop.go(), Kind.TIMEOUT);
    }
    record Sent(Choice.Go probe, double until) {}
    var waiting = new ArrayList<Sent>();
    int together = 0;
    double before = 0;
    double longest = 0;
    for (double at = 0; at < 120; at += 0.1) {
      Choice.Go went = shop.go();
      if (channel(went).equals("a")) {
        waiting.add(new Sent(went, at + went.lease().firstToken().toMillis() / 1e3));
        longest = Math.max(longest, at - before);
        before = at;
      } else {
        shop.answer(went);
      }
      together = Math.max(together, waiting.size());
      for (Sent sent : List.copyOf(waiting)) {
        if (sent.until() <= at) {
          fail(sent.probe(), Kind.TIMEOUT);
          waiting.remove(sent);
        }
      }
      shop.pass(0.1);
    }
    assertThat(together).isEqualTo(2);
    assertThat(longest).as("seconds from probe to probe").isLessThan(15);
  }

  @Test
  void whereFewRequestsComeARecoveryIsFoundAllTheSame() {
    shop.with("a").with("b", s -> s.priority = 2);
    for (int i = 0; i < 5; i++) {
      fail(shop.go(), Kind.TIMEOUT);
    }
    shop.pass(1);
    double waited = 0;
    while (!channel(shop.go()).equals("a")) {
      shop.pass(3);
      waited += 3;
    }
    assertThat(waited).isLessThan(30);
  }

  @Test
  void anAccountRestsAsLongAsItsProviderSays() {
    shop.with("a", s -> s.accounts = 2);
    fail(shop.go(), Kind.RATE_LIMIT, Duration.ofSeconds(30), null);
    shop.pass(1);
    assertThat(where(shop.go())).isEqualTo("a1/k2");
    shop.pass(28);
    assertThat(where(shop.go())).isEqualTo("a1/k2");
    shop.pass(2);
    assertThat(where(shop.go())).isEqualTo("a1/k1");
  }

  @Test
  void theOperatorsRulesCoolAndBan() {
    shop.with("a", s -> s.accounts = 3);
    fail(shop.go(), Kind.INVALID_REQUEST, null, COOL);
    shop.pass(1);
    Choice.Go second = shop.go();
    assertThat(where(second)).isEqualTo("a1/k2");
    fail(second, Kind.PERMISSION, null, BAN);
    shop.pass(3_000);
    assertThat(where(shop.go())).isEqualTo("a1/k3");
    assertThat(shop.router.standing().rests())
        .extracting(Standing.Rest::kind)
        .containsExactlyInAnyOrder(Standing.Kind.COOLING, Standing.Kind.BANNED);
    shop.pass(700);
    assertThat(where(shop.go())).isEqualTo("a1/k1");
    assertThat(shop.router.release(new Place.OfAccount("a", "k2"))).isTrue();
    assertThat(shop.router.standing().rests()).isEmpty();
  }

  @Test
  void nothingIsSetAsideWhereTheOperatorWantsThat() {
    shop.with("a", s -> s.tolerance = new Tolerance(5, 0.5, Duration.ZERO))
        .with("b", s -> s.priority = 2);
    for (int i = 0; i < 50; i++) {
      Choice.Go went = shop.go();
      assertThat(channel(went)).isEqualTo("a");
      fail(went, i % 2 == 0 ? Kind.RATE_LIMIT : Kind.UNAVAILABLE, Duration.ofSeconds(9), null);
      shop.pass(0.1);
    }
    fail(shop.go(), Kind.PERMISSION, null, BAN);
    shop.pass(0.1);
    assertThat(channel(shop.go())).as("a rule still holds").isEqualTo("b");
  }

  @Test
  void theLeastBadIsTriedRatherThanNothing() {
    shop.with("a").with("b", s -> s.priority = 2);
    shop.go().lease();
    shop.router.cool(new Place.OfChannel("a"), Duration.ofSeconds(60), "by hand");
    shop.router.cool(new Place.OfChannel("b"), Duration.ofSeconds(20), "by hand");
    shop.pass(1);
    Plan plan = shop.plan();
    Choice.Go went = go(plan);
    assertThat(channel(went)).isEqualTo("b");
    assertThat(went.lease().reason()).isEqualTo("the least bad: nothing else is left");
    fail(went, Kind.INTERNAL);
    assertThat(plan.take(List.of(went.attempt()))).isInstanceOf(Choice.Exhausted.class);
  }

  @Test
  void whatIsBannedIsNotEvenTheLeastBad() {
    shop.with("a");
    shop.go();
    shop.router.cool(new Place.OfAccount("a", "k1"), null, "by hand");
    shop.pass(1);
    assertThat(shop.plan().take(List.of()))
        .isEqualTo(new Choice.Barred("Every channel that serves the model 'm' is banned.", null));
  }

  @Test
  void aPlaceIsSetAsideBeforeTheFirstRequest() {
    shop.with("a").with("b");
    shop.router.know(shop.catalog());
    assertThat(shop.router.cool(new Place.OfChannel("a"), null, "by hand")).isTrue();
    assertThat(firsts(20)).containsOnlyKeys("b");
  }

  @Test
  void onlyAPlaceThatThereIsCanRest() {
    shop.with("a");
    shop.go();
    assertThat(shop.router.cool(new Place.OfChannel("x"), null, "")).isFalse();
    assertThat(shop.router.cool(new Place.OfUrl("a", "https://x"), null, "")).isFalse();
    assertThat(shop.router.cool(new Place.OfAccount("a", "x"), null, "")).isFalse();
    assertThat(shop.router.release(new Place.OfChannel("a"))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"INVALID_REQUEST", "TOO_LARGE", "CONFLICT"})
  void theClientsOwnFaultIsNobodyElses(Kind kind) {
    shop.with("a").with("b", s -> s.priority = 2);
    for (int i = 0; i < 30; i++) {
      fail(shop.go(), kind);
      shop.pass(0.1);
    }
    assertThat(channel(shop.go())).isEqualTo("a");
    assertThat(shop.router.standing().figures().getFirst().success()).isEqualTo(1);
  }

  // ---- limits and budget

  @Test
  void overAnAccountsLimitAnotherAccountIsUsed() {
    shop.with(
        "a",
        s -> {
          s.accounts = 2;
          s.limits = new Limits(2, 0, 0);
        });
    var went = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      went.add(where(shop.go()));
    }
    assertThat(went).containsExactly("a1/k1", "a1/k1", "a1/k2", "a1/k2");
    assertThat(shop.plan().take(List.of()))
        .isEqualTo(
            new Choice.Barred(
                "Every account that serves the model 'm' is over its limits.",
                Duration.ofSeconds(61)));
    shop.pass(62);
    assertThat(where(shop.go())).isEqualTo("a1/k1");
  }

  @Test
  void tokensAreGivenBackWhereThereWasNoAnswer() {
    shop.with("a", s -> s.limits = new Limits(0, 10_000, 0));
    Choice.Go went = go(shop.plan("", "m", 9_000));
    assertThat(shop.plan("", "m", 9_000).take(List.of())).isInstanceOf(Choice.Barred.class);
    fail(went, Kind.INTERNAL);
    Choice.Go again = go(shop.plan("", "m", 9_000));
    shop.answer(again, 1, 2, used(1_000, 0, 100));
    assertThat(where(go(shop.plan("", "m", 8_000)))).isEqualTo("a1/k1");
  }

  @Test
  void placesAreGivenBackOnceHoweverATryEnds() {
    shop.with("a", s -> s.limits = new Limits(0, 0, 1));
    for (Outcome outcome :
        List.of(
            new Outcome.Answered(used(1, 0, 1), Duration.ofSeconds(1)),
            new Outcome.Abandoned(),
            new Outcome.Beaten(Duration.ofSeconds(1)))) {
      Choice.Go went = shop.go();
      went.lease().end(outcome);
      went.lease().end(outcome);
      Choice.Go next = shop.go();
      assertThat(shop.plan().take(List.of())).isInstanceOf(Choice.Barred.class);
      next.lease().end(outcome);
    }
  }

  @Test
  void manyThreadsGetNoMorePlacesThanThereAre() throws InterruptedException {
    shop.with("a", s -> s.limits = new Limits(0, 0, 5)).pass(0.1);
    var most = new AtomicInteger();
    var running = new AtomicInteger();
    var served = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        threads.execute(
            () -> {
              for (int n = 0; n < 3_000; n++) {
                if (shop.plan().take(List.of()) instanceof Choice.Go went) {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  served.incrementAndGet();
                  running.decrementAndGet();
                  shop.answer(went);
                }
              }
            });
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
    shop.pass(0.1);
    assertThat(most.get()).isLessThanOrEqualTo(5);
    Standing.Figures figures = shop.router.standing().figures().getFirst();
    assertThat(figures.tries()).isEqualTo(served.get());
    assertThat(figures.running()).isZero();
    for (int i = 0; i < 5; i++) {
      shop.go();
    }
    assertThat(shop.plan().take(List.of())).isInstanceOf(Choice.Barred.class);
  }

  @Test
  void providersThatAllFailGetNoMoreThanAFifthMore() {
    shop.with("a", s -> s.tolerance = new Tolerance(0, 0, Duration.ZERO))
        .with("b", s -> s.tolerance = new Tolerance(0, 0, Duration.ZERO))
        .retries(0.2, 0);
    int tries = 0;
    for (int i = 0; i < 5_000; i++) {
      Plan plan = shop.plan();
      var tried = new ArrayList<Attempt>();
      while (plan.take(tried) instanceof Choice.Go went) {
        tries++;
        tried.add(went.attempt());
        fail(went, Kind.INTERNAL);
      }
      shop.pass(0.01);
    }
    assertThat(tries).isBetween(5_900, 6_150);
  }

  // ---- sessions

  @Test
  void aSessionStaysWithItsChannelAndItsAccount() {
    shop.with("a").with("b").with("c");
    for (int s = 0; s < 20; s++) {
      String session = "s" + s;
      Choice.Go first = shop.go(session);
      shop.answer(first);
      shop.pass(0.1);
      for (int i = 0; i < 5; i++) {
        Choice.Go next = shop.go(session);
        assertThat(where(next)).isEqualTo(where(first));
        assertThat(next.lease().reason()).isEqualTo("its session stays");
        shop.answer(next);
        shop.pass(0.1);
      }
    }
  }

  @Test
  void twoNamesInOneSessionNeverShareABinding() {
    var both = List.<Model>of(new Model.Alias("m", "m"), new Model.Alias("n", "n"));
    shop.with("a", s -> s.models = both)
        .with("b", s -> s.models = both)
        .with("only", s -> s.models = List.of(new Model.Alias("n", "n")));
    int apart = 0;
    for (int s = 0; s < 50; s++) {
      Choice.Go m = go(shop.plan("s" + s, "m", 0));
      shop.answer(m);
      Choice.Go n = go(shop.plan("s" + s, "n", 0));
      shop.answer(n);
      assertThat(channel(go(shop.plan("s" + s, "m", 0))))
          .isEqualTo(channel(m))
          .isNotEqualTo("only");
      assertThat(channel(go(shop.plan("s" + s, "n", 0)))).isEqualTo(channel(n));
      apart += channel(m).equals(channel(n)) ? 0 : 1;
    }
    assertThat(apart).isGreaterThan(10);
  }

  @Test
  void aSessionLeavesWhatIsDeadAndStaysWhereItWentThen() {
    shop.with("a").with("b");
    String home = channel(answered("s"));
    shop.router.cool(new Place.OfChannel(home), Duration.ofMinutes(1), "by hand");
    shop.pass(1);
    String other = channel(answered("s"));
    assertThat(other).isNotEqualTo(home);
    shop.pass(120);
    assertThat(channel(answered("s"))).isEqualTo(other);
  }

  @Test
  void aSessionLeavesWhatHasBecomeMuchSlower() {
    shop.with("a").with("b").with("c");
    String home = channel(answered("s"));
    for (int i = 0; i < 400; i++) {
      Choice.Go went = shop.go();
      shop.answer(went, channel(went).equals(home) ? 9 : 0.5, 10, used(1000, 0, 100));
      shop.pass(0.1);
    }
    assertThat(channel(answered("s"))).isNotEqualTo(home);
  }

  @Test
  void aBindingEndsWithItsTime() {
    shop.with("a").with("b").with("c").with("d").sticky(Duration.ofMinutes(5));
    var homes = new ArrayList<String>();
    for (int s = 0; s < 40; s++) {
      homes.add(channel(answered("s" + s)));
    }
    shop.pass(301);
    int moved = 0;
    for (int s = 0; s < 40; s++) {
      moved += channel(answered("s" + s)).equals(homes.get(s)) ? 0 : 1;
    }
    assertThat(moved).isGreaterThan(15);
  }

  @Test
  void aLowerPriorityNumberComesFirstAgainHoweverASessionIsBound() {
    shop.with("a").with("b", s -> s.priority = 2);
    shop.go();
    shop.router.cool(new Place.OfChannel("a"), Duration.ofSeconds(10), "by hand");
    shop.pass(1);
    assertThat(channel(answered("s"))).isEqualTo("b");
    shop.pass(10);
    assertThat(channel(answered("s"))).isEqualTo("a");
  }

  @Test
  void whatTheCacheSavesKeepsASessionWhereItIsDear() {
    shop.with("dear", s -> s.price = price(3, 0.3, 10))
        .with("cheap", s -> s.price = price(1, null, 10))
        .aim(new Aim(1, 0, 0, 0))
        .exploration(0.01);
    shop.go();
    shop.router.cool(new Place.OfChannel("cheap"), Duration.ofSeconds(5), "by hand");
    for (int i = 0; i < 40; i++) {
      for (int s = 0; s < 3; s++) {
        shop.answer(go(shop.plan("s" + s, "m", 20_000)), 1, 2, used(1_000, 19_000, 100));
      }
      shop.pass(0.1);
    }
    shop.pass(6);
    assertThat(channel(go(shop.plan("s1", "m", 20_000)))).isEqualTo("dear");
    assertThat(channel(go(shop.plan("", "m", 20_000)))).isEqualTo("cheap");
  }

  private Choice.Go answered(String session) {
    Choice.Go went = shop.go(session);
    shop.answer(went);
    shop.pass(0.1);
    return went;
  }

  // ---- what is learned

  @Test
  void theFastOneIsPreferredWhereSpeedIsWanted() {
    shop.with("fast").with("slow").aim(Aim.PERFORMANCE);
    teach(300, Map.of("fast", 0.3, "slow", 3.0));
    assertThat(firsts(1_000).get("fast")).isGreaterThan(950);
  }

  @Test
  void theCheapOneIsPreferredWhereMoneyCounts() {
    shop.with("cheap", s -> s.price = price(1, null, 2))
        .with("dear", s -> s.price = price(3, null, 9))
        .aim(Aim.ECONOMY);
    shop.pass(0.1);
    assertThat(firsts(1_000).get("cheap")).isGreaterThan(950);
  }

  @Test
  void whatIsCheapForLongPromptsIsNotJudgedByShortOnes() {
    shop.with("reading", s -> s.price = price(0.5, null, 30))
        .with("writing", s -> s.price = price(5, null, 3))
        .aim(Aim.ECONOMY)
        .exploration(0.01);
    shop.pass(0.1);
    assertThat(channel(shop.plan("", "m", 100_000).next(List.of()))).isEqualTo("reading");
    assertThat(channel(shop.plan("", "m", 100).next(List.of()))).isEqualTo("writing");
  }

  @Test
  void aNewChannelIsTried() {
    shop.with("old").aim(Aim.PERFORMANCE);
    teach(100, Map.of("old", 1.0));
    shop.with("new");
    teach(200, Map.of("old", 1.0, "new", 0.3));
    assertThat(firsts(1_000).get("new")).isGreaterThan(900);
  }

  /** Seconds until most requests go to the one that has become fast. */
  private double foundAfter(int most) {
    double waited = 0;
    while (firsts(100).getOrDefault("two", 0) < 50 && waited < most) {
      teach(10, Map.of("one", 0.5, "two", 0.2));
      waited++;
    }
    return waited;
  }

  @Test
  void aSlowOneThatIsFastAgainIsFoundOut() {
    shop.with("one").with("two").aim(Aim.PERFORMANCE);
    teach(400, Map.of("one", 0.5, "two", 0.2));
    teach(1_800, Map.of("one", 0.5, "two", 8.0));
    assertThat(firsts(1_000).getOrDefault("two", 0)).isLessThan(20);
    assertThat(foundAfter(60)).isLessThan(30);
  }

  @Test
  void oneThatWasNeverFastIsFoundOutLater() {
    shop.with("one").with("two").aim(Aim.PERFORMANCE);
    teach(400, Map.of("one", 0.5, "two", 8.0));
    assertThat(firsts(1_000).getOrDefault("two", 0)).isLessThan(20);
    assertThat(foundAfter(120)).isLessThan(70);
  }

  /** Its last probe failed, so its recovery has to be seen. */
  @Test
  void orSoonerWhereItWasInTroubleLately() {
    shop.with("one").with("two").aim(Aim.PERFORMANCE);
    teach(400, Map.of("one", 0.5, "two", 8.0));
    Choice.Go went = shop.go();
    while (!channel(went).equals("two")) {
      shop.answer(went);
      shop.pass(0.1);
      went = shop.go();
    }
    fail(went, Kind.UNAVAILABLE);
    assertThat(foundAfter(120)).isLessThan(40);
  }

  @Test
  void noHerdRunsToTheBestOne() {
    for (int i = 0; i < 4; i++) {
      shop.with("c" + i);
    }
    shop.aim(Aim.PERFORMANCE);
    teach(200, Map.of("c0", 0.5));
    var running = new HashMap<String, Integer>();
    for (int i = 0; i < 1_000; i++) {
      running.merge(channel(shop.go()), 1, Integer::sum);
      if (i % 50 == 0) {
        shop.pass(0.05);
      }
    }
    assertThat(running.get("c0")).isLessThan(700);
  }

  @Test
  void theDeadlineIsLearnedAndBoundedAndNotForTheLastHope() {
    shop.with("a").with("b", s -> s.priority = 2);
    assertThat(shop.go().lease().firstToken()).isEqualTo(Shop.FIRST_TOKEN);
    teach(200, Map.of("a", 1.0));
    Plan plan = shop.plan();
    Choice.Go first = go(plan);
    assertThat(first.lease().firstToken()).isBetween(seconds(1.5), seconds(3));
    fail(first, Kind.TIMEOUT);
    assertThat(go(plan, first.attempt()).lease().firstToken()).isEqualTo(Shop.FIRST_TOKEN);
  }

  @Test
  void whatWasLearnedOutlivesARestart() {
    shop.with("a", s -> s.accounts = 2).with("b").aim(Aim.PERFORMANCE);
    teach(300, Map.of("a", 0.3, "b", 3.0));
    shop.router.cool(new Place.OfAccount("a", "k1"), null, "by hand");
    shop.router.cool(new Place.OfUrl("b", "https://b1"), Duration.ofSeconds(90), "by hand");
    Memory memory = shop.router.remember();

    var next = new Shop().with("a", s -> s.accounts = 2).with("b").aim(Aim.PERFORMANCE);
    next.router.recall(
        new Memory(Instant.EPOCH.plusSeconds(5), memory.tracks(), memory.habits(), memory.rests()));
    next.pass(0.1);
    assertThat(where(next.go())).isEqualTo("a1/k2");
    assertThat(next.router.standing().rests())
        .extracting(Standing.Rest::place)
        .containsExactlyInAnyOrder(
            new Place.OfAccount("a", "k1"), new Place.OfUrl("b", "https://b1"));
    assertThat(next.router.standing().figures())
        .zipSatisfy(
            shop.router.standing().figures(),
            (recalled, known) ->
                assertThat(recalled.firstToken().toMillis())
                    .isBetween(
                        known.firstToken().toMillis() - 2, known.firstToken().toMillis() + 2));
  }

  @Test
  void memoriesThatCannotBeReadAreIgnored() {
    shop.with("a");
    shop.router.recall(
        new Memory(
            Instant.EPOCH,
            List.of(
                new Memory.Track("a", "m", List.of(1.0)),
                new Memory.Track(
                    "a", "m", IntStream.range(0, 16).mapToObj(_ -> Double.NaN).toList())),
            List.of(new Memory.Habit("m", -5, 7)),
            List.of()));
    shop.pass(0.1);
    assertThat(channel(shop.go())).isEqualTo("a");
    assertThat(shop.router.standing().figures().getFirst().success()).isEqualTo(1);
  }

  // ---- what is told

  @Test
  void theDecisionChainHasEveryCandidateWithItsReason() {
    shop.with("a", s -> s.accounts = 2)
        .with("b", s -> s.priority = 2)
        .with("c", s -> s.priority = 3);
    shop.go();
    shop.router.cool(new Place.OfAccount("a", "k1"), Duration.ofMinutes(1), "by hand");
    shop.pass(1);
    Plan plan = shop.plan();
    Choice.Go first = go(plan);
    fail(first, Kind.INTERNAL);
    Choice.Go second = go(plan, first.attempt());
    shop.answer(second);
    List<Decision> chain = plan.decisions();
    assertThat(chain)
        .extracting(Decision::channel, Decision::account, Decision::verdict, Decision::ordinal)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", "k2", Decision.Verdict.FAILED, 1),
            org.assertj.core.groups.Tuple.tuple("b", "k1", Decision.Verdict.ANSWERED, 2),
            org.assertj.core.groups.Tuple.tuple("a", "k1", Decision.Verdict.SKIPPED, 0),
            org.assertj.core.groups.Tuple.tuple("c", "", Decision.Verdict.PASSED, 0));
    assertThat(chain.get(0).reason()).contains("internal (500)");
    assertThat(chain.get(1).firstToken()).isEqualTo(Duration.ofMillis(500));
    assertThat(chain.get(2).reason()).isEqualTo("cooling: a/k1: by hand");
    assertThat(chain.get(3).reason()).isEqualTo("priority 3 was not needed");
  }

  @Test
  void probabilitiesOfEqualsAddUpToOne() {
    shop.with("a").with("b", s -> s.weight = 3).with("c");
    shop.pass(0.1);
    Plan plan = shop.plan();
    go(plan);
    assertThat(plan.decisions().stream().mapToDouble(Decision::probability).sum())
        .isBetween(0.999, 1.001);
    assertThat(plan.decisions()).allMatch(d -> d.parts() != null);
    assertThat(
            plan.decisions().stream()
                .map(Decision::verdict)
                .collect(java.util.stream.Collectors.toSet()))
        .isEqualTo(EnumSet.of(Decision.Verdict.RUNNING, Decision.Verdict.PASSED));
  }

  @Test
  void theFiguresTellWhatIsKnown() {
    shop.with("a");
    teach(200, Map.of("a", 1.0));
    Standing.Figures figures = shop.router.standing().figures().getFirst();
    assertThat(figures.tries()).isEqualTo(200);
    assertThat(figures.firstToken().toMillis()).isBetween(950L, 1_050L);
    assertThat(figures.tokensPerSecond()).isBetween(95.0, 105.0);
    assertThat(figures.running()).isZero();
  }
}
