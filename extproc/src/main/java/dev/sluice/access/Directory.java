package dev.sluice.access;

import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Secret.Digest;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import java.io.IOException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keys, users and groups as those see them who look after them. Every change stands in the audit
 * log, in one transaction with itself. Everything blocks; an {@link IOException} says that the
 * store is away. Safe for several threads.
 */
public final class Directory {
  private static final int LISTED = 1_000;
  private static final int WORDS = 64;
  private static final int WORD_CHARACTERS = 200;
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}";

  private final Shelf shelf;
  private final Supplier<@Nullable Catalog> catalog;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Changed changed;

  /** Hears of changes that were made here. */
  interface Changed {
    void changed(Set<String> keys, Set<String> users, boolean groups);
  }

  Directory(
      Shelf shelf, Supplier<@Nullable Catalog> catalog, InstantSource clock, Changed changed) {
    this.shelf = shelf;
    this.catalog = catalog;
    this.clock = clock;
    this.changed = changed;
  }

  /**
   * Who makes a change.
   *
   * @param name of the admin token
   * @param from the address that it came from
   */
  public record Author(String name, String from) {}

  /**
   * A key of the store.
   *
   * @param hint how the key begins
   * @param revoked since when it opens nothing for good; null: it was not revoked
   */
  public record Entry(Key key, String hint, Instant created, @Nullable Instant revoked) {}

  /**
   * A new key.
   *
   * @param secret what clients present; it is nowhere else
   */
  public record Made(Entry entry, String secret) {
    /** Without the secret. */
    @Override
    public String toString() {
      return "Made[" + entry.key().name() + "]";
    }
  }

  /**
   * The owner of keys.
   *
   * @param note for people
   * @param enabled whether the user's keys open anything
   * @param limits of all of the user's keys together
   * @param budgets of all of the user's keys together
   */
  public record User(
      String name,
      String note,
      boolean enabled,
      Limits limits,
      List<Budget> budgets,
      Instant created) {
    /** Copies the list. */
    public User {
      budgets = List.copyOf(budgets);
    }
  }

  /**
   * A line of the audit log.
   *
   * @param revision counts all changes
   * @param actor the name of the admin token
   * @param origin the address that it came from
   * @param action such as {@code create}
   * @param kind of what, such as {@code key}
   * @param target its name
   * @param detail what was changed; never a secret
   */
  public record Note(
      long revision,
      Instant at,
      String actor,
      String origin,
      String action,
      String kind,
      String target,
      String detail) {}

  // ---- keys

  /**
   * Makes a key.
   *
   * @throws Wrong the name is taken, or a value cannot be
   */
  public Made create(Author author, Key key) throws IOException, Wrong {
    check(key);
    if (configured(key.name())) {
      throw new Wrong(
          Wrong.Kind.CONFLICT,
          "There is a key '" + key.name() + "' in the configuration; choose another name.");
    }
    String secret = Secret.generate(random);
    var entry = new Entry(key, Secret.hint(secret), Instant.ofEpochMilli(clock.millis()), null);
    write(
        c -> {
          owner(c, key.owner());
          Entry there = Rows.key(c, key.name());
          if (there != null) {
            throw new Wrong(
                Wrong.Kind.CONFLICT,
                "There is a key '"
                    + key.name()
                    + (there.revoked() == null
                        ? "' already; choose another name, or rotate it."
                        : "', which was revoked; choose another name."));
          }
          Rows.insert(c, entry, Digest.of(Secret.sha256(secret)));
          note(c, author, "create", "key", key.name(), differences(null, key));
          return true;
        });
    changed.changed(Set.of(key.name()), Set.of(), false);
    return new Made(entry, secret);
  }

  /**
   * Changes a key; its name stays.
   *
   * @throws Wrong there is none, it was revoked, or a value cannot be
   */
  public Entry change(Author author, String name, UnaryOperator<Key> how)
      throws IOException, Wrong {
    Entry after =
        write(
            c -> {
              Entry before = alive(c, name);
              Key key = how.apply(before.key());
              check(key);
              owner(c, key.owner());
              Rows.update(c, key);
              note(c, author, "change", "key", name, differences(before.key(), key));
              return new Entry(key, before.hint(), before.created(), null);
            });
    changed.changed(Set.of(name), Set.of(), false);
    return after;
  }

  /**
   * Gives a key another secret; the old one opens nothing any more.
   *
   * @throws Wrong there is none, or it was revoked
   */
  public Made rotate(Author author, String name) throws IOException, Wrong {
    String secret = Secret.generate(random);
    Entry after =
        write(
            c -> {
              Entry before = alive(c, name);
              Rows.rotate(c, name, Digest.of(Secret.sha256(secret)), Secret.hint(secret));
              note(c, author, "rotate", "key", name, "");
              return new Entry(before.key(), Secret.hint(secret), before.created(), null);
            });
    changed.changed(Set.of(name), Set.of(), false);
    return new Made(after, secret);
  }

  /**
   * Revokes a key for good; its name stays taken, since what it spent and kept is known by it.
   *
   * @throws Wrong there is none, or it was revoked before
   */
  public Entry revoke(Author author, String name) throws IOException, Wrong {
    long now = clock.millis();
    Entry after =
        write(
            c -> {
              Entry before = alive(c, name);
              Rows.revoke(c, name, now);
              note(c, author, "revoke", "key", name, "");
              return new Entry(
                  before.key(), before.hint(), before.created(), Instant.ofEpochMilli(now));
            });
    changed.changed(Set.of(name), Set.of(), false);
    return after;
  }

  private Entry alive(Connection connection, String name) throws SQLException, Wrong {
    Entry found = Rows.key(connection, name);
    if (found == null) {
      throw new Wrong(
          configured(name) ? Wrong.Kind.CONFLICT : Wrong.Kind.MISSING,
          configured(name)
              ? "The key '" + name + "' stands in the configuration; change it there."
              : "There is no key '" + name + "'.");
    }
    if (found.revoked() != null) {
      throw new Wrong(
          Wrong.Kind.CONFLICT, "The key '" + name + "' was revoked at " + found.revoked() + ".");
    }
    return found;
  }

  private boolean configured(String name) {
    Catalog now = catalog.get();
    return now != null && now.keys().values().stream().anyMatch(key -> key.name().equals(name));
  }

  /** A key of the store; null: there is none. */
  public @Nullable Entry key(String name) throws IOException {
    return shelf.store().read(c -> Rows.key(c, name));
  }

  /**
   * A key of the store that must be there.
   *
   * @throws Wrong it is not
   */
  public Entry require(String name) throws IOException, Wrong {
    Entry found = key(name);
    if (found == null) {
      throw new Wrong(Wrong.Kind.MISSING, "There is no key '" + name + "'.");
    }
    return found;
  }

  /**
   * A user who must be there.
   *
   * @throws Wrong there is none
   */
  public User requireUser(String name) throws IOException, Wrong {
    User found = user(name);
    if (found == null) {
      throw new Wrong(Wrong.Kind.MISSING, "There is no user '" + name + "'.");
    }
    return found;
  }

  /**
   * Keys of the store by name.
   *
   * @param owner only this user's; null: all
   * @param group only this group's; null: all
   * @param after names that come later
   * @param most at most so many; no more than 1,000
   */
  public List<Entry> keys(@Nullable String owner, @Nullable String group, String after, int most)
      throws IOException {
    return shelf.store().read(c -> Rows.keys(c, owner, group, after, bounded(most)));
  }

  // ---- users

  /**
   * Makes a user.
   *
   * @throws Wrong the name is taken, or a value cannot be
   */
  public User create(Author author, User user) throws IOException, Wrong {
    check(user);
    write(
        c -> {
          if (Rows.user(c, user.name()) != null) {
            throw new Wrong(Wrong.Kind.CONFLICT, "There is a user '" + user.name() + "' already.");
          }
          Rows.put(c, user);
          note(c, author, "create", "user", user.name(), differences(null, user));
          return true;
        });
    return user;
  }

  /**
   * Changes a user; the name stays.
   *
   * @throws Wrong there is none, or a value cannot be
   */
  public User changeUser(Author author, String name, UnaryOperator<User> how)
      throws IOException, Wrong {
    User after =
        write(
            c -> {
              User before = Rows.user(c, name);
              if (before == null) {
                throw new Wrong(Wrong.Kind.MISSING, "There is no user '" + name + "'.");
              }
              User user = how.apply(before);
              check(user);
              Rows.put(c, user);
              note(c, author, "change", "user", name, differences(before, user));
              return user;
            });
    changed.changed(Set.of(), Set.of(name), false);
    return after;
  }

  /**
   * Deletes a user who owns no key, revoked ones included.
   *
   * @throws Wrong there is none, or one who does
   */
  public void deleteUser(Author author, String name) throws IOException, Wrong {
    write(
        c -> {
          if (!Rows.keys(c, name, null, "", 1).isEmpty()) {
            throw new Wrong(
                Wrong.Kind.CONFLICT,
                "The user '" + name + "' owns keys; disable the user, or give them to another.");
          }
          if (Rows.deleteUser(c, name) == 0) {
            throw new Wrong(Wrong.Kind.MISSING, "There is no user '" + name + "'.");
          }
          note(c, author, "delete", "user", name, "");
          return true;
        });
  }

  /** A user; null: there is none. */
  public @Nullable User user(String name) throws IOException {
    return shelf.store().read(c -> Rows.user(c, name));
  }

  /** Users by name; see {@link #keys}. */
  public List<User> users(String after, int most) throws IOException {
    return shelf.store().read(c -> Rows.users(c, after, bounded(most)));
  }

  // ---- groups

  /** The groups that were given limits or budgets here. */
  public List<Holder> groups() throws IOException {
    return shelf.store().read(Rows::groups);
  }

  /**
   * Gives a group of the configuration limits and budgets, in place of those that it has here.
   *
   * @throws Wrong there is none
   */
  public Holder limit(Author author, String name, Limits limits, List<Budget> budgets)
      throws IOException, Wrong {
    Catalog now = catalog.get();
    if (now == null || !now.groups().containsKey(name)) {
      throw new Wrong(Wrong.Kind.MISSING, "There is no group '" + name + "' in the configuration.");
    }
    check(limits);
    var group = new Holder(new Scope(Kind.GROUP, name), limits, budgets);
    write(
        c -> {
          Holder before =
              Rows.groups(c).stream()
                  .filter(g -> g.scope().name().equals(name))
                  .findFirst()
                  .orElse(new Holder(group.scope(), Limits.NONE, List.of()));
          Rows.put(c, group);
          var parts = new LinkedHashMap<String, String[]>();
          parts.put("limits", pair(before.limits(), limits));
          parts.put("budgets", pair(before.budgets(), budgets));
          note(c, author, "change", "group", name, differences(parts));
          return true;
        });
    changed.changed(Set.of(), Set.of(), true);
    return group;
  }

  // ---- audit

  /**
   * Notes a change that is not kept in the store.
   *
   * @param kind of what, such as {@code channel}
   * @param detail never a secret
   */
  public void note(Author author, String action, String kind, String target, String detail)
      throws IOException {
    shelf
        .store()
        .write(
            c -> {
              note(c, author, action, kind, target, detail);
              return true;
            });
  }

  /**
   * The audit log, newest first.
   *
   * @param before only earlier revisions
   * @param most at most so many; no more than 1,000
   */
  public List<Note> audit(long before, int most) throws IOException {
    return shelf
        .store()
        .read(
            c -> {
              try (PreparedStatement statement =
                  c.prepareStatement(
                      "SELECT * FROM audit WHERE revision < ? ORDER BY revision DESC LIMIT ?")) {
                statement.setLong(1, before);
                statement.setInt(2, bounded(most));
                return notes(statement);
              }
            });
  }

  /** Changes after a revision, oldest first. */
  List<Note> since(long revision) throws IOException {
    return shelf
        .store()
        .read(
            c -> {
              try (PreparedStatement statement =
                  c.prepareStatement(
                      "SELECT * FROM audit WHERE revision > ? ORDER BY revision LIMIT ?")) {
                statement.setLong(1, revision);
                statement.setInt(2, LISTED);
                return notes(statement);
              }
            });
  }

  private static List<Note> notes(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      var notes = new ArrayList<Note>();
      while (row.next()) {
        notes.add(
            new Note(
                row.getLong("revision"),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("actor"),
                row.getString("origin"),
                row.getString("action"),
                row.getString("kind"),
                row.getString("target"),
                row.getString("detail")));
      }
      return notes;
    }
  }

  /** How many changes there were. */
  long revision() throws IOException {
    return shelf
        .store()
        .read(
            c -> {
              try (Statement statement = c.createStatement();
                  ResultSet row = statement.executeQuery("SELECT value FROM revision")) {
                return row.next() ? row.getLong(1) : 0L;
              }
            });
  }

  private void note(
      Connection connection,
      Author author,
      String action,
      String kind,
      String target,
      String detail)
      throws SQLException {
    long revision;
    // The row is locked until the end, so that revisions are seen in their order.
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("UPDATE revision SET value = value + 1 RETURNING value")) {
      row.next();
      revision = row.getLong(1);
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO audit (revision, at, actor, origin, action, kind, target, detail)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      statement.setLong(1, revision);
      statement.setLong(2, clock.millis());
      statement.setString(3, author.name());
      statement.setString(4, author.from());
      statement.setString(5, action);
      statement.setString(6, kind);
      statement.setString(7, target);
      statement.setString(8, detail);
      statement.executeUpdate();
    }
  }

  private static String[] pair(Object before, Object after) {
    return new String[] {before.toString(), after.toString()};
  }

  private static String differences(@Nullable Key before, Key after) {
    var parts = new LinkedHashMap<String, String[]>();
    Key old =
        before == null
            ? new Key(
                after.name(), null, "", List.of(), null, true, Limits.NONE, List.of(), List.of())
            : before;
    parts.put("user", pair(said(old.owner()), said(after.owner())));
    parts.put("group", pair(old.group(), after.group()));
    parts.put("models", pair(old.models(), after.models()));
    parts.put("expires", pair(said(old.expires()), said(after.expires())));
    parts.put("enabled", pair(old.enabled(), after.enabled()));
    parts.put("limits", pair(old.limits(), after.limits()));
    parts.put("budgets", pair(old.budgets(), after.budgets()));
    parts.put("tags", pair(old.tags(), after.tags()));
    return differences(parts);
  }

  private static String differences(@Nullable User before, User after) {
    var parts = new LinkedHashMap<String, String[]>();
    User old =
        before == null
            ? new User(after.name(), "", true, Limits.NONE, List.of(), after.created())
            : before;
    parts.put("note", pair(old.note(), after.note()));
    parts.put("enabled", pair(old.enabled(), after.enabled()));
    parts.put("limits", pair(old.limits(), after.limits()));
    parts.put("budgets", pair(old.budgets(), after.budgets()));
    return differences(parts);
  }

  private static String differences(Map<String, String[]> parts) {
    var text = new StringBuilder();
    parts.forEach(
        (name, values) -> {
          if (!values[0].equals(values[1])) {
            text.append(text.isEmpty() ? "" : "; ")
                .append(name)
                .append(": ")
                .append(values[0].isEmpty() ? "none" : values[0])
                .append(" → ")
                .append(values[1].isEmpty() ? "none" : values[1]);
          }
        });
    return text.toString();
  }

  private static String said(@Nullable Object value) {
    return value == null ? "none" : value.toString();
  }

  // ---- values

  private void check(Key key) throws Wrong {
    name(key.name());
    Catalog now = catalog.get();
    if (now != null && !now.groups().containsKey(key.group())) {
      throw new Wrong(
          Wrong.Kind.INVALID, "There is no group '" + key.group() + "' in the configuration.");
    }
    if (key.models().isEmpty()) {
      throw new Wrong(
          Wrong.Kind.INVALID, "A key needs at least one model pattern; '*' is every model.");
    }
    words("models", key.models().stream().map(Pattern::toString).toList());
    words("tags", key.tags());
    check(key.limits());
    Instant expires = key.expires();
    if (expires != null && expires.toEpochMilli() <= 0) {
      throw new Wrong(Wrong.Kind.INVALID, "The time at which it expires is before 1970.");
    }
  }

  private static void check(User user) throws Wrong {
    name(user.name());
    words("note", user.note().isEmpty() ? List.of() : List.of(user.note()));
    check(user.limits());
  }

  private static void check(Limits limits) throws Wrong {
    if (limits.rpm() < 0 || limits.tpm() < 0 || limits.concurrency() < 0) {
      throw new Wrong(Wrong.Kind.INVALID, "A limit must be 0 (none) or more.");
    }
  }

  private static void name(String name) throws Wrong {
    if (!name.matches(NAME)) {
      throw new Wrong(
          Wrong.Kind.INVALID,
          "A name has 1 to 100 letters, digits, '.', '_', '@', '+' and '-', and begins with a"
              + " letter or digit.");
    }
  }

  private static void words(String what, List<String> words) throws Wrong {
    if (words.size() > WORDS) {
      throw new Wrong(Wrong.Kind.INVALID, "There may be at most " + WORDS + " " + what + ".");
    }
    for (String word : words) {
      if (word.isBlank()
          || word.length() > WORD_CHARACTERS
          || word.chars().anyMatch(Character::isISOControl)) {
        throw new Wrong(
            Wrong.Kind.INVALID,
            "Each of "
                + what
                + " must have 1 to "
                + WORD_CHARACTERS
                + " characters, none of them a control character.");
      }
    }
  }

  private static void owner(Connection connection, @Nullable String owner)
      throws SQLException, Wrong {
    if (owner != null && Rows.user(connection, owner) == null) {
      throw new Wrong(Wrong.Kind.INVALID, "There is no user '" + owner + "'.");
    }
  }

  private static int bounded(int most) {
    return Math.clamp(most, 1, LISTED);
  }

  private <T> T write(Store.Work<T, Wrong> work) throws IOException, Wrong {
    return Objects.requireNonNull(shelf.store().write(work));
  }
}
