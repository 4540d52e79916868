package dev.sluice.media;

import dev.sluice.conversation.Block.Source.Inline;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The media of one request on their way. */
final class Errand implements Fetcher.Running {
  private final EventLoop loop;
  private final Fetcher.Bounds bounds;
  private final Consumer<Fetcher.Outcome> done;
  private final Map<String, Inline> media = new HashMap<>();
  private final List<Download> downloads = new ArrayList<>();
  private long taken;
  private boolean over;
  private @Nullable Future<?> timer;

  Errand(EventLoop loop, Fetcher.Bounds bounds, Consumer<Fetcher.Outcome> done) {
    this.loop = loop;
    this.bounds = bounds;
    this.done = done;
  }

  synchronized void begin(
      List<Fetcher.Medium> wanted, Function<Fetcher.Medium, Download> download) {
    timer =
        loop.schedule(this::late, Math.max(1, bounds.timeout().toNanos()), TimeUnit.NANOSECONDS);
    var urls = new HashMap<String, Fetcher.Medium>();
    for (Fetcher.Medium medium : wanted) {
      if (urls.putIfAbsent(medium.url(), medium) == null) {
        downloads.add(download.apply(medium));
      }
    }
    downloads.forEach(Download::begin);
  }

  private void late() {
    String url;
    synchronized (this) {
      url =
          downloads.stream()
              .map(Download::url)
              .filter(each -> !media.containsKey(each))
              .findFirst()
              .orElse("");
    }
    fail(url, false, "did not come within " + bounds.timeout().toMillis() + " ms");
  }

  /** Whether there is room for so many more bytes; fails where there is none. */
  boolean take(String url, int bytes) {
    boolean large;
    synchronized (this) {
      if (over) {
        return false;
      }
      taken += bytes;
      large = taken > bounds.maxSize();
    }
    if (large) {
      fail(url, false, "makes more than " + bounds.maxSize() + " bytes of media");
      return false;
    }
    // What stays of them is their base64.
    if (!bounds.share().test((bytes + 2L) / 3 * 4)) {
      fail(url, true, "finds no room in the gateway");
      return false;
    }
    return true;
  }

  /** Whether so many bytes, all told, would still be within the bounds. */
  synchronized boolean fits(long bytes) {
    return taken + bytes <= bounds.maxSize();
  }

  int millis() {
    return Math.toIntExact(Math.clamp(bounds.timeout().toMillis(), 1, Integer.MAX_VALUE));
  }

  long maxSize() {
    return bounds.maxSize();
  }

  synchronized boolean over() {
    return over;
  }

  void had(String url, String type, byte[] bytes) {
    var inline = new Inline(type, Base64.getEncoder().encodeToString(bytes));
    Map<String, Inline> all;
    synchronized (this) {
      media.put(url, inline);
      if (over || media.size() < downloads.size()) {
        return;
      }
      all = Map.copyOf(media);
    }
    end(new Fetcher.Fetched(all));
  }

  void fail(String url, boolean full, String why) {
    end(new Fetcher.Failed(url, full, why));
  }

  private void end(Fetcher.Outcome outcome) {
    if (stop()) {
      done.accept(outcome);
    }
  }

  @Override
  public void cancel() {
    stop();
  }

  private boolean stop() {
    List<Download> open;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      Future<?> running = timer;
      if (running != null) {
        running.cancel(false);
      }
      open = List.copyOf(downloads);
      media.clear();
    }
    open.forEach(Download::cancel);
    return true;
  }
}
