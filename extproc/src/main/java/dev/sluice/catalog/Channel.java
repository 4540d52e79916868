package dev.sluice.catalog;

import dev.sluice.conversation.Origin;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A provider or reseller as we can reach it.
 *
 * @param name unique
 * @param protocol what it speaks
 * @param urls tried in turn with the same account before the next account; at least one
 * @param accounts in the order of use
 * @param models what it serves; the first that matches counts
 * @param prices what it takes; the first that matches counts
 * @param priority lower is tried first
 * @param weight multiplies the probability among equals; greater than 0
 * @param timeouts how long it may take
 * @param limits of each account
 * @param failoverOn which failures make the next attempt
 * @param maxRetries further tries inside this channel before the next one; empty: every URL with
 *     every account
 * @param issuer what its signatures are known by
 * @param thinkingToContent whether its thinking reaches clients as text
 * @param fetching how media are fetched that it takes only as bytes; null: they are not
 * @param betas which values of a client's {@code anthropic-beta} header it may see; null: those
 *     that its host is known to take
 * @param tolerance how many failures it may have before it is set aside
 */
public record Channel(
    String name,
    Origin protocol,
    List<Url> urls,
    List<Account> accounts,
    List<Model> models,
    List<Price> prices,
    int priority,
    double weight,
    Timeouts timeouts,
    Limits limits,
    Set<Trouble> failoverOn,
    OptionalInt maxRetries,
    String issuer,
    boolean thinkingToContent,
    @Nullable Fetching fetching,
    @Nullable Betas betas,
    Tolerance tolerance) {

  /** With the usual tolerance. */
  public Channel(
      String name,
      Origin protocol,
      List<Url> urls,
      List<Account> accounts,
      List<Model> models,
      List<Price> prices,
      int priority,
      double weight,
      Timeouts timeouts,
      Limits limits,
      Set<Trouble> failoverOn,
      OptionalInt maxRetries,
      String issuer,
      boolean thinkingToContent) {
    this(
        name,
        protocol,
        urls,
        accounts,
        models,
        prices,
        priority,
        weight,
        timeouts,
        limits,
        failoverOn,
        maxRetries,
        issuer,
        thinkingToContent,
        null,
        null,
        Tolerance.USUAL);
  }

  /** Copies the lists. */
  public Channel {
    urls = List.copyOf(urls);
    accounts = List.copyOf(accounts);
    models = List.copyOf(models);
    prices = List.copyOf(prices);
    failoverOn = Set.copyOf(failoverOn);
  }

  /**
   * One base URL and Envoy's cluster for it.
   *
   * @param base without a slash at the end
   * @param authority host and port, as the provider wants it in {@code :authority}
   * @param prefix the path of {@code base}, empty or beginning with a slash
   * @param cluster the cluster's name
   */
  public record Url(String base, String authority, String prefix, String cluster) {}

  /** The same with no other account. */
  public Channel only(String account) {
    return new Channel(
        name,
        protocol,
        urls,
        accounts.stream().filter(a -> a.name().equals(account)).toList(),
        models,
        prices,
        priority,
        weight,
        timeouts,
        limits,
        failoverOn,
        maxRetries,
        issuer,
        thinkingToContent,
        fetching,
        betas,
        tolerance);
  }

  /** What it speaks, by the configuration's word for it. */
  public String speaks() {
    return switch (protocol) {
      case CHAT -> "openai-chat";
      case RESPONSES -> "openai-responses";
      case MESSAGES -> "anthropic";
      case GEMINI -> "gemini";
    };
  }

  /** What the provider is asked for when a client asks for {@code name}; null: not served. */
  public @Nullable String serves(String name) {
    for (Model model : models) {
      String target = model.serves(name);
      if (target != null) {
        return target;
      }
    }
    return null;
  }

  /** How good the model is that a client gets who asks for {@code name}, over 0 to 1. */
  public double quality(String name) {
    for (Model model : models) {
      if (model.serves(name) != null) {
        return model instanceof Model.Alias alias ? alias.quality() : 1;
      }
    }
    return 1;
  }

  /**
   * What it takes for a model at a time, by the name that the provider knows it by; null: not said.
   * The first pattern that matches counts, and of several entries with that pattern the one that
   * holds since the shortest time.
   */
  public @Nullable Price price(String target, Instant at) {
    Price found = null;
    for (Price price : prices) {
      if (price.holds(at)
          && price.model().matches(target)
          && (found == null || supersedes(price, found))) {
        found = price;
      }
    }
    return found;
  }

  private static boolean supersedes(Price price, Price found) {
    return price.model().toString().equals(found.model().toString())
        && price.from() != null
        && (found.from() == null || price.from().isAfter(found.from()));
  }

  /** Whether {@code name} is one of its aliases, not merely a match of a pattern. */
  public boolean aliases(String name) {
    for (Model model : models) {
      if (model instanceof Model.Alias named && named.alias().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
