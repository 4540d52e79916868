package dev.sluice.extproc;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * Log lines to standard error, many with one system call: what was said is there after at most 25
 * ms, and when the process ends. Whoever reads them is woken as rarely.
 */
public final class Stderr extends OutputStreamAppender<ILoggingEvent> {
  private static final int BUFFER = 64 * 1024;
  private static final long FLUSH_NANOS = 25_000_000;

  @Override
  public void start() {
    var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.err), BUFFER);
    setImmediateFlush(false);
    setOutputStream(out);
    super.start();
    Thread.ofPlatform().daemon().name("log").start(() -> flush(out));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> quietly(out)));
  }

  private void flush(OutputStream out) {
    while (isStarted()) {
      LockSupport.parkNanos(FLUSH_NANOS);
      quietly(out);
    }
  }

  private static void quietly(OutputStream out) {
    try {
      out.flush();
    } catch (IOException _) {
      // There is nobody left to read it.
    }
  }
}
