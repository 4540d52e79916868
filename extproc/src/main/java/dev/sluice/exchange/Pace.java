package dev.sluice.exchange;

/**
 * How the bytes of a stream become tokens, by what was seen of it before it was released: providers
 * that say their usage only at the end send a token an event, and events of one kind differ little
 * in their length. One for each attempt; not safe for several threads.
 */
final class Pace {
  private boolean empty = true;
  private boolean comment;
  private boolean begun;
  private byte before;
  private int event;
  private long bytes;
  private long content;
  private int events;

  /** Takes the next byte of a stream of server-sent events; whether an event ends with it. */
  boolean see(byte b) {
    bytes++;
    comment = event == 0 ? b == ':' : comment;
    event++;
    boolean ends = b == '\r' || (b == '\n' && before != '\r');
    boolean over = ends && empty;
    empty = ends || (empty && b == '\n');
    before = b;
    if (over) {
      count();
      event = 0;
    }
    return over;
  }

  private void count() {
    if (begun && event > 2 && !comment) {
      content += event;
      events++;
    }
  }

  /**
   * The event that ended with the last byte, and was of this length, was the first with content.
   */
  void begin(int length) {
    begun = true;
    content = length;
    events = 1;
  }

  /** About how many tokens a stream of so many bytes had. */
  long tokens(long all) {
    return events == 0 ? 1 : events + Math.max(0, all - bytes) * events / Math.max(1, content);
  }
}
