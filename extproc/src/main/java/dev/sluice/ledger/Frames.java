package dev.sluice.ledger;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records as bytes: four bytes of length, four of CRC-32C, then the content, which begins with its
 * version and the record's number. Texts that are too long are cut.
 */
final class Frames {
  /** The bytes before the content. */
  static final int HEAD = 8;

  /** The most bytes of a content. */
  static final int MOST = 16 << 20;

  private static final int VERSION = 1;

  /** As the first, and the bodies after it. */
  private static final int WITH_BODIES = 2;

  private static final int LEAST = 9;
  private static final int NAME = 1_024;
  private static final int DECISIONS = 65_536;
  private static final int ITEMS = 64;

  private Frames() {}

  /**
   * A record with its number.
   *
   * @param number greater than those of all earlier ones
   */
  record Numbered(long number, RequestRecord record) {}

  /** Appends one frame. */
  static void write(Framing to, long number, RequestRecord record) {
    int head = to.size();
    to.put(0L);
    boolean bodies = !record.bodies().equals(Bodies.NONE);
    to.put((byte) (bodies ? WITH_BODIES : VERSION));
    to.put(number);
    request(to, record);
    if (bodies) {
      body(to, record.bodies().request());
      body(to, record.bodies().response());
    }
    to.set(head, to.size() - head - HEAD);
    to.set(head + Integer.BYTES, to.crc(head + HEAD));
  }

  /** How many bytes the content has whose length stands here; -1: that is no length. */
  static int length(ByteBuffer buffer, int at) {
    int length = buffer.getInt(at);
    return length < LEAST || length > MOST ? -1 : length;
  }

  /** Whether the frame that stands here whole is what was written. */
  static boolean sound(ByteBuffer buffer, int at, int length) {
    var crc = new CRC32C();
    crc.update(buffer.slice(at + HEAD, length));
    return (int) crc.getValue() == buffer.getInt(at + 4);
  }

  /** The number of the frame that stands here. */
  static long number(ByteBuffer buffer, int at) {
    return buffer.getLong(at + HEAD + 1);
  }

  /**
   * Reads the content of a sound frame; the buffer has an array.
   *
   * @throws IOException it is of a version that is not known here
   */
  static Numbered read(ByteBuffer buffer, int at, int length) throws IOException {
    ByteBuffer in = buffer.slice(at + HEAD, length);
    try {
      int version = Byte.toUnsignedInt(in.get());
      if (version != VERSION && version != WITH_BODIES) {
        throw new IOException("a record is of version " + version + ", not " + WITH_BODIES);
      }
      long number = in.getLong();
      RequestRecord record = request(in);
      return new Numbered(
          number, version == VERSION ? record : record.with(new Bodies(body(in), body(in))));
    } catch (BufferUnderflowException e) {
      throw new IOException("a record is shorter than it says", e);
    }
  }

  private static void request(Framing out, RequestRecord r) {
    text(out, r.id());
    time(out, r.began());
    text(out, r.key());
    text(out, r.group());
    text(out, r.protocol());
    text(out, r.endpoint());
    text(out, r.model());
    out.put(r.stream());
    text(out, r.session());
    out.put(r.status());
    text(out, r.outcome());
    text(out, r.settlement().name());
    out.put(r.firstTokenMicros());
    out.put(r.durationMicros());
    tokens(out, r.tokens());
    out.put(r.cost());
    out.put(r.charged());
    List<String> losses = first(r.losses());
    out.put(losses.size());
    for (String loss : losses) {
      text(out, loss);
    }
    text(
        out,
        r.decisions().length() <= DECISIONS
            ? r.decisions()
            : "\"" + r.decisions().length() + " characters are too long to be kept\"",
        DECISIONS);
    List<AttemptRecord> attempts = first(r.attempts());
    out.put(attempts.size());
    for (AttemptRecord attempt : attempts) {
      attempt(out, attempt);
    }
  }

  private static <T> List<T> first(List<T> items) {
    return items.size() <= ITEMS ? items : items.subList(0, ITEMS);
  }

  private static RequestRecord request(ByteBuffer in) throws IOException {
    String id = text(in);
    Instant began = time(in);
    String key = text(in);
    String group = text(in);
    String protocol = text(in);
    String endpoint = text(in);
    String model = text(in);
    boolean stream = in.get() != 0;
    String session = text(in);
    int status = in.getInt();
    String outcome = text(in);
    Settlement settlement = settlement(in);
    long firstToken = in.getLong();
    long duration = in.getLong();
    Tokens tokens = tokens(in);
    double cost = in.getDouble();
    double charged = in.getDouble();
    var losses = new ArrayList<String>();
    for (int i = in.getInt(); i > 0; i--) {
      losses.add(text(in));
    }
    String decisions = text(in);
    var attempts = new ArrayList<AttemptRecord>();
    for (int i = in.getInt(); i > 0; i--) {
      attempts.add(attempt(in));
    }
    return new RequestRecord(
        id,
        began,
        key,
        group,
        protocol,
        endpoint,
        model,
        stream,
        session,
        status,
        outcome,
        settlement,
        firstToken,
        duration,
        tokens,
        cost,
        charged,
        losses,
        decisions,
        attempts);
  }

  private static void attempt(Framing out, AttemptRecord a) {
    out.put(a.ordinal());
    time(out, a.began());
    text(out, a.channel());
    text(out, a.account());
    text(out, a.url());
    text(out, a.model());
    text(out, a.protocol());
    text(out, a.reason());
    out.put(a.status());
    text(out, a.flags());
    text(out, a.failure());
    text(out, a.settlement().name());
    out.put(a.firstTokenMicros());
    out.put(a.durationMicros());
    tokens(out, a.tokens());
    out.put(a.cost());
  }

  private static AttemptRecord attempt(ByteBuffer in) throws IOException {
    return new AttemptRecord(
        in.getInt(),
        time(in),
        text(in),
        text(in),
        text(in),
        text(in),
        text(in),
        text(in),
        in.getInt(),
        text(in),
        text(in),
        settlement(in),
        in.getLong(),
        in.getLong(),
        tokens(in),
        in.getDouble());
  }

  private static Settlement settlement(ByteBuffer in) throws IOException {
    String name = text(in);
    try {
      return Settlement.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new IOException("there is no settlement " + name, e);
    }
  }

  private static void tokens(Framing out, Tokens t) {
    out.put(t.input());
    out.put(t.cacheRead());
    out.put(t.cacheWrite());
    out.put(t.output());
    out.put(t.reasoning());
    out.put(t.audioInput());
    out.put(t.audioOutput());
    out.put(t.image());
  }

  private static Tokens tokens(ByteBuffer in) throws IOException {
    return new Tokens(
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong());
  }

  private static void time(Framing out, Instant time) {
    out.put(micros(time));
  }

  private static Instant time(ByteBuffer in) throws IOException {
    return instant(in.getLong());
  }

  /** Microseconds since the epoch. */
  static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  /** The other way round. */
  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private static void body(Framing out, @Nullable String body) {
    out.put(body != null);
    if (body != null) {
      text(out, body, Bodies.MOST);
    }
  }

  private static @Nullable String body(ByteBuffer in) throws IOException {
    return in.get() == 0 ? null : text(in);
  }

  private static void text(Framing out, String text) {
    text(out, text, NAME);
  }

  private static void text(Framing out, String text, int most) {
    out.put(text, most);
  }

  private static String text(ByteBuffer in) throws IOException {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new IOException("a text of " + length + " bytes does not fit");
    }
    var text =
        new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
    in.position(in.position() + length);
    return text;
  }
}
