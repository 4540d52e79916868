package dev.sluice.console;

import dev.sluice.access.Amount;
import dev.sluice.access.Directory.Entry;
import dev.sluice.access.Directory.Note;
import dev.sluice.access.Directory.User;
import dev.sluice.access.Holder;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Budget.Span;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import io.micronaut.core.annotation.Introspected;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the admin API answers with. Times are as in {@code 2026-12-01T00:00:00Z}. */
final class Pages {
  private Pages() {}

  /**
   * A client's key, without the key.
   *
   * @param name unique
   * @param source {@code configuration} or {@code store}; the former is changed in the file
   * @param hint how it begins; null where it stands in the configuration
   * @param user its owner; null: nobody in particular
   * @param group how channels are chosen for it
   * @param models patterns of what it may use
   * @param tags for people
   * @param enabled whether it opens anything
   * @param expires from when on it opens nothing; null: never
   * @param revoked since when it opens nothing for good; null: it was not
   * @param created when it was made; null where it stands in the configuration
   * @param limits of all its requests together
   * @param budgets such as {@code 50 USD/month}
   * @param spent in the present spans of time; null in lists
   */
  @Introspected
  record KeyPage(
      String name,
      String source,
      @Nullable String hint,
      @Nullable String user,
      String group,
      List<String> models,
      List<String> tags,
      boolean enabled,
      @Nullable String expires,
      @Nullable String revoked,
      @Nullable String created,
      LimitsPage limits,
      List<String> budgets,
      @Nullable Map<String, SpentPage> spent) {

    static KeyPage of(Entry entry, @Nullable Map<Span, Amount> spent) {
      return of(
          entry.key(), "store", entry.hint(), said(entry.revoked()), said(entry.created()), spent);
    }

    static KeyPage of(Key configured, @Nullable Map<Span, Amount> spent) {
      return of(configured, "configuration", null, null, null, spent);
    }

    private static KeyPage of(
        Key key,
        String source,
        @Nullable String hint,
        @Nullable String revoked,
        @Nullable String created,
        @Nullable Map<Span, Amount> spent) {
      return new KeyPage(
          key.name(),
          source,
          hint,
          key.owner(),
          key.group(),
          key.models().stream().map(Pattern::toString).toList(),
          key.tags(),
          key.enabled(),
          said(key.expires()),
          revoked,
          created,
          LimitsPage.of(key.limits()),
          written(key.budgets()),
          spent == null ? null : SpentPage.of(spent));
    }
  }

  /**
   * A key that was made just now.
   *
   * @param key what clients present; it is not shown again
   * @param entry everything else
   */
  @Introspected
  record MadePage(String key, KeyPage entry) {
    /** Without the key. */
    @Override
    public String toString() {
      return "MadePage[" + entry.name() + "]";
    }
  }

  /**
   * Keys in the order of their names.
   *
   * @param keys those of the configuration first
   * @param next what {@code after} must be for the next page; null: there is none
   */
  @Introspected
  record KeysPage(List<KeyPage> keys, @Nullable String next) {}

  /**
   * An owner of keys.
   *
   * @param name unique
   * @param note for people
   * @param enabled whether the user's keys open anything
   * @param created when
   * @param limits of all of the user's keys together
   * @param budgets such as {@code 50 USD/month}
   * @param spent in the present spans of time; null in lists
   */
  @Introspected
  record UserPage(
      String name,
      String note,
      boolean enabled,
      String created,
      LimitsPage limits,
      List<String> budgets,
      @Nullable Map<String, SpentPage> spent) {

    static UserPage of(User user, @Nullable Map<Span, Amount> spent) {
      return new UserPage(
          user.name(),
          user.note(),
          user.enabled(),
          user.created().toString(),
          LimitsPage.of(user.limits()),
          written(user.budgets()),
          spent == null ? null : SpentPage.of(spent));
    }
  }

  /**
   * Users in the order of their names.
   *
   * @param next what {@code after} must be for the next page; null: there is none
   */
  @Introspected
  record UsersPage(List<UserPage> users, @Nullable String next) {}

  /**
   * A group of the configuration.
   *
   * @param name unique
   * @param parent whose channels are tried after its own; null: none
   * @param channels its own, in the order of the file
   * @param limits of all its keys together, given here
   * @param budgets of all its keys together, given here
   * @param spent in the present spans of time; null in lists
   */
  @Introspected
  record GroupPage(
      String name,
      @Nullable String parent,
      List<String> channels,
      LimitsPage limits,
      List<String> budgets,
      @Nullable Map<String, SpentPage> spent) {}

  /**
   * All groups.
   *
   * @param groups in the order of their names
   */
  @Introspected
  record GroupsPage(List<GroupPage> groups) {}

  /**
   * A channel of the configuration that is enabled.
   *
   * @param name unique
   * @param protocol what its provider speaks
   * @param baseUrls where it is
   * @param accounts names of its credentials, in the order of use
   * @param models aliases and patterns that it serves
   * @param priority lower is tried first
   * @param weight among equals
   * @param groups that have it as their own
   */
  @Introspected
  record ChannelPage(
      String name,
      String protocol,
      List<String> baseUrls,
      List<String> accounts,
      List<String> models,
      int priority,
      double weight,
      List<String> groups) {}

  /**
   * All channels.
   *
   * @param channels in the order of their names
   */
  @Introspected
  record ChannelsPage(List<ChannelPage> channels) {}

  /**
   * A change.
   *
   * @param revision counts all changes
   * @param at when
   * @param actor the name of the admin token
   * @param origin the address that it came from
   * @param action such as {@code create}
   * @param kind of what, such as {@code key}
   * @param target its name
   * @param detail what was changed
   */
  @Introspected
  record NotePage(
      long revision,
      String at,
      String actor,
      String origin,
      String action,
      String kind,
      String target,
      String detail) {

    static NotePage of(Note note) {
      return new NotePage(
          note.revision(),
          note.at().toString(),
          note.actor(),
          note.origin(),
          note.action(),
          note.kind(),
          note.target(),
          note.detail());
    }
  }

  /**
   * Changes, newest first.
   *
   * @param next what {@code before} must be for the next page; null: there is none
   */
  @Introspected
  record AuditPage(List<NotePage> changes, @Nullable Long next) {}

  /**
   * How much may be used at most; 0 means no limit.
   *
   * @param rpm requests in a minute
   * @param tpm tokens in a minute, in and out
   * @param concurrency requests at a time
   */
  @Introspected
  record LimitsPage(@Nullable Long rpm, @Nullable Long tpm, @Nullable Long concurrency) {
    static LimitsPage of(Limits limits) {
      return new LimitsPage(limits.rpm(), limits.tpm(), limits.concurrency());
    }

    /** These limits, and the old ones where nothing is said. */
    static Limits read(@Nullable LimitsPage said, Limits old) {
      return said == null
          ? old
          : new Limits(
              said.rpm() == null ? old.rpm() : said.rpm(),
              said.tpm() == null ? old.tpm() : said.tpm(),
              said.concurrency() == null ? old.concurrency() : said.concurrency());
    }
  }

  /**
   * What was spent in a span of time.
   *
   * @param usd money
   * @param tokens in and out
   */
  @Introspected
  record SpentPage(BigDecimal usd, long tokens) {
    static Map<String, SpentPage> of(Map<Span, Amount> spent) {
      var pages = new LinkedHashMap<String, SpentPage>();
      spent.forEach(
          (span, amount) ->
              pages.put(
                  span.name().toLowerCase(Locale.ROOT),
                  new SpentPage(
                      new BigDecimal(
                          BigDecimal.valueOf(amount.nanos(), 9)
                              .stripTrailingZeros()
                              .toPlainString()),
                      amount.tokens())));
      return pages;
    }
  }

  static GroupPage group(
      dev.sluice.catalog.Group group, @Nullable Holder given, @Nullable Map<Span, Amount> spent) {
    return new GroupPage(
        group.name(),
        group.parent(),
        group.channels(),
        LimitsPage.of(given == null ? Limits.NONE : given.limits()),
        given == null ? List.of() : written(given.budgets()),
        spent == null ? null : SpentPage.of(spent));
  }

  static List<String> written(List<Budget> budgets) {
    return budgets.stream().map(Budget::toString).toList();
  }

  /** These budgets, and the old ones where nothing is said. */
  static List<Budget> read(@Nullable List<@Nullable String> said, List<Budget> old) {
    return said == null ? old : Budget.list(String.join(",", texts(said)));
  }

  /** A list as it was given, without a null in it. */
  static List<String> texts(List<@Nullable String> given) {
    var texts = new ArrayList<String>();
    for (String text : given) {
      if (text == null) {
        throw new IllegalArgumentException("A list holds null; leave it out.");
      }
      texts.add(text);
    }
    return texts;
  }

  private static @Nullable String said(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }
}
