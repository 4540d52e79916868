package dev.sluice.examples.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;

/**
 * One answer as it comes in. It must have the status 200, every mark of its own request once and in
 * order (those of other requests never), and for a stream its protocol's end.
 */
final class Answer implements Mark.Found {
  private static final int SHOWN = 300;

  private final Question question;
  private final int id;
  private final long intended;
  private final Watcher watcher;
  private final Mark.Finder finder = new Mark.Finder();
  private final int marks;
  private int status;
  private int next;
  private int matched;
  private boolean ended;
  private boolean over;
  private String wrong = "";

  /** Hears what became of it. */
  interface Watcher {
    /** The first content, so long after the request was meant to be sent. */
    void first(long intended, long nanos);

    /** An event, so long after the provider sent it. */
    void event(long nanos);

    /** It is whole, so long after the request was meant to be sent. */
    void whole(long intended, long nanos);

    /** It is not what was asked for. */
    void wrong(long intended, String why);
  }

  Answer(Question question, int id, long intended, Watcher watcher) {
    this.question = question;
    this.id = id;
    this.intended = intended;
    this.watcher = watcher;
    this.marks = question.order().stream() ? question.order().events() : 1;
    this.ended = !question.order().stream();
  }

  /** Takes the next piece; whether it was the last. */
  boolean take(HttpObject message) {
    if (message instanceof HttpResponse response) {
      status = response.status().code();
    }
    if (message instanceof HttpContent content) {
      take(content.content());
      if (content instanceof LastHttpContent) {
        end();
        return true;
      }
    }
    return false;
  }

  private void take(ByteBuf content) {
    if (!content.isReadable()) {
      return;
    }
    if (status != 200) {
      if (wrong.length() < SHOWN) {
        wrong += content.toString(StandardCharsets.UTF_8);
      }
      return;
    }
    if (next < marks) {
      finder.find(content, this);
    }
    if (next == marks && !ended) {
      lookForEnd(content);
    }
  }

  /** Good enough: no end has a beginning inside of itself. */
  private void lookForEnd(ByteBuf content) {
    byte[] end = question.end();
    for (byte b : ByteBufUtil.getBytes(content)) {
      matched = b == end[matched] ? matched + 1 : b == end[0] ? 1 : 0;
      if (matched == end.length) {
        ended = true;
        return;
      }
    }
  }

  @Override
  public void mark(int stream, int event, long nanos) {
    if (next == marks && stream == id) {
      // Some protocols say everything again at the end.
      return;
    }
    if (stream != id || event != next) {
      wrong =
          "mixed or lost: mark %d of answer %d where %d of %d was due"
              .formatted(event, stream, next, id);
      return;
    }
    long now = System.nanoTime();
    if (next++ == 0) {
      watcher.first(intended, now - intended);
    }
    watcher.event(now - nanos);
  }

  @Override
  public void garbled() {
    wrong = "a mark of answer " + id + " is garbled";
  }

  private void end() {
    over = true;
    if (status != 200) {
      watcher.wrong(intended, "status " + status + ": " + shown());
    } else if (!wrong.isEmpty()) {
      watcher.wrong(intended, wrong);
    } else if (next < marks) {
      watcher.wrong(intended, "it ended after %d of %d events".formatted(next, marks));
    } else if (!ended) {
      watcher.wrong(intended, "its end is missing");
    } else {
      watcher.whole(intended, System.nanoTime() - intended);
    }
  }

  private String shown() {
    return wrong.length() > SHOWN ? wrong.substring(0, SHOWN) + "…" : wrong;
  }

  /** The connection is gone. */
  void cut() {
    if (!over) {
      over = true;
      watcher.wrong(intended, "cut after %d of %d events".formatted(next, marks));
    }
  }
}
