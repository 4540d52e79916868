package dev.sluice.catalog;

import dev.sluice.conversation.Origin;
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
    @Nullable Betas betas) {

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
        betas);
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

  /** What it takes for a model, by the name that the provider knows it by; null: not said. */
  public @Nullable Price price(String target) {
    for (Price price : prices) {
      if (price.model().matches(target)) {
        return price;
      }
    }
    return null;
  }

  /** Whether {@code name} is one of its aliases, not merely a match of a pattern. */
  public boolean aliases(String name) {
    return models.stream().anyMatch(m -> m instanceof Model.Alias a && a.alias().equals(name));
  }
}
