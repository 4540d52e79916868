package dev.sluice.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

  private final int maxEvent;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
  private @Nullable String event;
  private @Nullable StringBuilder data;
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
        line.write(bytes, from, i - from);
        from = i + 1;
        if (b == '\n' && afterCr && line.size() == 0) {
          afterCr = false;
        } else {
          afterCr = b == '\r';
          endOfLine(sink);
        }
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

  private void endOfLine(Sink sink) throws Malformed {
    size += line.size() + 1;
    if (size > maxEvent) {
      throw new Malformed("an event is larger than " + maxEvent + " bytes");
    }
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    if (first) {
      first = false;
      if (text.startsWith("\uFEFF")) {
        text = text.substring(1);
      }
    }
    if (text.isEmpty()) {
      Frame complete = data == null ? null : new Frame(event, data.toString());
      event = null;
      data = null;
      size = 0;
      if (complete != null) {
        sink.take(complete);
      }
      return;
    }
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String value = colon < 0 ? "" : text.substring(colon + 1);
    if (value.startsWith(" ")) {
      value = value.substring(1);
    }
    if (name.equals("data")) {
      StringBuilder lines = data;
      if (lines == null) {
        data = new StringBuilder(value);
      } else {
        lines.append('\n').append(value);
      }
    } else if (name.equals("event")) {
      event = value;
    }
  }
}
