package dev.sluice.protocol;

import dev.sluice.wire.Base64;
import dev.sluice.wire.Splice;
import dev.sluice.wire.Splice.Kind;
import dev.sluice.wire.Splice.Span;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a request lets routing know of its conversation and its size, from a glance at its bytes.
 *
 * @param conversation what the client itself calls the conversation; empty: it does not
 * @param person for whom the client says it asks, which may be one for all of its conversations;
 *     empty: it does not say
 * @param opening a hash of the instructions and the first words of the conversation, the same on
 *     each of its turns; 0: it has none
 * @param promptTokens about how many tokens the prompt has, at four bytes each and a picture at
 *     1,600; no more than rough
 * @param answerTokens the most that the answer may have; 0: not said
 */
public record Gist(
    String conversation, String person, long opening, long promptTokens, long answerTokens) {
  /** Nothing is known. */
  public static final Gist NONE = new Gist("", "", 0, 0, 0);

  private static final int BYTES_OF_A_TOKEN = 4;

  /** What a usual picture counts, however many bytes it has. */
  private static final long TOKENS_OF_MEDIA = 1_600;

  /** So long a run of base64 is no text. */
  private static final int MEDIA = 4 * 1024;

  private static final int STRIDE = MEDIA / 2;

  /** So much of the opening is looked at. */
  private static final int OPENING = 8 * 1024;

  /**
   * The names that a protocol has for these things. A name with a dot is a member of a member.
   *
   * @param conversations of the conversation, the best first
   * @param persons of whom the client asks for
   * @param instructions of what stands before the first turn; null: it is a turn
   * @param turns of the list of turns
   * @param limits of the most tokens of an answer
   */
  public record Names(
      List<String> conversations,
      List<String> persons,
      @Nullable String instructions,
      String turns,
      List<String> limits) {
    /** Copies the lists. */
    public Names {
      conversations = List.copyOf(conversations);
      persons = List.copyOf(persons);
      limits = List.copyOf(limits);
    }
  }

  /** The gist of an object with these top-level members. */
  public static Gist of(byte[] body, Map<String, Span> members, Names names) {
    return new Gist(
        first(body, members, names.conversations()),
        first(body, members, names.persons()),
        opening(body, members, names),
        weigh(body),
        number(first(body, members, names.limits())));
  }

  /** Every run of base64 that is long enough has one of the bytes that are looked at inside it. */
  private static long weigh(byte[] body) {
    long text = body.length;
    long media = 0;
    for (int at = STRIDE; at < body.length; at += STRIDE) {
      int to = Base64.end(body, at);
      if (to > at) {
        int from = Base64.start(body, at);
        if (to - from >= MEDIA) {
          text -= to - from;
          media++;
          at = to - to % STRIDE;
        }
      }
    }
    return text / BYTES_OF_A_TOKEN + media * TOKENS_OF_MEDIA;
  }

  private static String first(byte[] body, Map<String, Span> members, List<String> names) {
    for (String name : names) {
      int dot = name.indexOf('.');
      Span span = members.get(dot < 0 ? name : name.substring(0, dot));
      if (span != null) {
        String text =
            dot < 0 ? text(body, span) : Splice.scalar(body, span, name.substring(dot + 1));
        if (text != null && !text.isEmpty()) {
          return text;
        }
      }
    }
    return "";
  }

  private static @Nullable String text(byte[] body, Span span) {
    return switch (span.kind()) {
      case STRING -> span.text();
      case NUMBER -> Splice.excerpt(body, span);
      case OBJECT, ARRAY, TRUE, FALSE, NULL -> null;
    };
  }

  private static long number(String text) {
    try {
      return text.isEmpty() ? 0 : Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long opening(byte[] body, Map<String, Span> members, Names names) {
    Span before = names.instructions() == null ? null : members.get(names.instructions());
    Span turns = members.get(names.turns());
    if (turns == null) {
      return 0;
    }
    var one = new CRC32();
    var other = new CRC32C();
    if (before != null) {
      int size = Math.min(OPENING, before.to() - before.from());
      one.update(body, before.from(), size);
      other.update(body, before.from(), size);
    }
    int most = Math.min(turns.to(), turns.from() + OPENING);
    int end =
        turns.kind() == Kind.ARRAY
            ? Splice.through(body, new Span(turns.from(), most, Kind.ARRAY, null), "role", "user")
            : most;
    one.update(body, turns.from(), end - turns.from());
    other.update(body, turns.from(), end - turns.from());
    return one.getValue() << 32 | other.getValue();
  }
}
