package dev.sluice.extproc;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.DefaultJoranConfigurator;
import java.util.Map;
import org.slf4j.Logger;

/**
 * What is logged and how: lines to standard error, written by a thread of their own that nobody
 * waits for. A file that Logback finds itself, by {@code -Dlogback.configurationFile} first, is
 * taken in its place; reading one costs more than all else that Logback does at a start.
 */
public final class Logs extends DefaultJoranConfigurator {
  private static final int QUEUE = 8192;

  /** The last two say nothing: what they would, is said by those who use them, in one line. */
  private static final Map<String, Level> LEVELS =
      Map.of(
          Logger.ROOT_LOGGER_NAME,
          Level.INFO,
          "io.micronaut",
          Level.WARN,
          "io.grpc",
          Level.WARN,
          "io.netty",
          Level.ERROR,
          "com.zaxxer.hikari",
          Level.OFF,
          "io.lettuce",
          Level.OFF);

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (super.configure(context) != ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY) {
      withoutFile(context);
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static void withoutFile(LoggerContext context) {
    var line = new LineEncoder();
    line.setContext(context);
    line.start();
    var stderr = new Stderr();
    stderr.setContext(context);
    stderr.setName("STDERR");
    stderr.setEncoder(line);
    stderr.start();
    var async = new AsyncAppender();
    async.setContext(context);
    async.setName("ASYNC");
    async.setQueueSize(QUEUE);
    async.setNeverBlock(true);
    async.addAppender(stderr);
    async.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(async);
    LEVELS.forEach((name, level) -> context.getLogger(name).setLevel(level));
  }
}
