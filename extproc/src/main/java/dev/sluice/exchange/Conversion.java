package dev.sluice.exchange;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Beginning;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.Written;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a provider's good status on the way to the client, chunk by chunk. One for each
 * attempt; not safe for several threads.
 */
interface Conversion {
  /** A whole answer is held until it is complete or has so many bytes. */
  int HELD_BYTES = 512 * 1024;

  /** Takes the next bytes of the body and says what to do with them. */
  Step take(byte[] chunk, boolean last);

  /** What to do with everything that was taken since the last step that was not {@link Hold}. */
  sealed interface Step {}

  /** Keep holding. */
  record Hold() implements Step {}

  /** It is good and the client gets it untouched: release. */
  record Pass() implements Step {}

  /** The client gets these bytes instead, maybe none; and this is what they cannot carry. */
  record Emit(byte[] bytes, List<Loss> losses) implements Step {}

  /** It is no answer. */
  record Fail(Failure failure) implements Step {}

  /** A stream whose bytes the client gets as they are. */
  record UntouchedStream(Watch watch) implements Conversion {
    @Override
    public Step take(byte[] chunk, boolean last) {
      Watch.Sight sight = watch.see(chunk);
      if (last && sight instanceof Watch.Silent) {
        sight = watch.end();
      }
      return switch (sight) {
        case Watch.Silent() -> new Hold();
        case Watch.Begun() -> new Pass();
        case Watch.Failed(Failure failure) -> new Fail(failure);
      };
    }
  }

  /** A count of tokens, which the client gets as it is. */
  record Counted() implements Conversion {
    @Override
    public Step take(byte[] chunk, boolean last) {
      return new Pass();
    }
  }

  /** A whole answer whose bytes the client gets as they are. */
  record UntouchedWhole(Protocol provider, ByteArrayOutputStream held) implements Conversion {
    @Override
    public Step take(byte[] chunk, boolean last) {
      held.writeBytes(chunk);
      if (!last) {
        return held.size() < HELD_BYTES ? new Hold() : new Pass();
      }
      Failure failure = provider.judge(held.toByteArray());
      return failure == null ? new Pass() : new Fail(failure);
    }
  }

  /** A stream in another protocol than the client's. */
  final class TranslatedStream implements Conversion {
    private final Protocol.Reader reader;
    private final Protocol.Writer writer;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private final Beginning beginning = new Beginning();
    private int told;
    private boolean begun;
    private boolean over;

    TranslatedStream(Protocol.Reader reader, Protocol.Writer writer) {
      this.reader = reader;
      this.writer = writer;
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      @Nullable Failure failure = write(reader.read(chunk));
      if (failure == null && last) {
        failure = write(reader.end());
      }
      if (failure != null && !begun) {
        return new Fail(failure);
      }
      if (!begun) {
        return new Hold();
      }
      byte[] bytes = held.toByteArray();
      held.reset();
      List<Loss> losses = writer.losses();
      List<Loss> news = losses.subList(told, losses.size());
      told = losses.size();
      return new Emit(bytes, news);
    }

    private @Nullable Failure write(List<Event> events) {
      for (Event event : events) {
        if (over) {
          return null;
        }
        if (!begun) {
          switch (beginning.see(event)) {
            case Watch.Failed(Failure failure) -> {
              return failure;
            }
            case Watch.Begun() -> begun = true;
            case Watch.Silent() -> {}
          }
        }
        over = event instanceof Event.Failed;
        held.writeBytes(writer.write(event));
      }
      return null;
    }
  }

  /** Reads a provider's whole answer. */
  interface Answers {
    /** The answer; a {@link Refusal} where it is none. */
    Response read(byte[] body) throws Refusal;
  }

  /** A whole answer in another protocol than the client's. */
  record TranslatedWhole(
      Answers provider,
      Protocol.Translator client,
      Ask ask,
      Protocol.Stamp stamp,
      ByteArrayOutputStream held)
      implements Conversion {
    @Override
    public Step take(byte[] chunk, boolean last) {
      held.writeBytes(chunk);
      if (!last) {
        return held.size() < HELD_BYTES ? new Hold() : new Emit(new byte[0], List.of());
      }
      try {
        Response response = provider.read(held.toByteArray());
        if (response.blocks().isEmpty() && Beginning.empty(response.stop(), response.usage())) {
          return new Fail(Unreadable.noAnswer("content"));
        }
        Written written = client.writeAnswer(response, ask, stamp);
        return new Emit(written.bytes(), written.losses());
      } catch (Refusal refusal) {
        return new Fail(refusal.failure());
      }
    }
  }
}
