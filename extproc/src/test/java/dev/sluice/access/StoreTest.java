package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.access.Directory.Entry;
import dev.sluice.access.Directory.Made;
import dev.sluice.access.Directory.Note;
import dev.sluice.access.Directory.User;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Purse.Slice;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Budget.Span;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same for SQLite and PostgreSQL. */
final class StoreTest {
  @TempDir static Path folder;

  @Nested
  final class OfSqlite extends Tests {
    private final Path data = folder.resolve("data" + System.nanoTime());

    @Override
    Store open() throws IOException {
      return Store.sqlite(data);
    }

    @Override
    Shelf.Kind kind() {
      return Shelf.Kind.OWN;
    }

    @Test
    void itsFilesAreTheOwnersAlone() throws IOException {
      try (Stream<Path> files = Files.list(data)) {
        assertThat(files.toList())
            .hasSizeGreaterThanOrEqualTo(1)
            .allSatisfy(
                file ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------"));
      }
    }

    @Test
    void aBrokenFileIsSaidAndLeftAlone() throws IOException {
      close();
      Path file = data.resolve("access.db");
      byte[] broken =
          "this is no database, whatever it says it is"
              .repeat(100)
              .getBytes(StandardCharsets.UTF_8);
      for (String suffix : List.of("-wal", "-shm")) {
        Files.deleteIfExists(data.resolve("access.db" + suffix));
      }
      Files.write(file, broken);
      assertThatIOException().isThrownBy(this::open).withMessageContaining("access.db");
      assertThat(Files.readAllBytes(file)).isEqualTo(broken);
    }

    @Test
    void noSecretStandsInItsFiles() throws Exception {
      Made made = directory.create(House.AUTHOR, House.key("a", Limits.NONE, ""));
      Made again = directory.rotate(House.AUTHOR, "a");
      directory.revoke(House.AUTHOR, "a");
      close();
      try (Stream<Path> files = Files.list(data)) {
        for (Path file : files.toList()) {
          String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
          assertThat(bytes)
              .doesNotContain(made.secret().substring(0, 24))
              .doesNotContain(made.secret().substring(24))
              .doesNotContain(again.secret().substring(24));
        }
      }
      assertThat(made.toString() + again)
          .doesNotContain(made.secret())
          .doesNotContain(again.secret());
    }
  }

  @Nested
  final class OfPostgresql extends Tests {
    private final String url = url();

    private static String url() {
      try {
        return Servers.postgresql();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    Store open() throws IOException {
      return Store.postgresql(url);
    }

    @Override
    Shelf.Kind kind() {
      return Shelf.Kind.SHARED;
    }

    @Test
    void aPasswordIsNeverSaid() {
      String away = "postgresql://tester:hunter2-secret@127.0.0.1:1/none";
      assertThatIOException()
          .isThrownBy(() -> Store.postgresql(away))
          .withMessageContaining("PostgreSQL at 127.0.0.1:1/none cannot be opened")
          .satisfies(e -> assertThat(e.toString()).doesNotContain("hunter2"));
      assertThatIOException()
          .isThrownBy(() -> Store.postgresql("mysql://u:hunter2-secret@x/y"))
          .withMessageContaining("must begin with postgresql://")
          .satisfies(e -> assertThat(e.toString()).doesNotContain("hunter2"));
    }
  }

  abstract static class Tests {
    final House.Clock clock = new House.Clock();
    private int processes;
    final Catalog catalog = House.catalog();
    final Supplier<@Nullable Catalog> source = () -> catalog;
    Shelf shelf;
    Keys keys;
    Directory directory;
    Budgets budgets;

    abstract Store open() throws IOException;

    abstract Shelf.Kind kind();

    @BeforeEach
    void start() {
      Gateway here = gateway("here");
      shelf = here.shelf;
      keys = here.keys;
      directory = here.directory;
      budgets = here.budgets;
    }

    @AfterEach
    void close() {
      shelf.close();
    }

    record Gateway(Shelf shelf, Keys keys, Directory directory, Budgets budgets) {}

    Gateway gateway(String name) {
      var its = new Shelf(kind(), this::open);
      assertThat(its.open()).as(its.trouble()).isTrue();
      var found = new Keys(its, Runnable::run, clock);
      return new Gateway(
          its,
          found,
          new Directory(its, source, clock, (names, users, _) -> found.forget(names, users)),
          new Budgets(its, Runnable::run, clock, null, writer(name)));
    }

    /** A process of a gateway; the next one is another. */
    Writer writer(String gateway) {
      return new Writer(gateway + processes++, gateway, clock.millis());
    }

    Made make(String name) throws IOException, Wrong {
      return directory.create(House.AUTHOR, House.key(name, Limits.NONE, ""));
    }

    Verdict find(String presented) {
      return keys.find(catalog, presented).join();
    }

    // ---- keys

    @Test
    void whatWasMadeIsThereAfterARestart() throws Exception {
      directory.create(
          House.AUTHOR,
          new User(
              "bob",
              "of accounting",
              true,
              new Limits(9, 8, 7),
              Budget.list("3 USD/day"),
              clock.instant()));
      var key =
          new Key(
              "alice",
              "bob",
              "default",
              List.of(Pattern.of("gpt-*"), Pattern.of("*claude*&*4*")),
              House.NOON.plus(Duration.ofDays(1)),
              true,
              new Limits(1, 2, 3),
              Budget.list("50 USD/month, 100 tokens/total"),
              List.of("a", "b c"));
      Made made = directory.create(House.AUTHOR, key);
      close();
      start();
      Opened opened = (Opened) find(made.secret());
      assertThat(opened.key()).usingRecursiveComparison().isEqualTo(key);
      assertThat(opened.user())
          .isEqualTo(
              new Holder(
                  new Scope(Kind.USER, "bob"), new Limits(9, 8, 7), Budget.list("3 USD/day")));
      assertThat(directory.key("alice"))
          .usingRecursiveComparison()
          .isEqualTo(new Entry(key, made.secret().substring(0, 14) + "…", House.NOON, null));
    }

    @Test
    void theFilesKeysNeedNoStore() {
      close();
      assertThat(((Opened) find(House.CONFIGURED)).key().name()).isEqualTo("file");
    }

    @Test
    void aChangeIsSeenAtOnce() throws Exception {
      Made made = make("a");
      assertThat(find(made.secret())).isInstanceOf(Opened.class);
      directory.change(
          House.AUTHOR,
          "a",
          key ->
              new Key(
                  key.name(),
                  null,
                  key.group(),
                  List.of(Pattern.of("m")),
                  null,
                  false,
                  key.limits(),
                  key.budgets(),
                  key.tags()));
      assertThat(find(made.secret())).isEqualTo(Refused.DISABLED);
      Made again = directory.rotate(House.AUTHOR, "a");
      assertThat(find(made.secret())).isEqualTo(Refused.UNKNOWN);
      assertThat(find(again.secret())).isEqualTo(Refused.DISABLED);
      directory.change(House.AUTHOR, "a", key -> House.key("a", Limits.NONE, ""));
      assertThat(find(again.secret())).isInstanceOf(Opened.class);
      directory.revoke(House.AUTHOR, "a");
      assertThat(find(again.secret())).isEqualTo(Refused.REVOKED);
    }

    @Test
    void aUserWhoIsDisabledTakesTheKeysAlong() throws Exception {
      directory.create(
          House.AUTHOR, new User("bob", "", true, Limits.NONE, List.of(), clock.instant()));
      Key key = House.key("a", Limits.NONE, "");
      Made made =
          directory.create(
              House.AUTHOR,
              new Key(
                  "a",
                  "bob",
                  key.group(),
                  key.models(),
                  null,
                  true,
                  key.limits(),
                  List.of(),
                  List.of()));
      assertThat(find(made.secret())).isInstanceOf(Opened.class);
      directory.changeUser(
          House.AUTHOR,
          "bob",
          user -> new User("bob", "", false, user.limits(), user.budgets(), user.created()));
      assertThat(find(made.secret())).isEqualTo(Refused.ORPHANED);
      assertThatExceptionOfType(Wrong.class)
          .isThrownBy(() -> directory.deleteUser(House.AUTHOR, "bob"))
          .withMessageContaining("owns keys");
    }

    @Test
    void whatExpiresDoesSoInMemoryToo() throws Exception {
      Key key = House.key("a", Limits.NONE, "");
      Made made =
          directory.create(
              House.AUTHOR,
              new Key(
                  "a",
                  null,
                  key.group(),
                  key.models(),
                  House.NOON.plusSeconds(10),
                  true,
                  key.limits(),
                  List.of(),
                  List.of()));
      assertThat(find(made.secret())).isInstanceOf(Opened.class);
      clock.pass(Duration.ofSeconds(10));
      assertThat(find(made.secret()))
          .isEqualTo(
              new Refused(Refused.Why.INVALID, "The API key expired at 2026-11-18T12:30:10Z."));
    }

    @Test
    void whatIsUnknownIsLookedUpOnce() throws Exception {
      var random = new SecureRandom();
      String stranger = Secret.generate(random);
      assertThat(find(stranger)).isEqualTo(Refused.UNKNOWN);
      assertThat(find("nonsense")).isEqualTo(Refused.UNKNOWN);
      assertThat(find("x".repeat(100_000))).isEqualTo(Refused.UNKNOWN);
      Made made = make("a");
      close();
      // Without a store only what is remembered can still be answered.
      assertThat(find("nonsense")).isEqualTo(Refused.UNKNOWN);
      assertThat(find(made.secret())).isEqualTo(Refused.AWAY);
      assertThat(find(Secret.generate(random))).isEqualTo(Refused.AWAY);
      start();
      assertThat(find(made.secret())).isInstanceOf(Opened.class);
    }

    @Test
    void aFloodOfUnknownKeysIsBounded() throws Exception {
      var tasks = new ArrayList<Runnable>();
      keys = new Keys(shelf, tasks::add, clock);
      var random = new SecureRandom();
      int busy = 0;
      for (int i = 0; i < 2_000; i++) {
        var answer = keys.find(catalog, Secret.generate(random));
        busy += answer.isDone() && answer.join().equals(Refused.BUSY) ? 1 : 0;
      }
      assertThat(tasks).hasSize(1_024);
      assertThat(busy).isEqualTo(2_000 - 1_024);
      tasks.forEach(Runnable::run);
      assertThat(keys.find(catalog, Secret.generate(random))).isNotDone();
    }

    @Test
    void anotherGatewayHearsOfIt() throws Exception {
      Gateway there = gateway("there");
      try (var access = new Forgetful(there)) {
        Made made = make("a");
        access.look();
        assertThat(there.keys.find(catalog, made.secret()).join()).isInstanceOf(Opened.class);
        directory.revoke(House.AUTHOR, "a");
        access.look();
        assertThat(there.keys.find(catalog, made.secret()).join()).isEqualTo(Refused.REVOKED);
      }
    }

    /** What {@link Access} does every second. */
    private record Forgetful(Gateway gateway) implements AutoCloseable {
      void look() throws IOException {
        var names = new HashSet<String>();
        gateway.directory.since(0).forEach(note -> names.add(note.target()));
        gateway.keys.forget(names, new HashSet<>());
      }

      @Override
      public void close() {
        gateway.shelf.close();
      }
    }

    @Test
    void whatCannotBeIsSaid() throws Exception {
      make("a");
      directory.revoke(House.AUTHOR, "a");
      record Case(String said, Callable<?> change) {}
      var key = House.key("b", Limits.NONE, "");
      for (Case wrong :
          List.of(
              new Case("was revoked; choose another", () -> make("a")),
              new Case("was revoked at 2026-11-18", () -> directory.revoke(House.AUTHOR, "a")),
              new Case("was revoked at", () -> directory.rotate(House.AUTHOR, "a")),
              new Case("There is no key 'z'", () -> directory.revoke(House.AUTHOR, "z")),
              new Case("stands in the configuration", () -> directory.revoke(House.AUTHOR, "file")),
              new Case("in the configuration; choose another", () -> make("file")),
              new Case("A name has 1 to 100", () -> make("a b")),
              new Case("A name has 1 to 100", () -> make("")),
              new Case(
                  "There is no group 'none'",
                  () -> directory.create(House.AUTHOR, with(key, null, "none", "*"))),
              new Case(
                  "There is no user 'nobody'",
                  () -> directory.create(House.AUTHOR, with(key, "nobody", "default", "*"))),
              new Case(
                  "control character",
                  () -> directory.create(House.AUTHOR, with(key, null, "default", "a\nb"))),
              new Case(
                  "There is no group 'g'",
                  () -> directory.limit(House.AUTHOR, "g", Limits.NONE, List.of())))) {
        assertThatExceptionOfType(Wrong.class)
            .as(wrong.said)
            .isThrownBy(wrong.change::call)
            .withMessageContaining(wrong.said);
      }
      assertThat(directory.audit(Long.MAX_VALUE, 100)).hasSize(2);
    }

    private static Key with(Key key, @Nullable String owner, String group, String model) {
      return new Key(
          key.name(),
          owner,
          group,
          List.of(Pattern.of(model)),
          null,
          true,
          key.limits(),
          key.budgets(),
          key.tags());
    }

    @Test
    void listsGoOnWhereTheyEnded() throws Exception {
      for (int i = 0; i < 25; i++) {
        make("k%02d".formatted(i));
      }
      var names = new ArrayList<String>();
      String after = "";
      for (List<Entry> page = directory.keys(null, null, after, 10);
          !page.isEmpty();
          page = directory.keys(null, null, after, 10)) {
        page.forEach(entry -> names.add(entry.key().name()));
        after = names.getLast();
      }
      assertThat(names).hasSize(25).isSorted().doesNotHaveDuplicates();
      assertThat(directory.keys("bob", null, "", 10)).isEmpty();
      assertThat(directory.keys(null, "default", "", 10)).hasSize(10);
    }

    @Test
    void everyChangeIsNoted() throws Exception {
      make("a");
      directory.change(House.AUTHOR, "a", key -> House.key("a", new Limits(1, 0, 0), "5 USD/day"));
      clock.pass(Duration.ofSeconds(1));
      directory.revoke(new Directory.Author("ops", "10.0.0.7"), "a");
      directory.limit(House.AUTHOR, "default", new Limits(7, 0, 0), List.of());
      List<Note> notes = directory.audit(Long.MAX_VALUE, 10);
      assertThat(notes)
          .extracting(Note::revision, Note::actor, Note::action, Note::kind, Note::target)
          .containsExactly(
              tuple(4L, "root", "change", "group", "default"),
              tuple(3L, "ops", "revoke", "key", "a"),
              tuple(2L, "root", "change", "key", "a"),
              tuple(1L, "root", "create", "key", "a"));
      assertThat(notes.get(1))
          .isEqualTo(
              new Note(3, House.NOON.plusSeconds(1), "ops", "10.0.0.7", "revoke", "key", "a", ""));
      assertThat(notes.get(2).detail()).contains("budgets: [] → [5 USD/day]").contains("rpm=1");
      assertThat(directory.since(2)).extracting(Note::revision).containsExactly(3L, 4L);
      assertThat(directory.groups())
          .containsExactly(
              new Holder(new Scope(Kind.GROUP, "default"), new Limits(7, 0, 0), List.of()));
    }

    @Test
    void changesOfManyAtOnceAreAllThereInOrder() throws Exception {
      try (var threads = Executors.newFixedThreadPool(8)) {
        var makes = new ArrayList<Callable<Made>>();
        for (int i = 0; i < 40; i++) {
          String name = "k" + i;
          makes.add(() -> make(name));
        }
        for (Future<Made> made : threads.invokeAll(makes)) {
          assertThat(find(made.get().secret())).isInstanceOf(Opened.class);
        }
      }
      assertThat(directory.audit(Long.MAX_VALUE, 100)).hasSize(40);
      assertThat(directory.revision()).isEqualTo(40);
    }

    @Test
    void aNewerStoreIsLeftAlone() throws Exception {
      shelf
          .store()
          .write(
              c -> {
                try (var statement = c.createStatement()) {
                  statement.execute("INSERT INTO migration (version, applied) VALUES (99, 0)");
                }
                return true;
              });
      assertThatIOException()
          .isThrownBy(this::open)
          .withMessageContaining("made by a newer Sluice");
    }

    // ---- budgets

    private Opened spender(String budget) {
      return new Opened(House.key("spender", Limits.NONE, budget), null);
    }

    private void spend(Budgets at, String budget, double usd) {
      ((Reservation) at.reserve(spender(budget), Amount.of(1, usd)).join())
          .settle(Amount.of(1, usd));
    }

    private OverBudget over(Budgets at, String budget) {
      return (OverBudget) at.reserve(spender(budget), Amount.of(1, 0.01)).join();
    }

    @Test
    void whatWasSpentIsThereAfterARestart() {
      spend(budgets, "1 USD/day", 0.4);
      spend(budgets, "1 USD/day", 0.6);
      budgets.flush();
      close();
      start();
      assertThat(over(budgets, "1 USD/day").spent()).isEqualTo(Budget.NANOS);
      clock.pass(Duration.ofHours(12));
      spend(budgets, "1 USD/day", 0.1);
      assertThat(over(budgets, "1.1 USD/week").spent()).isEqualTo(Budget.NANOS * 11 / 10);
    }

    @Test
    void aBatchCountsOnceHoweverOftenItIsWritten() throws Exception {
      var scope = new Scope(Kind.KEY, "k");
      long noon = House.NOON.toEpochMilli();
      Writer here = writer("here");
      var batch =
          new Budgets.Batch(1, Map.of(scope, List.of(new Slice(noon, noon, Amount.of(3, 2)))));
      Store store = shelf.store();
      for (int i = 0; i < 3; i++) {
        Map<Scope, Spent> bases =
            store.write(c -> Spending.write(c, store.dialect(), here, batch, noon));
        assertThat(bases).containsKey(scope);
        assertThat(bases.getOrDefault(scope, Spent.NOTHING).in(Span.DAY, House.NOON.toEpochMilli()))
            .isEqualTo(Amount.of(3, 2));
      }
      store.write(c -> Spending.write(c, store.dialect(), writer("there"), batch, noon));
      assertThat(budgets.spent(scope).get(Span.TOTAL)).isEqualTo(Amount.of(6, 4));
    }

    @Test
    void gatewaysSpendFromOneBudget() throws Exception {
      Gateway there = gateway("there");
      try {
        spend(budgets, "1 USD/day", 0.5);
        spend(there.budgets, "1 USD/day", 0.5);
        budgets.flush();
        there.budgets.flush();
        clock.pass(Duration.ofSeconds(3));
        if (kind() == Shelf.Kind.SHARED) {
          assertThat(over(budgets, "1 USD/day").spent()).isEqualTo(Budget.NANOS);
        }
        assertThat(over(there.budgets, "1 USD/day").spent()).isEqualTo(Budget.NANOS);
      } finally {
        there.shelf.close();
      }
    }

    @Test
    void gatewaysThatWriteAtOnceLoseNothing() throws Exception {
      var scope = new Scope(Kind.KEY, "spender");
      try (var threads = Executors.newFixedThreadPool(4)) {
        var writes = new ArrayList<Callable<Boolean>>();
        var others = new ArrayList<Gateway>();
        for (int g = 0; g < 4; g++) {
          Gateway other = gateway("gateway" + g);
          others.add(other);
          writes.add(
              () -> {
                for (int i = 0; i < 25; i++) {
                  spend(other.budgets, "", 0.01);
                  other.budgets.flush();
                }
                return true;
              });
        }
        for (Future<Boolean> write : threads.invokeAll(writes)) {
          write.get(30, TimeUnit.SECONDS);
        }
        others.forEach(other -> other.shelf.close());
      }
      assertThat(budgets.spent(scope).get(Span.TOTAL)).isEqualTo(Amount.of(100, 1));
    }

    @Test
    void whatIsSpentWhileTheStoreIsAwayIsWrittenLater() throws Exception {
      var there = new AtomicBoolean();
      var late =
          new Shelf(
              kind(),
              () -> {
                if (there.get()) {
                  return open();
                }
                throw new IOException("away");
              });
      assertThat(late.open()).isFalse();
      assertThat(late.trouble()).isEqualTo("away");
      var its = new Budgets(late, Runnable::run, clock, null, writer("late"));
      spend(its, "1 USD/day", 0.5);
      its.flush();
      clock.pass(Duration.ofHours(12));
      spend(its, "1 USD/day", 0.25);
      there.set(true);
      assertThat(late.open()).isTrue();
      its.flush();
      late.close();
      Map<Span, Amount> spent = budgets.spent(new Scope(Kind.KEY, "spender"));
      assertThat(spent.get(Span.DAY)).isEqualTo(Amount.of(1, 0.25));
      assertThat(spent.get(Span.WEEK)).isEqualTo(Amount.of(2, 0.75));
    }

    private static final Scope SPENDER = new Scope(Kind.KEY, "spender");

    /** What the request log has of requests of a span of hours: the first begins at noon. */
    private static Map<Instant, Amount> logged(double... usd) {
      var hours = new HashMap<Instant, Amount>();
      Instant hour = House.NOON.truncatedTo(ChronoUnit.HOURS);
      for (double one : usd) {
        hours.put(hour, Amount.of(Math.round(one * 10), one));
        hour = hour.plus(Duration.ofHours(1));
      }
      return hours;
    }

    private Amount spent(Span span) throws IOException {
      return budgets.spent(SPENDER).getOrDefault(span, Amount.NONE);
    }

    private void spend(Budgets at, double usd) {
      ((Reservation) at.reserve(spender("9 USD/day"), Amount.of(9, usd)).join())
          .settle(Amount.of(Math.round(usd * 10), usd), clock.instant());
    }

    /** As after {@code kill -9}: what was not written is gone. */
    private void killed() {
      clock.pass(Duration.ofSeconds(1));
      close();
      start();
    }

    @Test
    void whatWasLostWithAProcessIsMadeUpForOnce() throws Exception {
      spend(budgets, 0.1);
      budgets.flush();
      spend(budgets, 0.2);
      killed();
      // The next one spends before the log answers, and so does another gateway.
      spend(budgets, 0.4);
      budgets.flush();
      spend(budgets, 0.8);
      Gateway there = gateway("there");
      spend(there.budgets, 1.6);
      there.budgets.flush();
      there.shelf.close();
      assertThat(budgets.lost(null))
          .isEqualTo(new Budgets.Lost(House.NOON, House.NOON.plus(Duration.ofSeconds(1))));
      for (int i = 0; i < 2; i++) {
        budgets.makeUp(SPENDER, logged(0.3));
        budgets.flush();
        assertThat(spent(Span.DAY)).isEqualTo(Amount.of(31, 3.1));
      }
      // A stream that goes on is told later, and another process is killed before it has written.
      spend(budgets, 3.2);
      killed();
      budgets.makeUp(SPENDER, logged(0.3 + 0.4 + 0.8 + 3.2 + 0.05));
      assertThat(spent(Span.DAY)).isEqualTo(Amount.of(63 + 1, 6.35));
      assertThat(spent(Span.TOTAL)).isEqualTo(Amount.of(63 + 1, 6.35));
      assertThat(over(budgets, "6.35 USD/day").spent()).isEqualTo(Budget.NANOS * 635 / 100);
    }

    @Test
    void requestsOfOneHourMayEndInTwo() throws Exception {
      Instant began = clock.instant();
      for (int i = 0; i < 2; i++) {
        ((Reservation) budgets.reserve(spender(""), Amount.of(1, 0.1)).join())
            .settle(Amount.of(1, 0.1), began);
        clock.pass(Duration.ofHours(1));
      }
      budgets.flush();
      assertThat(shelf.trouble()).isNull();
      killed();
      assertThat(spent(Span.DAY)).isEqualTo(Amount.of(2, 0.2));
      budgets.makeUp(SPENDER, logged(0.2));
      assertThat(spent(Span.DAY)).isEqualTo(Amount.of(2, 0.2));
    }

    @Test
    void whatWasLostCountsInItsOwnTime() throws Exception {
      spend(budgets, 0.1);
      budgets.flush();
      clock.pass(Duration.ofHours(11));
      spend(budgets, 0.2);
      clock.pass(Duration.ofHours(2));
      killed();
      // The day is over in which it was lost.
      Instant late = House.NOON.plus(Duration.ofHours(11));
      assertThat(budgets.lost(null).from()).isEqualTo(House.NOON);
      budgets.makeUp(SPENDER, Map.of(late.truncatedTo(ChronoUnit.HOURS), Amount.of(2, 0.2)));
      assertThat(spent(Span.DAY)).isEqualTo(Amount.NONE);
      assertThat(spent(Span.WEEK)).isEqualTo(Amount.of(3, 0.3));
    }

    @Test
    void whatIsAskedOfTheLogIsWhatMayBeMissing() throws Exception {
      assertThat(budgets.lost(null)).isEqualTo(new Budgets.Lost(House.NOON, House.NOON));
      spend(budgets, 0.1);
      clock.pass(Duration.ofHours(5));
      budgets.flush();
      killed();
      Instant four = House.NOON.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(4));
      assertThat(budgets.lost(null).from()).isEqualTo(four);
      assertThat(budgets.lost(four.minusSeconds(1)).from())
          .isEqualTo(four.minus(Duration.ofHours(1)));
      assertThat(budgets.lost(Instant.EPOCH).from()).isEqualTo(House.NOON);
      clock.pass(Duration.ofDays(3));
      assertThat(budgets.lost(Instant.EPOCH).from())
          .isEqualTo(House.NOON.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(53)));
    }
  }
}
