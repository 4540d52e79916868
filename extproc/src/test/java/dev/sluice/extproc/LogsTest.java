package dev.sluice.extproc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusUtil;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;

final class LogsTest {
  private static final String FILE = "logback.configurationFile";

  private final LoggerContext context = new LoggerContext();

  @AfterEach
  void stop() {
    context.stop();
  }

  @ParameterizedTest
  @CsvSource({
    "dev.sluice.extproc.ExtProc, INFO",
    "io.micronaut.runtime, WARN",
    "io.grpc.netty, WARN",
    "io.netty.channel, ERROR",
    "com.zaxxer.hikari.pool, OFF",
    "io.lettuce.core, OFF",
  })
  void whatIsLoggedWithoutAFile(String name, String level) {
    Logs.withoutFile(context);

    assertThat(context.getLogger(name).getEffectiveLevel()).hasToString(level);
    assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("ASYNC"))
        .isInstanceOfSatisfying(
            AsyncAppender.class,
            async -> {
              assertThat(async.isNeverBlock()).isTrue();
              assertThat(async.getAppender("STDERR").isStarted()).isTrue();
            });
    assertThat(new StatusUtil(context).getHighestLevel(0)).isLessThan(Status.WARN);
  }

  @ParameterizedTest
  @CsvSource({"dev.sluice.Some, WARN, said, false", "Some, ERROR, gr\u00fc\u00dfe {}, true"})
  void aLineIsWhatAPatternWouldMakeOfIt(String name, String level, String message, boolean thrown) {
    var pattern = new PatternLayoutEncoder();
    pattern.setContext(context);
    pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{short}");
    pattern.start();
    var line = new LineEncoder();
    line.setContext(context);
    line.start();
    var event =
        new LoggingEvent(
            "here",
            context.getLogger(name),
            Level.valueOf(level),
            message,
            thrown ? new IllegalStateException("why", new IllegalStateException("before")) : null,
            null);

    assertThat(new String(line.encode(event), StandardCharsets.UTF_8))
        .isEqualTo(new String(pattern.encode(event), StandardCharsets.UTF_8))
        .contains(message);
    assertThat(line.headerBytes()).isEmpty();
    assertThat(line.footerBytes()).isEmpty();
  }

  @Test
  void aFileThatAPersonNamesComesFirst(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("mine.xml");
    Files.writeString(file, "<configuration><root level='TRACE'/></configuration>");
    System.setProperty(FILE, file.toString());
    try {
      configure();
    } finally {
      System.clearProperty(FILE);
    }

    assertThat(context.getLogger("dev.sluice").getEffectiveLevel()).isEqualTo(Level.TRACE);
    assertThat(context.getLogger("io.netty").getEffectiveLevel()).isEqualTo(Level.TRACE);
  }

  @Test
  void aFileOnTheClassPathComesFirst() {
    configure();

    assertThat(context.getLogger("dev.sluice").getEffectiveLevel()).isEqualTo(Level.WARN);
  }

  private void configure() {
    Configurator logs =
        ServiceLoader.load(Configurator.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(Logs.class::isInstance)
            .findFirst()
            .orElseThrow();
    logs.setContext(context);
    assertThat(logs.configure(context)).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
  }
}
