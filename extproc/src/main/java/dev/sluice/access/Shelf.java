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
  private volatile @Nullable String unwritten;
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
    String why = trouble;
    return why == null ? unwritten : why;
  }

  /** It could not be read. */
  void trouble(IOException e) {
    trouble = said(e, trouble);
  }

  /** It could be read. */
  void well() {
    trouble = again(trouble);
  }

  /** It could not be written. */
  void unwritten(IOException e) {
    unwritten = said(e, unwritten);
  }

  /** It could be written. */
  void written() {
    unwritten = again(unwritten);
  }

  private static String said(IOException e, @Nullable String before) {
    String now = String.valueOf(e.getMessage());
    if (!now.equals(before)) {
      LOG.warn("keys and budgets: {}", now);
    }
    return now;
  }

  private static @Nullable String again(@Nullable String before) {
    if (before != null) {
      LOG.info("keys and budgets: no more of: {}", before);
    }
    return null;
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
