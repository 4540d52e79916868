package dev.sluice.exchange;

import dev.sluice.access.Budgets;
import dev.sluice.access.Keys;
import dev.sluice.catalog.Catalog;
import dev.sluice.media.Fetcher;
import dev.sluice.routing.Router;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What every exchange works with.
 *
 * @param catalog the newest catalog; null before there was one
 * @param router chooses
 * @param protocols what is spoken
 * @param flights requests between their tries
 * @param bodies how much of clients' bodies may be in memory
 * @param timer for first tokens and hedges; its thread only hands work on
 * @param executor where that work is done
 * @param lengthy where what takes long is done, on less than all cores
 * @param clock the time of day
 * @param bills what happened, in the making
 * @param keeping streams that were begun before their first token
 * @param keys what presented keys open
 * @param budgets what they may still spend
 * @param continuity what requests go on from
 * @param fetcher fetches media
 */
record Services(
    Supplier<@Nullable Catalog> catalog,
    Router router,
    Protocols protocols,
    Flights flights,
    BodyBudget bodies,
    Timer timer,
    Executor executor,
    Executor lengthy,
    InstantSource clock,
    Bills bills,
    Keeping keeping,
    Keys keys,
    Budgets budgets,
    Continuity continuity,
    Fetcher fetcher) {
  /**
   * Does something after a while.
   *
   * @throws IllegalStateException the process ends
   */
  Timeout later(Duration after, Runnable what) {
    return timer.newTimeout(_ -> executor.execute(what), after.toNanos(), TimeUnit.NANOSECONDS);
  }
}
