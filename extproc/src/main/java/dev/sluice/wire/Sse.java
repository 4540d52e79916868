package dev.sluice.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frames a stream of server-sent events, however its bytes are cut: CR, LF and CRLF line ends, a
 * byte order mark, comments, data over several lines; {@code id} and {@code retry} are passed over.
 * One for each stream; not safe for several threads.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, server-sent
 *     events</a>
 */
public final class Sse {
  /** The most bytes of one event, its names and line ends included. */
  public static final int MAX_EVENT = 16 * 1024 * 1024;

  private static final int MAX_STRANGE = 64 * 1024;
  private static final byte[] DATA = {'d', 'a', 't', 'a'};
  private static final byte[] DATA_FIELD = {'d', 'a', 't', 'a', ':', ' '};
  private static final byte[] END = {'\n', '\n'};
  private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final int maxEvent;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
  private @Nullable String event;
  private @Nullable String data;
  private @Nullable StringBuilder lines;
  private final StringBuilder strange = new StringBuilder();
  private int size;
  private boolean afterCr;
  private boolean first = true;

  /** Takes events of up to {@link #MAX_EVENT} bytes. */
  public Sse() {
    this(MAX_EVENT);
  }

  /** Takes events of up to {@code maxEvent} bytes. */
  public Sse(int maxEvent) {
    this.maxEvent = maxEvent;
  }

  /**
   * One event.
   *
   * @param event its name; null where it has none
   * @param data its data lines, joined by LF
   */
  public record Frame(@Nullable String event, String data) {
    /** As bytes of a stream, with the blank line that ends it. */
    public byte[] bytes() {
      var text = new StringBuilder(data.length() + 32);
      if (event != null) {
        text.append("event: ").append(event).append('\n');
      }
      data.lines().forEach(each -> text.append("data: ").append(each).append('\n'));
      return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * An event as bytes of a stream, with the blank line that ends it.
   *
   * @param event its name; null where it has none
   */
  public static byte[] bytes(@Nullable String event, Json data) {
    byte[] before =
        event == null
            ? DATA_FIELD
            : ("event: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8);
    return data.bytes(before, END);
  }

  /** Takes events one by one. */
  @FunctionalInterface
  public interface Sink {
    /**
     * The next event.
     *
     * @throws Malformed it is none of its protocol's
     */
    void take(Frame frame) throws Malformed;
  }

  /**
   * The events that these bytes complete.
   *
   * @throws Malformed an event is over the limit; the stream cannot be read any further
   */
  public List<Frame> feed(byte[] bytes) throws Malformed {
    var frames = new ArrayList<Frame>();
    feed(bytes, frames::add);
    return frames;
  }

  /**
   * Hands on the events that these bytes complete, those before one over the limit too.
   *
   * @throws Malformed an event is over the limit; the stream cannot be read any further
   */
  public void feed(byte[] bytes, Sink sink) throws Malformed {
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      if (b == '\n' || b == '\r') {
        boolean whole = line.size() == 0;
        if (b == '\n' && afterCr && whole && i == from) {
          afterCr = false;
        } else {
          afterCr = b == '\r';
          if (whole) {
            endOfLine(bytes, from, i, sink);
          } else {
            line.write(bytes, from, i - from);
            byte[] joined = line.toByteArray();
            line.reset();
            endOfLine(joined, 0, joined.length, sink);
          }
        }
        from = i + 1;
      } else {
        afterCr = false;
      }
    }
    line.write(bytes, from, bytes.length - from);
    if (size + line.size() > maxEvent) {
      throw new Malformed("an event is larger than " + maxEvent + " bytes");
    }
  }

  /** Whether an event has begun that no blank line has ended. */
  public boolean unfinished() {
    return line.size() > 0 || data != null;
  }

  /** The lines that are no field of an event, as far as they are held, the last be it cut. */
  public String strange() {
    return strange + line.toString(StandardCharsets.UTF_8);
  }

  private void endOfLine(byte[] bytes, int start, int to, Sink sink) throws Malformed {
    size += to - start + 1;
    if (size > maxEvent) {
      throw new Malformed("an event is larger than " + maxEvent + " bytes");
    }
    int from = start;
    if (first) {
      first = false;
      if (begins(bytes, from, to, BYTE_ORDER_MARK)) {
        from += BYTE_ORDER_MARK.length;
      }
    }
    if (from == to) {
      String all = lines == null ? data : lines.toString();
      Frame complete = all == null ? null : new Frame(event, all);
      event = null;
      data = null;
      lines = null;
      size = 0;
      if (complete != null) {
        sink.take(complete);
      }
      return;
    }
    String value = value(bytes, from, to, DATA);
    if (value != null) {
      StringBuilder more = lines;
      String one = data;
      if (more != null) {
        more.append('\n').append(value);
      } else if (one != null) {
        lines = new StringBuilder(one).append('\n').append(value);
      } else {
        data = value;
      }
      return;
    }
    String name = value(bytes, from, to, EVENT);
    if (name != null) {
      event = name;
    } else if (bytes[from] != ':' && strange.length() + to - from < MAX_STRANGE) {
      strange.append(new String(bytes, from, to - from, StandardCharsets.UTF_8)).append('\n');
    }
  }

  /** What stands after a field's name; null: it is another field. */
  private static @Nullable String value(byte[] bytes, int from, int to, byte[] name) {
    if (!begins(bytes, from, to, name)) {
      return null;
    }
    int at = from + name.length;
    if (at == to) {
      return "";
    }
    if (bytes[at] != ':') {
      return null;
    }
    at++;
    if (at < to && bytes[at] == ' ') {
      at++;
    }
    return new String(bytes, at, to - at, StandardCharsets.UTF_8);
  }

  private static boolean begins(byte[] bytes, int from, int to, byte[] with) {
    return to - from >= with.length
        && Arrays.equals(bytes, from, from + with.length, with, 0, with.length);
  }
}
