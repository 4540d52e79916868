package dev.sluice.routing;

import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Model;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds a request's candidates and the order in which they are tried: own channels before the
 * parent's, by priority, among equals by their score.
 */
public final class Router {
  private static final int CLOSE_NAMES = 3;

  private final Weight weight;

  /**
   * A router that knows nothing yet.
   *
   * @param random decides among equals; safe for several threads
   * @param nanoTime never goes back, as {@link System#nanoTime}
   * @param clock the time of day, for people and for what outlives a restart
   */
  public Router(RandomGenerator random, LongSupplier nanoTime, InstantSource clock) {
    this.weight = new Weight(random);
  }

  /**
   * A request's candidates, or why there are none. Takes microseconds and no lock.
   *
   * @return the plan, which the request keeps over its tries
   */
  public Plan plan(Catalog catalog, Inquiry inquiry) {
    String group = inquiry.group();
    String model = inquiry.model();
    Group of = catalog.groups().get(group);
    var levels = catalog.reach(group);
    if (of == null) {
      return new Plan.None(new Choice.Unserved(List.of()));
    }
    var order = new ArrayList<Course.Candidate>();
    var foreign = new LinkedHashSet<String>();
    for (List<Channel> level : levels) {
      var byPriority = new TreeMap<Integer, List<Channel>>();
      for (Channel channel : level) {
        if (channel.serves(model) != null) {
          if (inquiry.speaks().test(channel.protocol())) {
            byPriority.computeIfAbsent(channel.priority(), _ -> new ArrayList<>()).add(channel);
          } else {
            foreign.add(channel.protocol().name().toLowerCase(Locale.ROOT));
          }
        }
      }
      for (List<Channel> equals : byPriority.values()) {
        if (of.ambiguous() == Group.Ambiguous.REJECT) {
          var rivals = equals.stream().filter(c -> c.aliases(model)).map(Channel::name).toList();
          if (rivals.size() > 1) {
            return new Plan.None(new Choice.Ambiguous(rivals));
          }
        }
        for (Channel channel : equals.size() == 1 ? equals : weight.order(equals)) {
          String target = channel.serves(model);
          if (target != null) {
            order.add(new Course.Candidate(channel, target));
          }
        }
      }
    }
    if (!order.isEmpty()) {
      return new Course(of, order);
    }
    return new Plan.None(
        foreign.isEmpty()
            ? new Choice.Unserved(close(model, names(levels)))
            : new Choice.Untranslatable(List.copyOf(foreign)));
  }

  /**
   * This channel alone, whatever models it serves; no session is bound by it.
   *
   * @param target what the provider is asked for; empty: no model
   */
  public Plan at(Catalog catalog, String group, Channel channel, String target) {
    Group of = catalog.groups().get(group);
    return of == null
        ? new Plan.None(new Choice.Unserved(List.of()))
        : new Course(of, List.of(new Course.Candidate(channel, target)));
  }

  /**
   * Takes in what happened since the last call and scores the candidates anew. To be called every
   * 100 to 250 ms; where nobody does, a choice does it when it is overdue.
   */
  public void refresh() {}

  /** How everything stands. */
  public Standing standing() {
    return new Standing(List.of(), List.of(), 0, 0);
  }

  /**
   * Lets a place rest.
   *
   * @param rest how long; null: until it is {@link #release released}
   * @param reason for people
   */
  public void cool(Place place, @Nullable Duration rest, String reason) {}

  /**
   * Ends a place's rest, whatever it was: breaker, cooling or ban.
   *
   * @return false: it did not rest
   */
  public boolean release(Place place) {
    return false;
  }

  /** What was learned so far. */
  public Memory remember() {
    return new Memory(Instant.EPOCH, List.of(), List.of(), List.of());
  }

  /** Goes on with what was learned by an earlier process; what has become old counts less. */
  public void recall(Memory memory) {}

  /**
   * One account of one channel; null where the group does not reach it.
   *
   * @param channel the channel's name
   * @param account the account's name
   */
  public static @Nullable Channel only(
      Catalog catalog, String group, String channel, String account) {
    for (List<Channel> level : catalog.reach(group)) {
      for (Channel each : level) {
        if (each.name().equals(channel)) {
          Channel alone = each.only(account);
          return alone.accounts().stream().anyMatch(a -> a.open(group)) ? alone : null;
        }
      }
    }
    return null;
  }

  /** Whether a channel that the group reaches has this very name as an alias. */
  public static boolean aliased(Catalog catalog, String group, String model) {
    return catalog.reach(group).stream()
        .flatMap(List::stream)
        .anyMatch(channel -> channel.aliases(model));
  }

  /**
   * The aliases that a group reaches, in the order of trying, each with the channel that has it.
   */
  public static List<Named> names(Catalog catalog, String group) {
    var names = new ArrayList<Named>();
    var seen = new LinkedHashSet<String>();
    for (List<Channel> level : catalog.reach(group)) {
      for (Channel channel : level) {
        for (Model model : channel.models()) {
          if (model instanceof Model.Alias(String alias, String _, double _) && seen.add(alias)) {
            names.add(new Named(alias, channel.name()));
          }
        }
      }
    }
    return List.copyOf(names);
  }

  /**
   * A public name.
   *
   * @param alias what clients ask for
   * @param channel the first channel that has it
   */
  public record Named(String alias, String channel) {}

  private static Collection<String> names(List<List<Channel>> levels) {
    var names = new LinkedHashSet<String>();
    for (List<Channel> level : levels) {
      for (Channel channel : level) {
        for (Model model : channel.models()) {
          if (model instanceof Model.Alias(String alias, String _, double _)) {
            names.add(alias);
          }
        }
      }
    }
    return names;
  }

  private static List<String> close(String model, Collection<String> names) {
    return names.stream()
        .filter(name -> distance(model, name) <= Math.max(3, model.length() / 2))
        .sorted(Comparator.comparingInt(name -> distance(model, name)))
        .limit(CLOSE_NAMES)
        .toList();
  }

  /** Levenshtein's distance, over at most 100 characters of each. */
  private static int distance(String one, String two) {
    String a = one.substring(0, Math.min(100, one.length()));
    String b = two.substring(0, Math.min(100, two.length()));
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), corner + change);
        corner = above;
      }
    }
    return row[b.length()];
  }
}
