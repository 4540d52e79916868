package dev.sluice.exchange;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of a {@code ProcessingResponse}, of which the last may stand in an array of others. */
final class Reply {
  private static final byte[] NONE = {};

  private final byte[] head;
  private final int headFrom;
  private final byte[] tail;
  private final int tailFrom;
  private final int tailSize;

  private Reply(byte[] head, int headFrom, byte[] tail, int tailFrom, int tailSize) {
    this.head = head;
    this.headFrom = headFrom;
    this.tail = tail;
    this.tailFrom = tailFrom;
    this.tailSize = tailSize;
  }

  /** One that was built. */
  static Reply of(ProcessingResponse message) {
    return new Reply(message.toByteArray(), 0, NONE, 0, 0);
  }

  /** How many bytes it has. */
  private int size() {
    return head.length - headFrom + tailSize;
  }

  /**
   * Writes a message from its end to its beginning, since the length of each part stands before it:
   * first what is inside, then {@link #message} around it.
   *
   * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf, encoding</a>
   */
  static final class Writer {
    private static final int VARINT = 5;

    private byte[] bytes;
    private int from;
    private final byte[] tail;
    private final int tailFrom;
    private final int tailSize;

    /** Begins with nothing; grows beyond so many bytes. */
    Writer(int size) {
      this(size, NONE, 0, 0);
    }

    /** Begins with the bytes of a field; they must not change any more. */
    Writer(int size, byte[] tail, int tailFrom, int tailSize) {
      this.bytes = new byte[size];
      this.from = size;
      this.tail = tail;
      this.tailFrom = tailFrom;
      this.tailSize = tailSize;
    }

    /** How many bytes are written. */
    int size() {
      return bytes.length - from + tailSize;
    }

    /** A field that is a message, or bytes: all that was written since there were so many. */
    void message(int field, int before) {
      number(size() - before);
      tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    }

    /** A field that is true. */
    void yes(int field) {
      number(field, 1);
    }

    /** A field that is a number, and not negative. */
    void number(int field, int value) {
      number(value);
      tag(field, WireFormat.WIRETYPE_VARINT);
    }

    /** A field that is a text, or its bytes in UTF-8. */
    void text(int field, String text) {
      int before = size();
      int length = text.length();
      room(length);
      int at = from - length;
      for (int i = 0; i < length; i++) {
        char c = text.charAt(i);
        if (c >= 0x80) {
          bytes(text.getBytes(StandardCharsets.UTF_8));
          message(field, before);
          return;
        }
        bytes[at + i] = (byte) c;
      }
      from = at;
      message(field, before);
    }

    private void bytes(byte[] all) {
      room(all.length);
      from -= all.length;
      System.arraycopy(all, 0, bytes, from, all.length);
    }

    private void tag(int field, int type) {
      number(field << 3 | type);
    }

    private void number(int value) {
      room(VARINT);
      if (value <= 0x7f) {
        bytes[--from] = (byte) value;
        return;
      }
      from -= CodedOutputStream.computeUInt32SizeNoTag(value);
      int at = from;
      int left = value;
      while (left > 0x7f) {
        bytes[at++] = (byte) (left | 0x80);
        left >>>= 7;
      }
      bytes[at] = (byte) left;
    }

    private void room(int more) {
      if (from < more) {
        int used = bytes.length - from;
        byte[] larger = new byte[Math.max(2 * bytes.length, used + more)];
        System.arraycopy(bytes, from, larger, larger.length - used, used);
        bytes = larger;
        from = larger.length - used;
      }
    }

    /** What was written. */
    Reply reply() {
      return new Reply(bytes, from, tail, tailFrom, tailSize);
    }
  }

  /** All of its bytes. */
  byte[] bytes() {
    byte[] all = Arrays.copyOfRange(head, headFrom, headFrom + size());
    System.arraycopy(tail, tailFrom, all, head.length - headFrom, tailSize);
    return all;
  }

  /** Sends them, and reads none. */
  static final Marshaller<Reply> MARSHALLER =
      new Marshaller<>() {
        @Override
        public InputStream stream(Reply value) {
          return new Sending(value);
        }

        @Override
        public Reply parse(InputStream stream) {
          throw new UnsupportedOperationException("these go to Envoy");
        }
      };

  private static final class Sending extends InputStream implements Drainable, KnownLength {
    private final Reply reply;
    private int at;

    Sending(Reply reply) {
      this.reply = reply;
    }

    @Override
    public int available() {
      return reply.size() - at;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int from, int most) {
      int size = reply.head.length - reply.headFrom;
      boolean first = at < size;
      int read = Math.min(most, first ? size - at : available());
      if (read == 0) {
        return most == 0 ? 0 : -1;
      }
      System.arraycopy(
          first ? reply.head : reply.tail,
          first ? reply.headFrom + at : reply.tailFrom + at - size,
          to,
          from,
          read);
      at += read;
      return read;
    }

    /** gRPC takes it so. */
    @Override
    public int drainTo(OutputStream to) throws IOException {
      int left = available();
      int size = reply.head.length - reply.headFrom;
      if (at < size) {
        to.write(reply.head, reply.headFrom + at, size - at);
        at = size;
      }
      to.write(reply.tail, reply.tailFrom + at - size, reply.tailSize - (at - size));
      at = reply.size();
      return left;
    }
  }
}
