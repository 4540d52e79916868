package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.protocol.Gist;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Which requests are of one conversation. */
final class SessionTest {
  private static Gist gist(String conversation, String person, long opening) {
    return new Gist(conversation, person, opening, 0, 0);
  }

  private static String of(Gist gist) {
    return Session.of("alice", Map.of(), gist);
  }

  static final List<Arguments> ONE =
      List.of(
          Arguments.of("the field, whatever was said", gist("c", "", 1), gist("c", "p", 2)),
          Arguments.of("the opening", gist("", "", 1), gist("", "", 1)),
          Arguments.of("the person's opening", gist("", "p", 1), gist("", "p", 1)));

  @ParameterizedTest(name = "{0}")
  @FieldSource("ONE")
  void oneConversation(String name, Gist one, Gist other) {
    assertThat(of(one)).hasSize(32).isEqualTo(of(other));
  }

  static final List<Arguments> TWO =
      List.of(
          Arguments.of("two fields", gist("c", "", 1), gist("d", "", 1)),
          Arguments.of("two openings", gist("", "", 1), gist("", "", 2)),
          Arguments.of("two openings of a person", gist("", "p", 1), gist("", "p", 2)),
          Arguments.of("two persons", gist("", "p", 1), gist("", "q", 1)),
          Arguments.of("a person as a conversation", gist("p", "", 1), gist("", "p", 1)));

  @ParameterizedTest(name = "{0}")
  @FieldSource("TWO")
  void twoConversations(String name, Gist one, Gist other) {
    assertThat(of(one)).isNotEqualTo(of(other));
  }

  @Test
  void twoKeysAreNeverOne() {
    Gist gist = gist("c", "", 1);
    assertThat(Session.of("alice", Map.of(), gist)).isNotEqualTo(Session.of("bob", Map.of(), gist));
  }

  @Test
  void aHeaderGoesFirst() {
    String said = Session.of("alice", Map.of("session_id", "s"), gist("c", "", 1));
    assertThat(said).isEqualTo(Session.of("alice", Map.of("session-id", "s"), gist("d", "", 2)));
    assertThat(said).isNotEqualTo(of(gist("s", "", 1)));
    assertThat(Session.of("alice", Map.of("session_id", " "), gist("c", "", 1)))
        .isEqualTo(of(gist("c", "", 1)));
  }

  @Test
  void nothingIsNoConversation() {
    assertThat(of(Gist.NONE)).isEmpty();
    assertThat(of(gist("", "p", 0))).isEmpty();
  }
}
