package dev.sluice.routing;

import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Model;
import dev.sluice.conversation.Origin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds a request's candidates and the order in which they are tried: own channels before the
 * parent's, by priority, among equals by the {@link Score}.
 */
public final class Router {
  private static final int CLOSE_NAMES = 3;

  private final Score score;

  /** Decides among equals by {@code score}. */
  public Router(Score score) {
    this.score = score;
  }

  /**
   * A request's candidates.
   *
   * @param group the name of the key's group
   * @param model as the client wrote it
   * @param speaks which protocols a provider may have for this client
   * @return the channels in the order of trying, or why there are none
   */
  public Plan plan(Catalog catalog, String group, String model, Predicate<Origin> speaks) {
    Group of = catalog.groups().get(group);
    var levels = catalog.reach(group);
    if (of == null) {
      return new Plan.None(new Choice.Unserved(List.of()));
    }
    var order = new ArrayList<Channel>();
    var foreign = new LinkedHashSet<String>();
    for (List<Channel> level : levels) {
      var byPriority = new TreeMap<Integer, List<Channel>>();
      for (Channel channel : level) {
        if (channel.serves(model) != null) {
          if (speaks.test(channel.protocol())) {
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
        order.addAll(equals.size() == 1 ? equals : score.order(of, equals));
      }
    }
    if (!order.isEmpty()) {
      return new Plan.Order(of, model, List.copyOf(order));
    }
    return new Plan.None(
        foreign.isEmpty()
            ? new Choice.Unserved(close(model, names(levels)))
            : new Choice.Untranslatable(List.copyOf(foreign)));
  }

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

  /** This channel alone, whatever models it serves. */
  public static Plan at(Catalog catalog, String group, Channel channel, String target) {
    Group of = catalog.groups().get(group);
    return of == null
        ? new Plan.None(new Choice.Unserved(List.of()))
        : new Plan.At(of, channel, target);
  }

  /** A request's candidates in the order of trying, or why there are none. Immutable. */
  public sealed interface Plan {
    /** The next try after {@code tried}. */
    Choice next(List<Attempt> tried);

    /** Candidates in order, at least one. */
    record Order(Group group, String model, List<Channel> channels) implements Plan {
      @Override
      public Choice next(List<Attempt> tried) {
        if (tried.size() < group.maxAttempts()) {
          for (Channel channel : channels) {
            String target = channel.serves(model);
            if (target != null) {
              @Nullable Attempt attempt = Rotation.next(channel, group.name(), target, tried);
              if (attempt != null) {
                return new Choice.Go(attempt);
              }
            }
          }
        }
        return new Choice.Exhausted();
      }
    }

    /** The base URLs of one channel, and what it is asked for. */
    record At(Group group, Channel channel, String target) implements Plan {
      @Override
      public Choice next(List<Attempt> tried) {
        Attempt attempt =
            tried.size() < group.maxAttempts()
                ? Rotation.next(channel, group.name(), target, tried)
                : null;
        return attempt == null ? new Choice.Exhausted() : new Choice.Go(attempt);
      }
    }

    /** No candidates, and why. */
    record None(Choice why) implements Plan {
      @Override
      public Choice next(List<Attempt> tried) {
        return why;
      }
    }
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
          if (model instanceof Model.Alias(String alias, String _) && seen.add(alias)) {
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
          if (model instanceof Model.Alias(String alias, String _)) {
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
