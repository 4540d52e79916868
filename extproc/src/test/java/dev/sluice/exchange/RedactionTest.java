package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Timeouts;
import dev.sluice.conversation.Origin;
import dev.sluice.ledger.Bodies;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of bodies, and what is not. */
final class RedactionTest {
  private static final String KEY = "sk-of-the-client";
  private static final String CREDENTIAL = "credential/of+a=provider";

  private static final Catalog CATALOG =
      new Catalog(
          Map.of(
              "one",
              new Channel(
                  "one",
                  Origin.CHAT,
                  List.of(new Channel.Url("http://x", "x", "", "c")),
                  List.of(
                      new Account("a", 1, Set.of(), CREDENTIAL),
                      new Account("b", 1, Set.of(), "none"),
                      new Account("c", 1, Set.of(), "")),
                  List.of(),
                  List.of(),
                  1,
                  1,
                  new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
                  Limits.NONE,
                  Set.of(),
                  OptionalInt.empty(),
                  "one",
                  false)),
          Map.of(),
          Map.of(),
          List.of(),
          1 << 20,
          "00",
          Catalog.Responses.DEFAULT,
          new Catalog.Status(Instant.EPOCH, List.of()));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Redaction redaction(String... expressions) {
    return new Redaction(Stream.of(expressions).map(Pattern::compile).toList(), KEY, CATALOG);
  }

  /** As it is kept where it comes in pieces of so many bytes. */
  private static String kept(String text, int max, int piece, String... expressions) {
    var capture = new Capture(max);
    byte[] all = bytes(text);
    for (int at = 0; at < all.length; at += piece) {
      capture.add(java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + piece)));
    }
    return redaction(expressions).of(capture.seen());
  }

  static Stream<Arguments> bodies() {
    String blob = "A9+/".repeat(64);
    return Stream.of(
        row("nothing to hide", 100, "", "nothing to hide"),
        row("", 100, "", ""),
        // what the group's expressions find
        row("call 555-1234 or 555-9", 100, "555-\\d{4}", "call [redacted] or 555-9"),
        row("aab", 100, "a|b", "[redacted][redacted][redacted]"),
        row("one two three", 100, "two th", "one [redacted]ree"),
        row("abc", 100, "x*", "abc"),
        row("mail me@x.org", 100, "(?i)[a-z]+@[a-z.]+", "mail [redacted]"),
        // keys and credentials
        row("my key is " + KEY + "!", 100, "", "my key is [redacted]!"),
        row("[" + CREDENTIAL + CREDENTIAL + "]", 100, "", "[[redacted][redacted]]"),
        row("it is " + KEY, 100, "is sk", "it [redacted]"),
        row("none of these", 100, "", "none of these"),
        row("it ends in " + KEY.substring(0, 9), 100, "", "it ends in [redacted]"),
        // blobs
        row("\"" + blob + "\"", 999, "", "\"" + blob + "\""),
        row("\"" + blob + "A\"", 999, "", "\"[257 characters]\""),
        row(
            "{\"url\":\"data:image/png;base64," + blob.repeat(99) + "=\",\"then\":1}",
            100,
            "",
            "{\"url\":\"data:image/png;base64,[25345 characters]\",\"then\":1}"),
        row(blob.repeat(2), 100, "", "[512 characters]"),
        row((blob + "\\\\n").repeat(3), 100, "", "[777 characters]"),
        // cuts, which nothing of a secret survives
        row("0123456789", 10, "", "0123456789"),
        row("0123456789 ", 10, "", "0123456789[cut; it had 11 bytes]"),
        row("0123456789", 4, "", "0123[cut; it had 10 bytes]"),
        row("\u20ac\u20ac\u20ac", 4, "", "\u20ac[cut; it had 9 bytes]"),
        row("a \ud83d\ude00", 5, "", "a [cut; it had 6 bytes]"),
        row("x " + KEY + " y", 6, "", "x [red[cut; it had 20 bytes]"),
        row("0123 " + CREDENTIAL, 20, "", "0123 [redacted][cut; it had 29 bytes]"),
        row("0123 pin=1234567890 z", 12, "pin=\\d+", "0123 [redact[cut; it had 21 bytes]"),
        row("01234567 89", 8, "89", "01234567[cut; it had 11 bytes]"),
        row("- ".repeat(5_000), 3, "", "- -[cut; it had 10000 bytes]"));
  }

  private static Arguments row(String body, int max, String expression, String kept) {
    return Arguments.of(body, max, expression, kept);
  }

  @ParameterizedTest(name = "[{index}] {1} {2} {3}")
  @MethodSource("bodies")
  void whatIsKept(String body, int max, String expression, String kept) {
    String[] expressions = expression.isEmpty() ? new String[0] : new String[] {expression};
    for (int piece : new int[] {1, 7, 1 << 20}) {
      assertThat(kept(body, max, piece, expressions)).isEqualTo(kept);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".*,.*,.*,c", "(a|,)*c"})
  void anExpressionThatTakesTooLongKeepsNothing(String expression) {
    assertThat(kept("a,".repeat(9_000), 20_000, 64, expression))
        .isEqualTo("[not kept: its redaction takes too long]");
  }

  @Test
  void aBodyTakesItsPartOfMemoryAndNoMore() {
    var budget = new BodyBudget(2L * new Capture(100).room());
    Kept first = open("one");
    Kept second = open("two");
    Kept third = open("three");
    first.await(budget);
    second.await(budget);
    third.await(budget);
    first.answered(answer(first, "1"));
    assertThat(first.bodies())
        .isEqualTo(new Bodies("one", "[not kept: too many bodies wait to be written]"));
    second.answered(answer(second, "2"));
    second.answered(answer(second, "of another try"));
    assertThat(second.bodies()).isEqualTo(new Bodies("two", "2"));
    assertThat(third.bodies().request()).startsWith("[not kept: too many");
    assertThat(budget.used()).isZero();
  }

  private static Kept open(String request) {
    return new Kept(new Group.Bodies(100, List.of()), redaction(), bytes(request));
  }

  private static Capture answer(Kept kept, String text) {
    Capture capture = kept.capture();
    capture.add(bytes("held"));
    capture.begin(bytes(text));
    return capture;
  }

  @Test
  void whatIsReleasedIsMarked() {
    var capture = new Capture(100);
    capture.add(bytes("data: 1\n\n"));
    capture.release();
    assertThat(redaction().of(capture.seen()))
        .isEqualTo("data: 1\n\n[released; what follows was not seen]");
  }

  @Test
  void nothingPrintsASecret() {
    assertThat(redaction("x").toString()).doesNotContain(KEY, CREDENTIAL);
    assertThat(new Bodies("request", "response")).hasToString("Bodies[15 characters]");
  }
}
