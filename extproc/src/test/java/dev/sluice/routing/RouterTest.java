package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.conversation.Origin;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which candidate comes when. */
final class RouterTest {
  private static Channel channel(
      String name, int priority, int urls, int accounts, Model... models) {
    var at = new ArrayList<Channel.Url>();
    for (int i = 1; i <= urls; i++) {
      String base = "https://" + name + i;
      at.add(new Channel.Url(base, name + i, "", name + "@" + base));
    }
    var with = new ArrayList<Account>();
    for (int i = 1; i <= accounts; i++) {
      with.add(new Account("k" + i, i, Set.of(), "secret"));
    }
    return new Channel(
        name,
        Origin.CHAT,
        at,
        with,
        List.of(models),
        List.of(),
        priority,
        1,
        new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
        Limits.NONE,
        Set.of(Trouble.values()),
        OptionalInt.empty(),
        name,
        false);
  }

  private static Model alias(String name) {
    return new Model.Alias(name, "real-" + name);
  }

  private static Model match(String pattern) {
    return new Model.Match(Pattern.of(pattern));
  }

  private static Group group(
      String name,
      @Nullable String parent,
      int max,
      Group.Ambiguous ambiguous,
      String... channels) {
    return new Group(
        name,
        parent,
        max,
        Duration.ZERO,
        Duration.ZERO,
        List.of(channels),
        ambiguous,
        Aim.STABILITY,
        0.1);
  }

  private static Catalog catalog(List<Channel> channels, Group... groups) {
    var byName = new HashMap<String, Channel>();
    channels.forEach(c -> byName.put(c.name(), c));
    var byGroup = new HashMap<String, Group>();
    Stream.of(groups).forEach(g -> byGroup.put(g.name(), g));
    return new Catalog(
        byName,
        byGroup,
        Map.of(),
        List.of(),
        1,
        "00",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }

  private static final Router ROUTER = new Router(new Random(1), () -> 0, () -> Instant.EPOCH);

  private static List<String> tries(Catalog catalog, String group, String model) {
    var plan = ROUTER.plan(catalog, Inquiry.of(group, model, _ -> true));
    var tried = new ArrayList<Attempt>();
    var names = new ArrayList<String>();
    while (plan.next(tried) instanceof Choice.Go(Attempt attempt, Lease _)) {
      tried.add(attempt);
      names.add(attempt.url().authority() + "/" + attempt.account().name());
    }
    return names;
  }

  @Test
  void byPriorityThenUrlThenAccountThenChannelThenParent() {
    var catalog =
        catalog(
            List.of(
                channel("b", 2, 1, 1, alias("m")),
                channel("a", 1, 2, 2, alias("m")),
                channel("p", 0, 1, 1, match("m*")),
                channel("x", 0, 1, 1, alias("other"))),
            group("own", "parent", 10, Group.Ambiguous.REJECT, "b", "a", "x"),
            group("parent", null, 1, Group.Ambiguous.REJECT, "p", "a"));
    assertThat(tries(catalog, "own", "m"))
        .containsExactly("a1/k1", "a2/k1", "a1/k2", "a2/k2", "b1/k1", "p1/k1");
  }

  @Test
  void noMoreThanTheGroupAllows() {
    var catalog =
        catalog(
            List.of(channel("a", 1, 3, 3, alias("m"))),
            group("g", null, 2, Group.Ambiguous.REJECT, "a"));
    assertThat(tries(catalog, "g", "m")).hasSize(2);
  }

  @Test
  void twoChannelsOfOneAliasAtOnePriorityAreAmbiguousUnlessTheScoreMayDecide() {
    var channels = List.of(channel("a", 1, 1, 1, alias("m")), channel("b", 1, 1, 1, alias("m")));
    var strict = catalog(channels, group("g", null, 4, Group.Ambiguous.REJECT, "a", "b"));
    assertThat(ROUTER.plan(strict, Inquiry.of("g", "m", _ -> true)).next(List.of()))
        .isEqualTo(new Choice.Ambiguous(List.of("a", "b")));
    var free = catalog(channels, group("g", null, 4, Group.Ambiguous.SCORE, "a", "b"));
    assertThat(tries(free, "g", "m")).containsExactlyInAnyOrder("a1/k1", "b1/k1");
  }

  @Test
  void whatNobodyServesHasCloseNames() {
    var catalog =
        catalog(
            List.of(channel("a", 1, 1, 1, alias("gpt-5.4"), alias("claude-opus"))),
            group("g", null, 4, Group.Ambiguous.REJECT, "a"));
    assertThat(ROUTER.plan(catalog, Inquiry.of("g", "gpt-5.5", _ -> true)).next(List.of()))
        .isEqualTo(new Choice.Unserved(List.of("gpt-5.4")));
    assertThat(ROUTER.plan(catalog, Inquiry.of("g", "gpt-5.4", _ -> false)).next(List.of()))
        .isEqualTo(new Choice.Untranslatable(List.of("chat")));
  }

  @ParameterizedTest
  @CsvSource({
    "*claude*,           my-claude-3,      true",
    "*claude*,           gemini,           false",
    "*gemini*&*2.5*,     gemini-2.5-pro,   true",
    "*gemini*&*2.5*,     gemini-1.5-pro,   false",
    "gpt-*,              gpt-,             true",
    "gpt-*,              a-gpt-,           false",
    "a*b*c,              aXbYbZc,          true",
    "a*b*c,              aXbYbZcd,         false",
    "*,                  anything/at:all,  true"
  })
  void patterns(String pattern, String name, boolean matches) {
    assertThat(Pattern.of(pattern).matches(name)).isEqualTo(matches);
  }

  @Test
  void whereNothingIsKnownWeightsAreProbabilities() {
    var heavy = channel("heavy", 1, 1, 1, alias("m"));
    var three =
        new Channel(
            heavy.name(),
            heavy.protocol(),
            heavy.urls(),
            heavy.accounts(),
            heavy.models(),
            heavy.prices(),
            1,
            3,
            heavy.timeouts(),
            heavy.limits(),
            heavy.failoverOn(),
            heavy.maxRetries(),
            heavy.issuer(),
            false);
    var catalog =
        catalog(
            List.of(channel("light", 1, 1, 1, alias("m")), three),
            group("g", null, 4, Group.Ambiguous.SCORE, "light", "heavy"));
    long first =
        Stream.generate(() -> tries(catalog, "g", "m").getFirst())
            .limit(10_000)
            .filter("heavy1/k1"::equals)
            .count();
    assertThat(first).isBetween(7_300L, 7_700L);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(Kind.RATE_LIMIT, 429, true),
        Arguments.of(Kind.INTERNAL, 500, true),
        Arguments.of(Kind.OVERLOADED, 529, true),
        Arguments.of(Kind.UNAVAILABLE, 0, true),
        Arguments.of(Kind.TIMEOUT, 0, true),
        Arguments.of(Kind.AUTHENTICATION, 401, true),
        Arguments.of(Kind.NOT_FOUND, 404, true),
        Arguments.of(Kind.INVALID_REQUEST, 400, false),
        Arguments.of(Kind.TOO_LARGE, 413, false));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatIsReplaced(Kind kind, int status, boolean replaced) {
    var channel = channel("a", 1, 1, 1, alias("m"));
    assertThat(Failover.replaces(channel, null, Failure.of(kind, "x"), status)).isEqualTo(replaced);
  }
}
