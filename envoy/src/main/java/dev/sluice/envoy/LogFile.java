package dev.sluice.envoy;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A log that takes at most twice its limit on the disk: {@code name.log}, and {@code name.log.1}
 * with what was before. A full disk loses lines; whoever writes never fails or waits for it.
 */
final class LogFile implements Closeable {
  private final Path path;
  private final long limit;
  private @Nullable OutputStream out;
  private long size;

  /** Appends to the file at {@code path}, which is moved away at {@code limit} bytes. */
  LogFile(Path path, long limit) {
    this.path = path;
    this.limit = limit;
  }

  /** Appends whole lines; the file is never moved away within them. */
  void write(byte[] lines, int length) {
    try {
      OutputStream to = out;
      if (to == null) {
        size = Files.exists(path) ? Files.size(path) : 0;
      }
      if (size > 0 && size + length > limit) {
        close();
        Files.move(
            path,
            path.resolveSibling(path.getFileName() + ".1"),
            StandardCopyOption.REPLACE_EXISTING);
        size = 0;
        to = null;
      }
      if (to == null) {
        to = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        out = to;
      }
      to.write(lines, 0, length);
      size += length;
    } catch (IOException _) {
      // The process that writes must go on; the next lines try again.
    }
  }

  @Override
  public void close() throws IOException {
    OutputStream to = out;
    out = null;
    if (to != null) {
      to.close();
    }
  }
}
