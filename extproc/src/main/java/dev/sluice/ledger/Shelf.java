package dev.sluice.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The Parquet files: {@code <table>/day=<date>/<from>-<to>.parquet}, where {@code from} and {@code
 * to} are the numbers of the first and the last request in them. A change is prepared in a folder
 * beside them, takes effect by renaming that folder, and is then carried out; one that a crash has
 * interrupted is carried out at the next start.
 *
 * <p>For one thread, but for {@link #files}.
 */
final class Shelf {
  private static final String PREPARED = "change";
  private static final String DECIDED = "change.decided";
  private static final String PLACED = "placed";
  private static final String REMOVED = "removed";
  private static final String DAY = "day=";

  private final Path folder;
  private volatile Map<Table, TreeMap<LocalDate, List<Path>>> files = Map.of();

  private Shelf(Path folder) {
    this.folder = folder;
  }

  /** Opens the folder, which is made where there is none, and ends what a crash interrupted. */
  static Shelf open(Path folder) throws IOException {
    Files.createDirectories(folder);
    var shelf = new Shelf(folder);
    delete(folder.resolve(PREPARED));
    if (Files.exists(folder.resolve(DECIDED))) {
      shelf.carryOut();
    } else {
      shelf.look();
    }
    return shelf;
  }

  /** The files of a table, by day. Not to be changed. */
  NavigableMap<LocalDate, List<Path>> files(Table table) {
    return files.getOrDefault(table, new TreeMap<>());
  }

  /** The greatest number of a request in here; 0: there is none. */
  long last() {
    return files.values().stream()
        .flatMap(days -> days.values().stream())
        .flatMap(Collection::stream)
        .mapToLong(file -> Span.of(file).to())
        .max()
        .orElse(0);
  }

  /**
   * What a file's name says.
   *
   * @param from the first number
   * @param to the last
   */
  record Span(long from, long to) {
    static Span of(Path file) {
      String name = file.getFileName().toString();
      int dash = name.indexOf('-');
      return new Span(
          Long.parseLong(name.substring(0, dash)),
          Long.parseLong(name.substring(dash + 1, name.indexOf('.'))));
    }

    /** From the first of these to their last. */
    static Span over(List<Path> files) {
      return new Span(
          files.stream().mapToLong(file -> of(file).from()).min().orElse(0),
          files.stream().mapToLong(file -> of(file).to()).max().orElse(0));
    }

    @Override
    public String toString() {
      return "%020d-%020d.parquet".formatted(from, to);
    }
  }

  // ---- changing

  /** Begins a change. */
  void prepare() throws IOException {
    delete(folder.resolve(PREPARED));
    Files.createDirectories(folder.resolve(PREPARED).resolve(PLACED));
  }

  /** Where a file is to be written that this change brings. */
  Path place(Table table, LocalDate day, Span span) throws IOException {
    Path at = folder.resolve(PREPARED).resolve(PLACED).resolve(table.folder()).resolve(DAY + day);
    Files.createDirectories(at);
    return at.resolve(span.toString());
  }

  /**
   * Makes the change certain: it is on the disk, and whatever happens now, it is carried out.
   *
   * @param removed what this change takes away
   */
  void decide(List<Path> removed) throws IOException {
    Path prepared = folder.resolve(PREPARED);
    Files.write(
        prepared.resolve(REMOVED),
        removed.stream().map(file -> folder.relativize(file).toString()).toList(),
        StandardCharsets.UTF_8);
    for (Path path : all(prepared, _ -> true)) {
      sync(path);
    }
    Files.move(prepared, folder.resolve(DECIDED), StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
  }

  /** Carries it out; it may be asked again after a failure. */
  void carryOut() throws IOException {
    Path decided = folder.resolve(DECIDED);
    for (String name : Files.readAllLines(decided.resolve(REMOVED), StandardCharsets.UTF_8)) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Path placed = decided.resolve(PLACED);
    for (Path file : all(placed, Files::isRegularFile)) {
      Path to = folder.resolve(placed.relativize(file).toString());
      Path day = to.getParent();
      if (day != null) {
        Files.createDirectories(day);
        Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
        sync(day);
        sync(day.resolve(".."));
      }
    }
    sync(folder);
    look();
    // It is over when it has lost its name; what a crash leaves of it then is thrown away.
    Files.move(decided, folder.resolve(PREPARED), StandardCopyOption.ATOMIC_MOVE);
    delete(folder.resolve(PREPARED));
  }

  /** Removes the days before this one; whether there were any. */
  boolean forget(LocalDate day) throws IOException {
    boolean any = false;
    for (TreeMap<LocalDate, List<Path>> days : files.values()) {
      for (List<Path> old : days.headMap(day).values()) {
        for (Path file : old) {
          Files.deleteIfExists(file);
          any = true;
        }
        Path empty = old.getFirst().getParent();
        if (empty != null) {
          delete(empty);
        }
      }
    }
    if (any) {
      look();
    }
    return any;
  }

  private void look() throws IOException {
    var found = new EnumMap<Table, TreeMap<LocalDate, List<Path>>>(Table.class);
    for (Table table : Table.values()) {
      var days = new TreeMap<LocalDate, List<Path>>();
      Path at = folder.resolve(table.folder());
      if (Files.isDirectory(at)) {
        for (Path file :
            all(at, f -> f.getFileName().toString().matches("\\d{20}-\\d{20}\\.parquet"))) {
          Path day = file.getParent();
          if (day != null) {
            days.computeIfAbsent(
                    LocalDate.parse(day.getFileName().toString().substring(DAY.length())),
                    _ -> new ArrayList<>())
                .add(file);
          }
        }
      }
      days.values().forEach(some -> some.sort(Comparator.naturalOrder()));
      found.put(table, days);
    }
    files = found;
  }

  private static List<Path> all(Path under, Predicate<Path> which) throws IOException {
    if (!Files.exists(under)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(under)) {
      return paths.filter(which).toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException _) {
      // Somebody else was faster.
    }
  }

  /** Brings a file, or the names in a folder, onto the disk. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
