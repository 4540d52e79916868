package dev.sluice.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real files. */
final class SpoolTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Made.NOON);

  @TempDir Path folder = Path.of("");

  private Spool open(long segmentBytes) throws IOException {
    return Spool.open(folder, Made.quick(segmentBytes, 1L << 30), CLOCK);
  }

  private static List<RequestRecord> made(long from, long to) {
    return LongStream.range(from, to).mapToObj(n -> Made.request(n, Made.NOON)).toList();
  }

  private static List<RequestRecord> all(Spool.Reader reader) throws IOException {
    var all = new ArrayList<RequestRecord>();
    for (var some = reader.next(7); !some.isEmpty(); some = reader.next(7)) {
      some.forEach(numbered -> all.add(numbered.record()));
    }
    return all;
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".spool")).sorted().toList();
    }
  }

  @Test
  void whatIsAppendedIsReadInItsOrderOverSegmentsAndRestarts() throws Exception {
    try (Spool spool = open(2_000)) {
      for (int i = 0; i < 50; i += 5) {
        spool.append(made(i, i + 5));
      }
      try (Spool.Reader reader = spool.reader(0)) {
        assertThat(all(reader)).isEqualTo(made(0, 50));
        spool.append(made(50, 51));
        assertThat(reader.behind()).isPositive();
        assertThat(all(reader)).isEqualTo(made(50, 51));
        assertThat(reader.behind()).isZero();
      }
    }
    assertThat(segments()).hasSizeGreaterThan(5);
    try (Spool spool = open(2_000)) {
      spool.append(made(51, 60));
      try (Spool.Reader reader = spool.reader(0)) {
        assertThat(all(reader)).isEqualTo(made(0, 60));
        assertThat(reader.unreadable()).isZero();
      }
    }
  }

  @Test
  void numbersGrowEvenWhereTheFolderWasEmptied() throws Exception {
    long last;
    try (Spool spool = open(1 << 20);
        Spool.Reader reader = spool.reader(0)) {
      spool.append(made(0, 3));
      last = reader.next(3).getLast().number();
    }
    for (Path segment : segments()) {
      Files.delete(segment);
    }
    InstantSource later = InstantSource.fixed(Made.NOON.plusSeconds(1));
    try (Spool spool = Spool.open(folder, Made.quick(1 << 20, 1), later);
        Spool.Reader reader = spool.reader(last)) {
      spool.append(made(3, 4));
      assertThat(all(reader)).isEqualTo(made(3, 4));
    }
  }

  @Test
  void aReaderBeginsAfterANumberAndRemovesWhatIsBehind() throws Exception {
    try (Spool spool = open(1_000)) {
      for (int i = 0; i < 20; i++) {
        spool.append(made(i, i + 1));
      }
      long tenth;
      try (Spool.Reader reader = spool.reader(0)) {
        tenth = reader.next(10).getLast().number();
        assertThat(all(reader)).hasSize(10);
      }
      int before = segments().size();
      spool.remove(tenth);
      assertThat(segments()).hasSizeBetween(1, before - 1);
      try (Spool.Reader reader = spool.reader(tenth)) {
        assertThat(all(reader)).isEqualTo(made(10, 20));
      }
    }
  }

  @Test
  void aTornTailIsPassedOverWhereverItIsTorn() throws Exception {
    try (Spool spool = open(1 << 20)) {
      spool.append(made(0, 3));
    }
    Path segment = segments().getFirst();
    byte[] whole = Files.readAllBytes(segment);
    for (int length = 8; length < whole.length; length += 13) {
      Files.write(segment, java.util.Arrays.copyOf(whole, length));
      try (Spool spool = open(1 << 20)) {
        spool.append(made(90, 92));
        try (Spool.Reader reader = spool.reader(0)) {
          List<RequestRecord> read = all(reader);
          assertThat(read.subList(read.size() - 2, read.size())).isEqualTo(made(90, 92));
          assertThat(read.subList(0, read.size() - 2))
              .isEqualTo(made(0, read.size() - 2))
              .hasSizeLessThan(3);
          assertThat(reader.unreadable()).isZero();
        }
      }
      for (Path other : segments()) {
        if (!other.equals(segment)) {
          Files.delete(other);
        }
      }
    }
  }

  @Test
  void damageInTheMidstCostsTheRecordThatItHits() throws Exception {
    try (Spool spool = open(1 << 20)) {
      spool.append(made(0, 9));
    }
    try (FileChannel file = FileChannel.open(segments().getFirst(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {9, 9, 9, 9, 9, 9}), 40);
    }
    try (Spool spool = open(1 << 20);
        Spool.Reader reader = spool.reader(0)) {
      assertThat(all(reader)).isEqualTo(made(1, 9));
      assertThat(reader.unreadable()).isEqualTo(1);
    }
  }

  @Test
  void oneProcessHasIt() throws Exception {
    try (Spool _ = open(1_000)) {
      assertThatThrownBy(() -> open(1_000)).hasMessageContaining("another process writes there");
    }
  }

  @Test
  void whatIsTooLongIsCut() throws Exception {
    RequestRecord usual = Made.request(1, Made.NOON);
    AttemptRecord attempt =
        LongStream.range(0, 9)
            .boxed()
            .flatMap(n -> Made.request(n, Made.NOON).attempts().stream())
            .findFirst()
            .orElseThrow();
    var long_ =
        new RequestRecord(
            usual.id(),
            usual.began(),
            usual.key(),
            usual.group(),
            usual.protocol(),
            usual.endpoint(),
            "m".repeat(5_000_000),
            false,
            "",
            200,
            "released",
            Settlement.COMPLETE,
            -1,
            5,
            Tokens.NONE,
            0,
            0,
            java.util.Collections.nCopies(1_000, "l".repeat(5_000)),
            "[" + " ".repeat(5_000_000) + "]",
            java.util.Collections.nCopies(1_000, attempt));
    try (Spool spool = open(1 << 20);
        Spool.Reader reader = spool.reader(0)) {
      RequestRecord heavy =
          usual.with(new Bodies("\u20ac".repeat(Bodies.MOST), "a".repeat(5_000_000)));
      spool.append(List.of(long_, heavy, usual));
      List<RequestRecord> read = all(reader);
      assertThat(read.get(1).bodies())
          .isEqualTo(new Bodies("\u20ac".repeat(Bodies.MOST), "a".repeat(Bodies.MOST)));
      assertThat(read.getFirst().model()).hasSize(1_024);
      assertThat(read.getFirst().losses()).hasSize(64);
      assertThat(read.getFirst().attempts()).hasSize(64);
      assertThat(read.getFirst().decisions())
          .isEqualTo("\"5000002 characters are too long to be kept\"");
      assertThat(read.getLast()).isEqualTo(usual);
    }
  }
}
