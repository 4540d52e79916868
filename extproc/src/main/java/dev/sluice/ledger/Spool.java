package dev.sluice.ledger;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Files to which records are appended before they count as taken. A segment is a file named after
 * the number of its first record; a process never writes to a segment of an earlier one, so what a
 * crash has torn off at a segment's end is passed over. Numbers are greater than those of all
 * earlier processes: they begin at the time in microseconds, or after the last that was removed,
 * which the file {@code lock} holds, where the clock has gone back.
 *
 * <p>One thread appends; another reads and removes.
 */
final class Spool implements AutoCloseable {
  private static final String SUFFIX = ".spool";
  private static final int HEADER = 8;
  private static final long MAGIC = 0x534c5543_45000001L; // SLUCE, format 1
  private static final int BUFFER = 1 << 20;
  private static final int FRAMES = 16 * 1024;
  private static final int SOME = 1_000;

  /** Characters of bodies after which a reader gives out what it has. */
  private static final int HEAVY = 32 << 20;

  private final Path folder;
  private final Schedule schedule;
  private final InstantSource clock;
  private final FileChannel lockFile;
  private final FileLock lock;
  private volatile List<Segment> segments;
  private final AtomicLong taken;
  private final Framing frames = new Framing(FRAMES);
  private @Nullable FileChannel open;
  private long next;

  /** A file of the spool. */
  static final class Segment {
    private final Path file;
    private final long first;
    private final long born;
    private volatile long length;
    private volatile boolean closed;
    private volatile long last;

    private Segment(Path file, long first, long born, long length, boolean closed) {
      this.file = file;
      this.first = first;
      this.born = born;
      this.length = length;
      this.closed = closed;
      this.last = -1;
    }

    /** Bytes that count. */
    long length() {
      return length;
    }

    /** When it was begun, in milliseconds since the epoch. */
    long born() {
      return born;
    }

    /** No record of it has a greater number; -1: that is not known yet. */
    long last() {
      return last;
    }
  }

  private Spool(
      Path folder,
      Schedule schedule,
      InstantSource clock,
      FileChannel lockFile,
      FileLock lock,
      List<Segment> found)
      throws IOException {
    this.folder = folder;
    this.schedule = schedule;
    this.clock = clock;
    this.lockFile = lockFile;
    this.lock = lock;
    this.segments = List.copyOf(found);
    this.taken =
        new AtomicLong(found.stream().mapToLong(s -> Math.max(0, s.length - HEADER)).sum());
    long known = removed();
    if (!found.isEmpty()) {
      Segment last = found.getLast();
      known = Math.max(known, last.first);
      try (Reader reader = new Reader(last.first - 1)) {
        for (List<Frames.Numbered> some = reader.next(SOME);
            !some.isEmpty();
            some = reader.next(SOME)) {
          known = Math.max(known, some.getLast().number());
        }
      }
    }
    next = Math.max(known + 1, clock.millis() * 1000);
  }

  /**
   * Opens the folder, which is made where there is none.
   *
   * @throws IOException it cannot be used, or another process uses it
   */
  static Spool open(Path folder, Schedule schedule, InstantSource clock) throws IOException {
    Files.createDirectories(folder);
    FileChannel file =
        FileChannel.open(
            folder.resolve("lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      FileLock lock = lock(file);
      if (lock == null) {
        throw new IOException(folder + ": another process writes there");
      }
      return new Spool(folder, schedule, clock, file, lock, found(folder));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static @Nullable FileLock lock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static List<Segment> found(Path folder) throws IOException {
    var found = new ArrayList<Segment>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.matches("\\d{20}" + SUFFIX.replace(".", "\\."))) {
          found.add(
              new Segment(
                  file,
                  Long.parseLong(name.substring(0, 20)),
                  Files.getLastModifiedTime(file).toMillis(),
                  Files.size(file),
                  true));
        }
      }
    }
    found.sort(Comparator.comparingLong(segment -> segment.first));
    return found;
  }

  // ---- the appending thread

  /**
   * Appends all of these, or none. When it comes back they are on the disk.
   *
   * @throws IOException they are not; what is said is for people
   */
  void append(List<RequestRecord> records) throws IOException {
    if (bytes() > schedule.spoolBytes()) {
      throw new IOException("the spool has more than " + schedule.spoolBytes() + " bytes");
    }
    frames.clear(BUFFER);
    long number = next;
    for (RequestRecord record : records) {
      Frames.write(frames, number++, record);
    }
    turn(false);
    FileChannel to = open == null ? begin() : open;
    Segment segment = segments.getLast();
    try {
      write(to, frames.bytes());
      to.force(false);
    } catch (IOException e) {
      cut(to, segment);
      throw e;
    }
    segment.length = to.position();
    taken.addAndGet(frames.size());
    next = number;
  }

  private static void write(FileChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /**
   * Takes back what was written in part. Where not even that works the segment is left: the same
   * records come again with the same numbers, and a reader passes over those that it knows.
   */
  private void cut(FileChannel to, Segment segment) {
    try {
      to.truncate(segment.length);
      to.position(segment.length);
    } catch (IOException e) {
      end(segment);
    }
  }

  private FileChannel begin() throws IOException {
    Path file = folder.resolve("%020d%s".formatted(next, SUFFIX));
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      write(channel, ByteBuffer.allocate(HEADER).putLong(0, MAGIC));
      channel.force(true);
      Shelf.sync(folder);
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(file);
      throw e;
    }
    synchronized (this) {
      var grown = new ArrayList<>(segments);
      grown.removeIf(segment -> segment.file.equals(file));
      grown.add(new Segment(file, next, clock.millis(), HEADER, false));
      segments = List.copyOf(grown);
    }
    open = channel;
    return channel;
  }

  /** Closes the segment that is written, if it is due or {@code now}. */
  void turn(boolean now) {
    if (open == null) {
      return;
    }
    Segment segment = segments.getLast();
    boolean due =
        segment.length > schedule.segmentBytes()
            || clock.millis() - segment.born > schedule.segmentAge().toMillis();
    if ((due || now) && segment.length > HEADER) {
      end(segment);
    }
  }

  private void end(Segment segment) {
    FileChannel channel = open;
    open = null;
    segment.closed = true;
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException _) {
        // Everything that counts has been synchronised.
      }
    }
  }

  // ---- the reading thread

  /** Bytes of all segments. */
  long bytes() {
    long sum = 0;
    for (Segment segment : segments) {
      sum += segment.length;
    }
    return sum;
  }

  /** Bytes of records that have ever been in here, with those that were found at the start. */
  long taken() {
    return taken.get();
  }

  /** Those that are closed and whose last number is known, oldest first. */
  List<Segment> passed() {
    return segments.stream().takeWhile(segment -> segment.closed && segment.last >= 0).toList();
  }

  /** Removes segments that hold nothing after a number. */
  void remove(long through) throws IOException {
    List<Segment> gone = passed().stream().filter(s -> s.last <= through).toList();
    if (!gone.isEmpty()) {
      lockFile.write(ByteBuffer.allocate(Long.BYTES).putLong(0, gone.getLast().last), 0);
    }
    for (Segment segment : gone) {
      Files.deleteIfExists(segment.file);
    }
    synchronized (this) {
      segments = segments.stream().filter(segment -> !gone.contains(segment)).toList();
    }
  }

  /** The last number of the segments that have ever been removed; 0: none have. */
  private long removed() throws IOException {
    var bytes = ByteBuffer.allocate(Long.BYTES);
    lockFile.read(bytes, 0);
    return bytes.hasRemaining() ? 0 : bytes.getLong(0);
  }

  /** Reads what comes after a number; there is one reader at a time. */
  Reader reader(long after) {
    return new Reader(after);
  }

  /** Goes through the segments in their order. */
  final class Reader implements AutoCloseable {
    private long last;
    private long inSegment = -1;
    private @Nullable Segment at;
    private @Nullable Segment done;
    private @Nullable FileChannel channel;
    private ByteBuffer kept = ByteBuffer.allocate(0);
    private long offset;
    private boolean torn;
    private long unreadable;
    private long heavy;

    private Reader(long after) {
      this.last = after;
    }

    /** The number of the last record that was given out. */
    long last() {
      return last;
    }

    /** Bytes in the midst of segments that were no records; those at an end are a crash's. */
    long unreadable() {
      return unreadable;
    }

    /** Bytes that are not read yet. */
    long behind() {
      long sum = 0;
      Segment now = at;
      for (Segment segment : segments) {
        if (segment == now) {
          sum += Math.max(0, segment.length - offset);
        } else if (later(segment)) {
          sum += Math.max(0, segment.length - HEADER);
        }
      }
      return sum;
    }

    /**
     * The next records, oldest first, until there are so many or their bodies take much memory;
     * empty: there are none now.
     *
     * @throws IOException the disk fails
     */
    List<Frames.Numbered> next(int most) throws IOException {
      var found = new ArrayList<Frames.Numbered>();
      heavy = 0;
      while (found.size() < most && heavy < HEAVY) {
        Segment segment = at;
        if (segment == null) {
          segment = following();
          if (segment == null) {
            return found;
          }
          begin(segment);
        }
        boolean closed = segment.closed; // before the length, which then is the last one
        if (!read(segment, found, most)) {
          if (!closed) {
            return found;
          }
          segment.last = Math.max(inSegment, segment.first - 1);
          done = segment;
          leave();
        }
      }
      return found;
    }

    private boolean later(Segment segment) {
      Segment before = at == null ? done : at;
      return before == null
          || segment.first > before.first
          || (segment.first == before.first && segment != before);
    }

    /** The next segment; those that cannot hold anything new are passed over. */
    private @Nullable Segment following() {
      List<Segment> all = segments.stream().filter(this::later).toList();
      for (int i = 0; i < all.size(); i++) {
        Segment segment = all.get(i);
        if (i + 1 == all.size() || all.get(i + 1).first > last + 1) {
          return segment;
        }
        segment.last = all.get(i + 1).first - 1;
        done = segment;
      }
      return null;
    }

    private void begin(Segment segment) throws IOException {
      channel = FileChannel.open(segment.file, StandardOpenOption.READ);
      at = segment;
      offset = HEADER;
      inSegment = -1;
      torn = false;
    }

    private void leave() throws IOException {
      at = null;
      FileChannel open = channel;
      channel = null;
      if (open != null) {
        open.close();
      }
    }

    /** Reads on; whether there was anything. */
    private boolean read(Segment segment, List<Frames.Numbered> found, int most)
        throws IOException {
      long left = segment.length - offset;
      if (left < Frames.HEAD) {
        return false;
      }
      ByteBuffer buffer = buffer(left, BUFFER);
      int before = found.size();
      int at = 0;
      while (found.size() < most && heavy < HEAVY && buffer.limit() - at >= Frames.HEAD) {
        int length = Frames.length(buffer, at);
        boolean fits = length > 0 && left - at >= Frames.HEAD + (long) length;
        if (fits && buffer.limit() - at < Frames.HEAD + length) {
          if (at > 0) {
            break; // the next turn begins here
          }
          buffer = buffer(left, Frames.HEAD + length);
        }
        if (fits && Frames.sound(buffer, at, length)) {
          take(buffer, at, length, found);
          at += Frames.HEAD + length;
        } else {
          torn = true;
          at++;
        }
      }
      offset += at;
      return at > 0 || found.size() > before;
    }

    private ByteBuffer buffer(long left, int most) throws IOException {
      FileChannel from = channel;
      if (from == null) {
        throw new EOFException("no segment is open");
      }
      ByteBuffer buffer = room((int) Math.min(left, most));
      while (buffer.hasRemaining()) {
        if (from.read(buffer, offset + buffer.position()) < 0) {
          throw new EOFException("a segment is shorter than it was");
        }
      }
      return buffer.flip();
    }

    /** One that was used before, unless so much is wanted only now and then. */
    private ByteBuffer room(int size) {
      if (size > BUFFER) {
        return ByteBuffer.allocate(size);
      }
      if (size > kept.capacity()) {
        kept = ByteBuffer.allocate(Math.min(BUFFER, Math.max(size, 2 * kept.capacity())));
      }
      return kept.clear().limit(size);
    }

    private void take(ByteBuffer buffer, int at, int length, List<Frames.Numbered> found) {
      if (torn) {
        unreadable++;
        torn = false;
      }
      long number = Frames.number(buffer, at);
      inSegment = Math.max(inSegment, number);
      if (number <= last) {
        return;
      }
      try {
        Frames.Numbered read = Frames.read(buffer, at, length);
        found.add(read);
        heavy += read.record().bodies().length();
        last = number;
      } catch (IOException e) {
        unreadable++;
      }
    }

    @Override
    public void close() throws IOException {
      leave();
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      end(segments.getLast());
    }
    lock.release();
    lockFile.close();
  }
}
