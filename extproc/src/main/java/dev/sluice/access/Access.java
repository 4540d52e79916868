package dev.sluice.access;

import dev.sluice.access.Holder.Scope;
import dev.sluice.catalog.Catalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys, budgets and the directory of both, over one store. Opening returns at once: the store is
 * opened on a thread of its own, and until then keys of the configuration are served and others
 * wait.
 */
public final class Access implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Access.class);
  private static final int LOOKERS = 4;
  private static final int WAITING = 1_024;
  private static final long FLUSH_MILLIS = 500;
  private static final long LOOK_MILLIS = 1_000;
  private static final long OPEN_MILLIS = 5_000;

  private final Supplier<@Nullable Catalog> catalog;
  private final Shelf shelf;
  private final @Nullable Shared shared;
  private final ThreadPoolExecutor lookers;
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("access").factory());
  private final Keys keys;
  private final Budgets budgets;
  private final Directory directory;
  private volatile long seen = -1;

  /**
   * Where everything is.
   *
   * @param data the folder for SQLite; null: nothing is kept
   * @param database a PostgreSQL server's URL in place of SQLite; null: none
   * @param valkey a Valkey or Redis server's URL for what gateways count together; null: none
   */
  public record Places(@Nullable Path data, @Nullable String database, @Nullable String valkey) {
    /** As {@code SLUICE_DATABASE_URL} and {@code SLUICE_VALKEY_URL} say. */
    public static Places of(@Nullable Path data, Map<String, String> environment) {
      return new Places(
          data,
          notBlank(environment.get("SLUICE_DATABASE_URL")),
          notBlank(environment.get("SLUICE_VALKEY_URL")));
    }

    private static @Nullable String notBlank(@Nullable String text) {
      return text == null || text.isBlank() ? null : text.strip();
    }

    /** Without passwords. */
    @Override
    public String toString() {
      return "Places[" + data + "]";
    }
  }

  /**
   * How it is.
   *
   * @param store {@code memory}, {@code sqlite} or {@code postgresql}
   * @param trouble why the store cannot be used now; null: it can
   * @param valkey {@code none}, {@code shared}, or {@code away}: then each gateway counts alone
   */
  public record State(String store, @Nullable String trouble, String valkey) {}

  private Access(
      Shelf shelf,
      @Nullable Shared shared,
      Supplier<@Nullable Catalog> catalog,
      InstantSource clock,
      String gateway) {
    this.shelf = shelf;
    this.shared = shared;
    this.catalog = catalog;
    this.lookers =
        new ThreadPoolExecutor(
            LOOKERS,
            LOOKERS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(2 * WAITING),
            Thread.ofPlatform().daemon().name("access-", 0).factory());
    lookers.allowCoreThreadTimeOut(true);
    this.keys = new Keys(shelf, lookers, clock);
    this.budgets =
        new Budgets(
            shelf,
            lookers,
            clock,
            shared,
            new Writer(UUID.randomUUID().toString(), gateway, clock.millis()));
    this.directory =
        new Directory(
            shelf,
            catalog,
            clock,
            (names, users, groups) -> {
              keys.forget(names, users);
              if (groups) {
                groups();
              }
            });
  }

  /**
   * Opens it.
   *
   * @param catalog with the configuration's groups and keys
   */
  public static Access open(
      Places places, Supplier<@Nullable Catalog> catalog, InstantSource clock) {
    String database = places.database();
    Path data = places.data();
    String valkey = places.valkey();
    Shelf shelf =
        database != null
            ? new Shelf(Shelf.Kind.SHARED, () -> Store.postgresql(database))
            : data != null
                ? new Shelf(Shelf.Kind.OWN, () -> Store.sqlite(data))
                : new Shelf(
                    Shelf.Kind.MEMORY,
                    () -> {
                      throw new IOException("there is no data directory");
                    });
    var access =
        new Access(
            shelf, valkey == null ? null : new Shared(valkey), catalog, clock, gateway(data));
    access.start();
    return access;
  }

  /** Who the gateway is whose request log is in this folder. */
  private static String gateway(@Nullable Path data) {
    String fresh = UUID.randomUUID().toString();
    if (data == null) {
      return fresh;
    }
    Path file = data.resolve("gateway");
    try {
      if (Files.exists(file)) {
        String said = Files.readString(file).strip();
        if (said.matches("[0-9a-f-]{36}")) {
          return said;
        }
      }
      Files.createDirectories(data);
      Path made = data.resolve("gateway.new");
      Files.writeString(made, fresh + "\n");
      Files.move(made, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("what is lost with this process will not be counted again: {}", e.toString());
    }
    return fresh;
  }

  private void start() {
    keeper.execute(this::look);
    every(FLUSH_MILLIS, this::flush);
    every(LOOK_MILLIS, this::look);
    every(OPEN_MILLIS, shelf::open);
    if (shared != null) {
      shared.start();
    }
  }

  private void every(long millis, Runnable what) {
    var _ =
        keeper.scheduleWithFixedDelay(
            () -> {
              try {
                what.run();
              } catch (RuntimeException e) {
                LOG.error("keys and budgets: a defect of ours", e);
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
  }

  private void flush() {
    budgets.flush();
  }

  /**
   * When requests began that the request log may know better than the budgets, because the process
   * that they came to was killed.
   *
   * @param earliest the begin of one that was told late; null: there is none
   * @throws IOException the store is away
   */
  public Budgets.Lost lost(@Nullable Instant earliest) throws IOException {
    return budgets.lost(earliest);
  }

  /**
   * Makes up for spending that was lost with a process: what the log has and the processes of this
   * gateway before this one have not written counts as spent, once, and for holders of budgets
   * alone. Waits for the store, so not for an event loop.
   *
   * @param due everything that the log has of the time that {@link #lost} says
   * @throws IOException the store is away, or there is no configuration yet; ask again
   */
  public void makeUp(Collection<Due> due) throws IOException {
    var scopes = new HashMap<Scope, Map<Instant, Amount>>();
    for (Due one : due) {
      scopes
          .computeIfAbsent(one.scope(), _ -> new HashMap<>())
          .merge(one.hour(), one.amount(), Amount::plus);
    }
    try {
      keeper
          .submit(
              () -> {
                for (var one : scopes.entrySet()) {
                  if (budgeted(one.getKey())) {
                    budgets.makeUp(one.getKey(), one.getValue());
                  }
                }
                return true;
              })
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the gateway is stopping", e);
    } catch (ExecutionException | RejectedExecutionException e) {
      throw new IOException("what was spent before is not counted yet: " + e.getMessage(), e);
    }
  }

  private boolean budgeted(Scope scope) throws IOException {
    Catalog now = catalog.get();
    if (now == null) {
      throw new IOException("there is no configuration yet");
    }
    return switch (scope.kind()) {
      case KEY -> {
        Directory.Entry stored = directory.key(scope.name());
        yield stored != null
            ? !stored.key().budgets().isEmpty()
            : now.keys().values().stream()
                .anyMatch(key -> key.name().equals(scope.name()) && !key.budgets().isEmpty());
      }
      case USER -> {
        Directory.User user = directory.user(scope.name());
        yield user != null && !user.budgets().isEmpty();
      }
      case GROUP ->
          directory.groups().stream()
              .anyMatch(group -> group.scope().equals(scope) && !group.budgets().isEmpty());
    };
  }

  /** Looks at what others have changed. */
  private void look() {
    if (seen < 0 && !shelf.open()) {
      return;
    }
    try {
      if (seen < 0) {
        long revision = directory.revision();
        groups();
        keys.forgetAll();
        seen = revision;
      }
      List<Directory.Note> notes = directory.since(seen);
      if (!notes.isEmpty()) {
        var names = new HashSet<String>();
        var users = new HashSet<String>();
        boolean groups = false;
        for (Directory.Note note : notes) {
          switch (note.kind()) {
            case "key" -> names.add(note.target());
            case "user" -> users.add(note.target());
            case "group" -> groups = true;
            default -> {}
          }
        }
        keys.forget(names, users);
        if (groups) {
          groups();
        }
        seen = notes.getLast().revision();
      }
      shelf.well();
    } catch (IOException e) {
      shelf.trouble(e);
    }
  }

  private void groups() {
    try {
      var groups = new HashMap<String, Holder>();
      for (Holder group : directory.groups()) {
        groups.put(group.scope().name(), group);
      }
      budgets.groups(groups);
    } catch (IOException e) {
      shelf.trouble(e);
    }
  }

  /** What presented keys open. */
  public Keys keys() {
    return keys;
  }

  /** What may still be spent. */
  public Budgets budgets() {
    return budgets;
  }

  /** Who may come in, for those who look after it. */
  public Directory directory() {
    return directory;
  }

  /** How it is now. */
  public State state() {
    Shared together = shared;
    return new State(
        switch (shelf.kind()) {
          case MEMORY -> "memory";
          case OWN -> "sqlite";
          case SHARED -> "postgresql";
        },
        shelf.trouble(),
        together == null ? "none" : together.there() ? "shared" : "away");
  }

  /** Writes what is still to be written. */
  @Override
  public void close() {
    keeper.shutdown();
    try {
      if (!keeper.awaitTermination(2, TimeUnit.SECONDS)) {
        keeper.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    budgets.flush();
    lookers.shutdownNow();
    if (shared != null) {
      shared.close();
    }
    shelf.close();
  }
}
