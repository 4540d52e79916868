package dev.sluice.exchange;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The file in which Envoy writes down each attempt that is over, a line of JSON each. It is read
 * after a start, for what ended while no process of ours was there, and emptied later. Not safe for
 * several threads.
 */
final class Journal {
  /** It is emptied when it is larger. */
  static final long LARGE = 8L << 20;

  private static final int PIECE = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private long read;
  private long unreadable;

  Journal(Path file) {
    this.file = file;
  }

  /**
   * Reads on.
   *
   * @param foreign by a line's text, whether it may be of another process
   * @throws IOException the file cannot be read
   */
  void read(Predicate<String> foreign, Consumer<Entry> entries) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      if (in.length() < read) {
        read = 0;
      }
      byte[] piece = new byte[PIECE];
      byte[] rest = new byte[0];
      in.seek(read);
      for (int count = in.read(piece); count > 0; count = in.read(piece)) {
        byte[] all = new byte[rest.length + count];
        System.arraycopy(rest, 0, all, 0, rest.length);
        System.arraycopy(piece, 0, all, rest.length, count);
        int from = 0;
        for (int i = 0; i < all.length; i++) {
          if (all[i] == '\n') {
            line(new String(all, from, i - from, StandardCharsets.UTF_8), foreign, entries);
            from = i + 1;
          }
        }
        read += from;
        rest = java.util.Arrays.copyOfRange(all, from, all.length);
      }
    }
  }

  private void line(String line, Predicate<String> foreign, Consumer<Entry> entries) {
    if (foreign.test(line)) {
      try {
        entries.accept(Entry.of(JSON.readTree(line)));
      } catch (IOException e) {
        unreadable++;
      }
    }
  }

  /** Lines that made no sense. */
  long unreadable() {
    return unreadable;
  }

  /**
   * Empties it where it is large; Envoy goes on at its beginning.
   *
   * @throws IOException it cannot be emptied
   */
  void empty(long large) throws IOException {
    if (Files.exists(file) && Files.size(file) > large) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
      read = 0;
    }
  }
}
