package dev.sluice.exchange;

/** What one try takes of the room for bodies for media that are fetched; given back at its end. */
final class Share {
  private final BodyBudget bodies;
  private long taken;
  private boolean over;

  Share(BodyBudget bodies) {
    this.bodies = bodies;
  }

  /** Takes so many bytes; false, and nothing taken, where they are not left or the try is over. */
  synchronized boolean take(long bytes) {
    if (over || !bodies.take(bytes)) {
      return false;
    }
    taken += bytes;
    return true;
  }

  synchronized void giveBack() {
    over = true;
    bodies.give(taken);
    taken = 0;
  }
}
