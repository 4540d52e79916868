package dev.sluice.exchange;

/**
 * How the bytes of a stream become tokens, by what was seen of it before it was released: providers
 * that say their usage only at the end send a token an event, and events of one kind differ in
 * their tokens alone. One for each attempt; not safe for several threads.
 */
final class Pace {
  private long bytes;
  private boolean empty = true;
  private boolean comment;
  private int event;
  private int latest;
  private int here;
  private byte before;

  /** Takes the next bytes of a stream of server-sent events. */
  void see(byte[] chunk) {
    here = 0;
    for (byte b : chunk) {
      comment = event == 0 ? b == ':' : comment;
      event++;
      boolean ends = b == '\r' || (b == '\n' && before != '\r');
      if (ends && empty) {
        boundary();
      }
      empty = ends || (empty && b == '\n');
      before = b;
    }
    bytes += chunk.length;
  }

  private void boundary() {
    if (event > 2 && !comment) {
      latest = event;
      here++;
    }
    event = 0;
  }

  /** About how many tokens a stream of so many bytes had. */
  long tokens(long all) {
    return latest == 0 ? 0 : Math.max(1, here) + Math.max(0, all - bytes) / latest;
  }
}
