package dev.sluice.exchange;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes out of a body what must not be kept: the client's key, all credentials of the catalog, and
 * what a group's expressions find. Credentials of less than {@value #LEAST} characters are taken
 * for placeholders.
 *
 * @param expressions of the group
 * @param key that the client presented
 * @param catalog whose credentials are taken out
 */
record Redaction(List<Pattern> expressions, String key, Catalog catalog) {
  private static final String REDACTED = "[redacted]";
  private static final String WITHHELD = "[not kept: its redaction takes too long]";
  private static final int LEAST = 8;

  /** How many characters an expression may look at, for each one that there is. */
  private static final int LOOKS = 100;

  Redaction {
    expressions = List.copyOf(expressions);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Redaction[" + expressions + "]";
  }

  /** What is kept of it: at most so many bytes as are asked for, and a mark where more came. */
  String of(Capture.Seen seen) {
    String text = seen.text();
    String head = head(text, seen.max());
    boolean cut = seen.full() || head.length() < text.length();
    var spans = new ArrayList<Span>();
    secrets().forEach(secret -> find(text, secret, spans));
    try {
      for (Pattern expression : expressions) {
        Matcher matcher = expression.matcher(new Patient(text));
        while (matcher.find()) {
          if (matcher.end() > matcher.start()) {
            spans.add(new Span(matcher.start(), matcher.end()));
          }
        }
      }
    } catch (Endless | StackOverflowError _) {
      return WITHHELD;
    }
    String kept = head(without(text, head.length(), spans), seen.max());
    if (cut) {
      return kept + "[cut; it had " + seen.total() + " bytes]";
    }
    return seen.released() ? kept + "[released; what follows was not seen]" : kept;
  }

  private Stream<String> secrets() {
    return Stream.concat(
        Stream.of(key).filter(secret -> !secret.isEmpty()),
        catalog.channels().values().stream()
            .flatMap(channel -> channel.accounts().stream())
            .map(Account::credential)
            .filter(secret -> secret.length() >= LEAST));
  }

  private record Span(int from, int to) {}

  /** Where a secret stands, and where the text ends in the midst of it. */
  private static void find(String text, String secret, List<Span> spans) {
    for (int at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
      spans.add(new Span(at, at + secret.length()));
    }
    for (int n = Math.min(secret.length() - 1, text.length()); n >= LEAST; n--) {
      if (text.startsWith(secret.substring(0, n), text.length() - n)) {
        spans.add(new Span(text.length() - n, text.length()));
        return;
      }
    }
  }

  private static String without(String text, int end, List<Span> spans) {
    spans.sort(Comparator.comparingInt(Span::from));
    var kept = new StringBuilder();
    int at = 0;
    for (Span span : spans) {
      if (span.from() >= end) {
        break;
      }
      if (span.from() >= at) {
        kept.append(text, at, span.from()).append(REDACTED);
      }
      at = Math.max(at, span.to());
    }
    return at < end ? kept.append(text, at, end).toString() : kept.toString();
  }

  /** The first bytes of it, in whole characters. */
  private static String head(String text, int bytes) {
    if (text.length() <= bytes / 3) {
      return text;
    }
    CharsetEncoder encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    CharBuffer characters = CharBuffer.wrap(text);
    var _ = encoder.encode(characters, ByteBuffer.allocate(bytes), true);
    return text.substring(0, characters.position());
  }

  /** An expression takes too long. */
  private static final class Endless extends RuntimeException {
    private static final long serialVersionUID = 1;

    Endless() {
      super("too many looks", null, false, false);
    }
  }

  /** A text that can be looked at only so often, since some expressions never come to an end. */
  private static final class Patient implements CharSequence {
    private final String text;
    private long left;

    Patient(String text) {
      this.text = text;
      this.left = (long) LOOKS * text.length() + 1_000_000;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (--left < 0) {
        throw new Endless();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
