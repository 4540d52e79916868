package dev.sluice.extproc;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/**
 * A log line: time, level, logger, message, and in short what was thrown. Nearly all lines are the
 * long ones of requests, so the message is put between what patterns make of the rest, and not
 * copied by each of their steps.
 */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NONE = {};

  private final PatternLayout head = new PatternLayout();
  private final PatternLayout thrown = new PatternLayout();

  @Override
  public void start() {
    head.setContext(getContext());
    head.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %nopex");
    head.start();
    thrown.setContext(getContext());
    thrown.setPattern("%ex{short}");
    thrown.start();
    super.start();
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    String what =
        event.getThrowableProxy() == null
            ? System.lineSeparator()
            : System.lineSeparator() + thrown.doLayout(event);
    return (head.doLayout(event) + event.getFormattedMessage() + what)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }
}
