package dev.sluice.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real file of SQLite. */
final class HistoryTest {
  private static final Bounds WIDE = new Bounds(true, Duration.ofDays(30), 1L << 30);

  @TempDir Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Entry.Kept kept(String key, String id) {
    return new Entry.Kept(key, id, bytes("{\"id\":\"" + id + "\"}"), bytes("[]"));
  }

  private static Entry.Kept large(String id, int size) {
    return new Entry.Kept("k", id, new byte[size], bytes("[]"));
  }

  private History open(Bounds bounds) {
    return History.open(folder, () -> bounds, InstantSource.system());
  }

  private static void settle(History history) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (history.waiting() > 0 && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    assertThat(history.waiting()).isZero();
  }

  @Test
  void whatIsPutIsFoundAtOnceAndAfterARestart() throws Exception {
    try (History history = open(WIDE)) {
      history.put(kept("k", "resp_1"));
      history.put(new Entry.Elsewhere("k", "resp_2", "channel", "account"));
      assertThat(history.find("k", "resp_1")).isInstanceOf(Entry.Kept.class);
      settle(history);
      assertThat(history.find("k", "resp_1")).isInstanceOf(Entry.Kept.class);
      assertThat(history.state().trouble()).isNull();
    }
    try (History history = open(WIDE)) {
      assertThat(history.find("k", "resp_1"))
          .isInstanceOfSatisfying(
              Entry.Kept.class,
              entry -> {
                assertThat(entry.response()).isEqualTo(bytes("{\"id\":\"resp_1\"}"));
                assertThat(entry.input()).isEqualTo(bytes("[]"));
              });
      assertThat(history.find("k", "resp_2"))
          .isEqualTo(new Entry.Elsewhere("k", "resp_2", "channel", "account"));
      assertThat(history.state().bytes()).isPositive();
      assertThat(history.state().place()).isEqualTo(folder.toString());
    }
  }

  @Test
  void anotherKeyFindsNothing() throws Exception {
    try (History history = open(WIDE)) {
      history.put(kept("k", "resp_1"));
      assertThat(history.find("other", "resp_1")).isNull();
      settle(history);
      assertThat(history.find("other", "resp_1")).isNull();
      assertThat(history.forget("other", "resp_1")).isTrue();
      settle(history);
      assertThat(history.find("k", "resp_1")).isNotNull();
    }
  }

  @Test
  void whatIsForgottenIsGoneAtOnceAndForGood() throws Exception {
    try (History history = open(WIDE)) {
      history.put(kept("k", "resp_1"));
      settle(history);
      assertThat(history.forget("k", "resp_1")).isTrue();
      assertThat(history.find("k", "resp_1")).isNull();
    }
    try (History history = open(WIDE)) {
      assertThat(history.find("k", "resp_1")).isNull();
      assertThat(history.state().bytes()).isZero();
    }
  }

  @Test
  void whatIsTooOldIsNotFoundAndThenDeleted() throws Exception {
    var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    var bounds = new Bounds(true, Duration.ofHours(1), 1L << 30);
    try (History history = History.open(folder, () -> bounds, now::get)) {
      history.put(kept("k", "resp_1"));
      settle(history);
      now.set(now.get().plus(Duration.ofMinutes(59)));
      assertThat(history.find("k", "resp_1")).isNotNull();
      now.set(now.get().plus(Duration.ofMinutes(2)));
      assertThat(history.find("k", "resp_1")).isNull();
      history.put(new Entry.Elsewhere("k", "resp_2", "c", "a"));
      settle(history);
      long one = history.state().bytes();
      now.set(now.get().plus(Duration.ofMinutes(61)));
      history.put(new Entry.Elsewhere("k", "resp_3", "c", "a"));
      settle(history);
      assertThat(history.state().bytes()).isEqualTo(one);
    }
  }

  @Test
  void theOldestGoFirst() throws Exception {
    try (History history = open(new Bounds(true, Duration.ofDays(30), 1 << 20))) {
      for (int i = 0; i < 20; i++) {
        history.put(large("resp_" + i, 100_000));
        settle(history);
      }
      assertThat(history.state().bytes()).isBetween(900_000L, 1L << 20);
      assertThat(history.find("k", "resp_0")).isNull();
      assertThat(history.find("k", "resp_9")).isNull();
      assertThat(history.find("k", "resp_10")).isNotNull();
      assertThat(history.find("k", "resp_19")).isNotNull();
      assertThat(history.state().lost()).isZero();
    }
  }

  @Test
  void aPutInPlaceOfAnotherCountsOnce() throws Exception {
    try (History history = open(WIDE)) {
      history.put(large("resp_1", 1000));
      settle(history);
      long once = history.state().bytes();
      history.put(large("resp_1", 1000));
      settle(history);
      assertThat(history.state().bytes()).isEqualTo(once);
    }
  }

  @Test
  void whatIsTooLargeIsLostAndSaid() throws Exception {
    try (History history = open(WIDE)) {
      history.put(large("resp_1", Bounds.EACH));
      assertThat(history.find("k", "resp_1")).isNull();
      assertThat(history.state().lost()).isEqualTo(1);
    }
  }

  @Test
  void moreThanTheQueueTakesIsLostAndNobodyWaits() throws Exception {
    try (History history = open(WIDE)) {
      long begin = System.nanoTime();
      for (int i = 0; i < 200; i++) {
        history.put(large("resp_" + i, 3 << 20));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      assertThat(history.state().lost()).isPositive();
      settle(history);
      assertThat(history.find("k", "resp_0")).isNotNull();
    }
  }

  @Test
  void contentsAreNotKeptWhereTheyShallNotBe() throws Exception {
    try (History history = open(new Bounds(false, Duration.ofDays(30), 1L << 30))) {
      assertThat(history.keeps()).isFalse();
      history.put(kept("k", "resp_1"));
      history.put(new Entry.Elsewhere("k", "resp_2", "c", "a"));
      assertThat(history.find("k", "resp_1")).isNull();
      assertThat(history.find("k", "resp_2")).isNotNull();
    }
  }

  @Test
  void aBrokenFileIsSetAside() throws Exception {
    try (History history = open(WIDE)) {
      for (int i = 0; i < 200; i++) {
        history.put(large("resp_" + i, 5000));
      }
      settle(history);
    }
    Path file = folder.resolve("responses.db");
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.position(8192);
      channel.write(ByteBuffer.wrap(new byte[100_000]));
    }
    try (History history = open(WIDE)) {
      assertThat(history.find("k", "resp_1")).isNull();
      history.put(kept("k", "resp_new"));
      settle(history);
      assertThat(history.state().trouble()).isNull();
    }
    assertThat(folder.resolve("responses.db.broken")).exists();
    Files.writeString(file, "this is no database, whatever its name says; ".repeat(100));
    try (History history = open(WIDE)) {
      assertThat(history.find("k", "resp_new")).isNull();
      assertThat(history.state().trouble()).isNull();
    }
    assertThat(Files.readString(folder.resolve("responses.db.broken"))).startsWith("this is no");
  }

  @Test
  void onlyTheOwnerMayReadIt() throws Exception {
    try (History history = open(WIDE)) {
      history.put(kept("k", "resp_1"));
      settle(history);
      try (var files = Files.list(folder)) {
        assertThat(files.toList())
            .isNotEmpty()
            .allSatisfy(
                file ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------"));
      }
    }
  }

  @Test
  void withoutAFolderItIsInMemory() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (History none = History.open(null, () -> WIDE, InstantSource.system());
        History wrong = History.open(file.resolve("below"), () -> WIDE, InstantSource.system())) {
      for (History history : List.of(none, wrong)) {
        history.put(kept("k", "resp_1"));
        settle(history);
        assertThat(history.find("k", "resp_1")).isNotNull();
        assertThat(history.state().place()).isEqualTo("memory");
      }
      assertThat(none.state().trouble()).isNull();
      assertThat(wrong.state().trouble()).contains("below");
    }
  }

  /** Puts without end, and says after each batch how far it is for certain. */
  static final class Writing {
    private Writing() {}

    public static void main(String[] arguments) throws Exception {
      try (History history =
          History.open(Path.of(arguments[0]), () -> WIDE, InstantSource.system())) {
        int from = Integer.parseInt(arguments[1]);
        for (int i = from; ; i++) {
          history.put(large("resp_" + i, 20_000));
          if (i % 10 == 9) {
            settle(history);
            System.out.println("known " + i);
            System.out.flush();
          }
        }
      }
    }
  }

  @Test
  void aWriterThatIsKilledHarmsNothing() throws Exception {
    int known = -1;
    for (int round = 0; round < 4; round++) {
      Process writing =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writing.class.getName(),
                  folder.toString(),
                  Integer.toString(known + 1))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      var said = new ArrayList<String>();
      try (var reader = writing.inputReader()) {
        while (said.size() < 5 + round) {
          String line = reader.readLine();
          if (line == null) {
            throw new IOException("the writing process ended by itself");
          }
          if (line.startsWith("known ")) {
            said.add(line.substring("known ".length()));
          }
        }
        Thread.sleep(round * 3L);
        writing.destroyForcibly().waitFor();
      }
      known = Integer.parseInt(said.getLast());
      try (History history = open(WIDE)) {
        assertThat(history.state().place()).isEqualTo(folder.toString());
        for (int i = 0; i <= known; i++) {
          assertThat(history.find("k", "resp_" + i)).as("resp_%s", i).isNotNull();
        }
      }
      assertThat(folder.resolve("responses.db.broken")).doesNotExist();
    }
  }

  /** Puts until the disk takes no more, and says how it stands then. */
  static final class Filling {
    private Filling() {}

    public static void main(String[] arguments) throws Exception {
      try (History history =
          History.open(Path.of(arguments[0]), () -> WIDE, InstantSource.system())) {
        int i = 0;
        while (history.state().trouble() == null && i < 1000) {
          history.put(large("resp_" + i++, 100_000));
          settle(history);
        }
        System.out.println("trouble " + history.state().trouble());
        System.out.println("lost " + history.state().lost());
        System.out.println("first " + (history.find("k", "resp_0") != null));
        System.out.println("last " + (history.find("k", "resp_" + (i - 1)) != null));
      }
    }
  }

  @Test
  void aDiskThatIsFullLosesWhatDoesNotFitAndHarmsNothing() throws Exception {
    Process filling =
        new ProcessBuilder(
                "bash",
                "-c",
                "ulimit -f 3000; exec \"$@\"",
                "filling",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Filling.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> said;
    try (var reader = filling.inputReader()) {
      said = reader.lines().toList();
    }
    assertThat(filling.waitFor()).isZero();
    assertThat(said).contains("lost 1", "first true", "last false");
    assertThat(said).anyMatch(line -> line.startsWith("trouble they cannot be written"));
    try (History history = open(WIDE)) {
      assertThat(history.find("k", "resp_0")).isNotNull();
      history.put(kept("k", "resp_new"));
      settle(history);
      assertThat(history.state().trouble()).isNull();
    }
    assertThat(folder.resolve("responses.db.broken")).doesNotExist();
  }
}
