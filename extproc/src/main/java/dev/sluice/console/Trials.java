package dev.sluice.console;

import dev.sluice.catalog.Channel;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks a channel's providers for a word. */
@FunctionalInterface
public interface Trials {
  /**
   * Asks each URL with each account, one after the other; not for an event loop.
   *
   * @param model what the provider is asked for
   */
  List<Trial> run(Channel channel, String model);

  /**
   * What came of one.
   *
   * @param url the base URL
   * @param account its name
   * @param status the provider's; 0: there was none
   * @param took until the whole answer was there, or until it was given up
   * @param message what was wrong, without a credential; null: nothing
   */
  record Trial(String url, String account, int status, Duration took, @Nullable String message) {}
}
