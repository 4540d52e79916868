package dev.sluice.ledger;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  static void write(ByteArrayOutputStream to, long number, RequestRecord record) {
    var bytes = new ByteArrayOutputStream(1_024);
    try (var out = new DataOutputStream(bytes)) {
      boolean bodies = !record.bodies().equals(Bodies.NONE);
      out.writeByte(bodies ? WITH_BODIES : VERSION);
      out.writeLong(number);
      request(out, record);
      if (bodies) {
        body(out, record.bodies().request());
        body(out, record.bodies().response());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    byte[] content = bytes.toByteArray();
    to.writeBytes(ByteBuffer.allocate(HEAD).putInt(content.length).putInt(crc(content, 0)).array());
    to.writeBytes(content);
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

  private static int crc(byte[] content, int from) {
    var crc = new CRC32C();
    crc.update(content, from, content.length - from);
    return (int) crc.getValue();
  }

  /** The number of the frame that stands here. */
  static long number(ByteBuffer buffer, int at) {
    return buffer.getLong(at + HEAD + 1);
  }

  /**
   * Reads the content of a sound frame.
   *
   * @throws IOException it is of a version that is not known here
   */
  static Numbered read(ByteBuffer buffer, int at, int length) throws IOException {
    byte[] content = new byte[length];
    buffer.get(at + HEAD, content);
    try (var in = new DataInputStream(new ByteArrayInputStream(content))) {
      int version = in.readUnsignedByte();
      if (version != VERSION && version != WITH_BODIES) {
        throw new IOException("a record is of version " + version + ", not " + WITH_BODIES);
      }
      long number = in.readLong();
      RequestRecord record = request(in);
      return new Numbered(
          number, version == VERSION ? record : record.with(new Bodies(body(in), body(in))));
    }
  }

  private static void request(DataOutputStream out, RequestRecord r) throws IOException {
    text(out, r.id());
    time(out, r.began());
    text(out, r.key());
    text(out, r.group());
    text(out, r.protocol());
    text(out, r.endpoint());
    text(out, r.model());
    out.writeBoolean(r.stream());
    text(out, r.session());
    out.writeInt(r.status());
    text(out, r.outcome());
    text(out, r.settlement().name());
    out.writeLong(r.firstTokenMicros());
    out.writeLong(r.durationMicros());
    tokens(out, r.tokens());
    out.writeDouble(r.cost());
    out.writeDouble(r.charged());
    List<String> losses = first(r.losses());
    out.writeInt(losses.size());
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
    out.writeInt(attempts.size());
    for (AttemptRecord attempt : attempts) {
      attempt(out, attempt);
    }
  }

  private static <T> List<T> first(List<T> items) {
    return items.size() <= ITEMS ? items : items.subList(0, ITEMS);
  }

  private static RequestRecord request(DataInputStream in) throws IOException {
    String id = text(in);
    Instant began = time(in);
    String key = text(in);
    String group = text(in);
    String protocol = text(in);
    String endpoint = text(in);
    String model = text(in);
    boolean stream = in.readBoolean();
    String session = text(in);
    int status = in.readInt();
    String outcome = text(in);
    Settlement settlement = settlement(in);
    long firstToken = in.readLong();
    long duration = in.readLong();
    Tokens tokens = tokens(in);
    double cost = in.readDouble();
    double charged = in.readDouble();
    var losses = new ArrayList<String>();
    for (int i = in.readInt(); i > 0; i--) {
      losses.add(text(in));
    }
    String decisions = text(in);
    var attempts = new ArrayList<AttemptRecord>();
    for (int i = in.readInt(); i > 0; i--) {
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

  private static void attempt(DataOutputStream out, AttemptRecord a) throws IOException {
    out.writeInt(a.ordinal());
    time(out, a.began());
    text(out, a.channel());
    text(out, a.account());
    text(out, a.url());
    text(out, a.model());
    text(out, a.protocol());
    text(out, a.reason());
    out.writeInt(a.status());
    text(out, a.flags());
    text(out, a.failure());
    text(out, a.settlement().name());
    out.writeLong(a.firstTokenMicros());
    out.writeLong(a.durationMicros());
    tokens(out, a.tokens());
    out.writeDouble(a.cost());
  }

  private static AttemptRecord attempt(DataInputStream in) throws IOException {
    return new AttemptRecord(
        in.readInt(),
        time(in),
        text(in),
        text(in),
        text(in),
        text(in),
        text(in),
        text(in),
        in.readInt(),
        text(in),
        text(in),
        settlement(in),
        in.readLong(),
        in.readLong(),
        tokens(in),
        in.readDouble());
  }

  private static Settlement settlement(DataInputStream in) throws IOException {
    String name = text(in);
    try {
      return Settlement.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new IOException("there is no settlement " + name, e);
    }
  }

  private static void tokens(DataOutputStream out, Tokens t) throws IOException {
    out.writeLong(t.input());
    out.writeLong(t.cacheRead());
    out.writeLong(t.cacheWrite());
    out.writeLong(t.output());
    out.writeLong(t.reasoning());
    out.writeLong(t.audioInput());
    out.writeLong(t.audioOutput());
    out.writeLong(t.image());
  }

  private static Tokens tokens(DataInputStream in) throws IOException {
    return new Tokens(
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong());
  }

  private static void time(DataOutputStream out, Instant time) throws IOException {
    out.writeLong(micros(time));
  }

  private static Instant time(DataInputStream in) throws IOException {
    return instant(in.readLong());
  }

  /** Microseconds since the epoch. */
  static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  /** The other way round. */
  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private static void body(DataOutputStream out, @Nullable String body) throws IOException {
    out.writeBoolean(body != null);
    if (body != null) {
      text(out, body, Bodies.MOST);
    }
  }

  private static @Nullable String body(DataInputStream in) throws IOException {
    return in.readBoolean() ? text(in) : null;
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    text(out, text, NAME);
  }

  private static void text(DataOutputStream out, String text, int most) throws IOException {
    String cut = text.length() <= most ? text : text.substring(0, most);
    byte[] bytes = cut.replace('\0', '\ufffd').getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a text of " + length + " bytes does not fit");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
