package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Router;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tries of one request beside each other, as Envoy's retries and races bring them. */
final class FlightTest {
  private static final Failure FAILURE = Failure.of(Failure.Kind.TIMEOUT, "late");

  private final List<String> woken = new ArrayList<>();

  private static Catalog catalog(Group group) {
    var channels = new HashMap<String, Channel>();
    for (int i = 0; i < group.channels().size(); i++) {
      channels.put(group.channels().get(i), channel(group.channels().get(i), i));
    }
    return new Catalog(
        channels,
        Map.of("g", group),
        Map.of(),
        List.of(),
        1,
        "00",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }

  private static Channel channel(String name, int priority) {
    return new Channel(
        name,
        Origin.CHAT,
        List.of(new Channel.Url("http://" + name, name, "", name)),
        List.of(new Account("a", 1, Set.of(), "secret")),
        List.of(new Model.Alias("m", "m")),
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

  private static Flight flight(String... channels) {
    return flight(body("Hello"), false, channels);
  }

  private static Flight flight(byte[] body, boolean store, String... channels) {
    var group =
        new Group(
            "g",
            null,
            4,
            Duration.ZERO,
            Duration.ZERO,
            List.of(channels),
            Group.Ambiguous.REJECT,
            Aim.STABILITY,
            0);
    var ask = new Ask(new Call(Call.Operation.GENERATE, null, null), "m", false, body);
    return new Flight(
        "id",
        new Key("k", "g", List.of(), Limits.NONE),
        new Chat(new Carrier(() -> new byte[] {1})),
        ask,
        new Continuity.Course(ask, null, null, store),
        null,
        new Router(new Random(1), () -> 0, () -> Instant.EPOCH)
            .plan(catalog(group), Inquiry.of("g", "m", _ -> true)),
        0);
  }

  private static byte[] body(String text) {
    return """
    {"model":"m","messages":[{"role":"user","content":"%s"}]}\
    """
        .formatted(text)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Flight.Next goes(Flight flight, boolean race) {
    return Objects.requireNonNull(flight.next(0, race, () -> {}));
  }

  private static String channel(Flight.Next next) {
    return ((Choice.Go) next.choice()).attempt().channel().name();
  }

  @Test
  void whoComesWhileATryRunsWaitsForIt() {
    Flight flight = flight("bad", "good");
    Flight.Next first = goes(flight, false);
    assertThat(channel(first)).isEqualTo("bad");
    assertThat(flight.next(0, false, () -> woken.add("second"))).isNull();
    flight.failed(Objects.requireNonNull(first.started()), FAILURE);
    assertThat(woken).containsExactly("second");
    assertThat(channel(goes(flight, false))).isEqualTo("good");
  }

  /** Two streams ask at once for what is left: the one that waited and Envoy's retry. */
  @Test
  void whoComesSecondToTheLastCandidateWaitsInsteadOfGivingUp() {
    Flight flight = flight("bad", "good");
    Flight.Next first = goes(flight, false);
    assertThat(flight.next(0, false, () -> woken.add("second"))).isNull();
    flight.failed(Objects.requireNonNull(first.started()), FAILURE);
    Flight.Next retry = goes(flight, false);
    assertThat(channel(retry)).isEqualTo("good");
    assertThat(flight.next(1, false, () -> woken.add("again"))).isNull();
    flight.failed(Objects.requireNonNull(retry.started()), FAILURE);
    assertThat(woken).containsExactly("second", "again");
    assertThat(goes(flight, false).choice()).isInstanceOf(Choice.Exhausted.class);
  }

  @Test
  void aRaceTakesTheNextCandidateAndWaitsWhereThereIsNone() {
    Flight flight = flight("slow", "other");
    assertThat(channel(goes(flight, true))).isEqualTo("slow");
    assertThat(channel(goes(flight, true))).isEqualTo("other");
    assertThat(flight.next(0, true, () -> {})).isNull();
  }

  @Test
  void aLargeBodyIsLetGoOfWhenItsAnswerIsUnderWay() {
    byte[] large = body("word ".repeat(4000));
    Flight flight = flight(large, false, "slow", "fast");
    Flight.Try slow = Objects.requireNonNull(goes(flight, true).started());
    Flight.Try fast = Objects.requireNonNull(goes(flight, true).started());
    long prompt = flight.prompt();
    assertThat(flight.unload()).as("nobody has won").isFalse();
    flight.won(fast);
    assertThat(flight.unload()).as("a rival may still send it").isFalse();
    assertThat(flight.ask().body()).isEqualTo(large);
    flight.failed(slow, FAILURE);
    assertThat(flight.unload()).isTrue();
    assertThat(flight.bytes()).isZero();
    assertThat(flight.ask().body()).isEmpty();
    assertThat(flight.course().whole().body()).isEmpty();
    assertThat(flight.prompt()).isEqualTo(prompt).isPositive();
    assertThat(flight.unload()).as("twice").isFalse();
  }

  @Test
  void aBodyIsKeptThatIsSmallOrStoredWithItsAnswer() {
    Flight small = flight(body("Hello"), false, "good");
    Flight stored = flight(body("word ".repeat(4000)), true, "good");
    for (Flight flight : List.of(small, stored)) {
      flight.won(Objects.requireNonNull(goes(flight, false).started()));
      assertThat(flight.unload()).isFalse();
      assertThat(flight.ask().body()).isNotEmpty();
    }
  }
}
