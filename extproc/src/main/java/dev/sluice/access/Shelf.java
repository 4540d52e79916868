package dev.sluice.access;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the store is, once it is open. Opening takes place on a thread of its own, and again as
 * long as it fails.
 */
final class Shelf implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);

  private final Kind kind;
  private final Opening opening;
  private final CompletableFuture<Store> first = new CompletableFuture<>();
  private volatile @Nullable Store store;
  private volatile @Nullable String trouble;
  private volatile boolean closed;

  /** Who else has it. */
  enum Kind {
    /** There is none. */
    MEMORY,
    /** A file that is this gateway's alone. */
    OWN,
    /** A server that other gateways may use too. */
    SHARED
  }

  /** How it is opened. */
  interface Opening {
    Store open() throws IOException;
  }

  Shelf(Kind kind, Opening opening) {
    this.kind = kind;
    this.opening = opening;
    if (kind == Kind.MEMORY) {
      first.completeExceptionally(new IOException("there is no data directory"));
    }
  }

  Kind kind() {
    return kind;
  }

  /** Opens it where that is not done; whether it is open then. */
  synchronized boolean open() {
    if (kind == Kind.MEMORY || closed) {
      return false;
    }
    if (store != null) {
      return true;
    }
    try {
      Store opened = opening.open();
      store = opened;
      trouble = null;
      first.complete(opened);
      return true;
    } catch (IOException e) {
      trouble(e);
      return false;
    }
  }

  /** Completes when it is open for the first time. */
  CompletableFuture<Store> first() {
    return first;
  }

  /**
   * The store.
   *
   * @throws IOException it is not open
   */
  Store store() throws IOException {
    Store now = store;
    if (now != null) {
      return now;
    }
    String why = trouble;
    throw new IOException(
        kind == Kind.MEMORY
            ? "there is no data directory; start extproc with --data DIR"
            : why == null ? "it is being opened" : why);
  }

  /** What is wrong with it; null: nothing. */
  @Nullable String trouble() {
    return trouble;
  }

  /** Something went wrong. */
  void trouble(IOException e) {
    String said = String.valueOf(e.getMessage());
    if (!said.equals(trouble)) {
      LOG.warn("keys and budgets: {}", said);
    }
    trouble = said;
  }

  /** All is well again. */
  void well() {
    if (trouble != null) {
      LOG.info("keys and budgets: the store is there again");
    }
    trouble = null;
  }

  @Override
  public synchronized void close() {
    closed = true;
    Store now = store;
    store = null;
    if (now != null) {
      now.close();
    }
  }
}
