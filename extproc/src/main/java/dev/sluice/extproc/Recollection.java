package dev.sluice.extproc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.sluice.catalog.Catalog;
import dev.sluice.exchange.Retelling;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.Sample;
import dev.sluice.ledger.Unavailable;
import dev.sluice.routing.Memory;
import dev.sluice.routing.Router;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the router's scores fresh, and what it has learned in a file, so that a restart does not
 * forget. The file is replaced whole each half minute. What it does not have, since the process was
 * killed or the file is gone, comes from the request log as soon as that answers.
 */
final class Recollection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recollection.class);
  private static final long REFRESH_MILLIS = 200;
  private static final long KEEP_SECONDS = 30;

  private static final int TRIES = 240;
  private static final long TRY_MILLIS = 250;

  private final Router router;
  private final Ledger ledger;
  private final Supplier<@Nullable Catalog> catalog;
  private final @Nullable Path file;
  private final ObjectMapper mapper = JsonMapper.builder().addModule(new JavaTimeModule()).build();
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("routing").factory());
  private boolean troubled;

  /**
   * Begins at once, on a thread of its own.
   *
   * @param data where to keep it; null: nowhere
   */
  Recollection(
      Router router, Ledger ledger, Supplier<@Nullable Catalog> catalog, @Nullable Path data) {
    this.router = router;
    this.ledger = ledger;
    this.catalog = catalog;
    this.file = data == null ? null : data.resolve("routing.json");
    executor.execute(this::recall);
    var _ =
        executor.scheduleWithFixedDelay(
            this::refresh, REFRESH_MILLIS, REFRESH_MILLIS, TimeUnit.MILLISECONDS);
    if (file != null) {
      var _ =
          executor.scheduleWithFixedDelay(this::keep, KEEP_SECONDS, KEEP_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void refresh() {
    try {
      router.refresh();
    } catch (RuntimeException e) {
      LOG.error("the scores were not refreshed", e);
    }
  }

  private void recall() {
    if (file == null) {
      return;
    }
    Memory kept = null;
    if (Files.exists(file)) {
      try {
        kept = mapper.readValue(file.toFile(), Memory.class);
        router.recall(kept);
      } catch (IOException | RuntimeException e) {
        LOG.warn("{} cannot be read, so the request log is asked: {}", file, e.getMessage());
      }
    }
    Memory known = kept;
    Thread.ofVirtual().start(() -> await(known));
  }

  private void await(@Nullable Memory kept) {
    try {
      for (int i = 0; i < TRIES; i++) {
        Catalog now = catalog.get();
        if (now != null) {
          try {
            Memory told = Retelling.of(kept, configured(now));
            if (told != null) {
              router.recall(told);
              LOG.info("{} channels' models are known from the request log", told.tracks().size());
            }
            return;
          } catch (Unavailable e) {
            LOG.debug("scores wait for the request log: {}", e.getMessage());
          }
        }
        Thread.sleep(TRY_MILLIS);
      }
      LOG.warn("the scores do not know what the request log knows: it does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("the scores do not know what the request log knows", e);
    }
  }

  private List<Sample> configured(Catalog now) throws Unavailable {
    return ledger.statistics().stream()
        .filter(sample -> now.channels().containsKey(sample.attempt().channel()))
        .toList();
  }

  private void keep() {
    Path to = file;
    if (to == null) {
      return;
    }
    try {
      Path fresh = to.resolveSibling(to.getFileName() + ".new");
      Files.write(fresh, mapper.writeValueAsBytes(router.remember()));
      try {
        Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(fresh, to, StandardCopyOption.REPLACE_EXISTING);
      }
      troubled = false;
    } catch (IOException | RuntimeException e) {
      if (!troubled) {
        troubled = true;
        LOG.warn("{} cannot be written, so a restart forgets: {}", to, e.toString());
      }
    }
  }

  /** Writes it down once more. */
  @Override
  public void close() {
    executor.shutdownNow();
    keep();
  }
}
