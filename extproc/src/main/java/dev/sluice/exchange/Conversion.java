package dev.sluice.exchange;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Beginning;
import dev.sluice.protocol.Count;
import dev.sluice.protocol.Estimate;
import dev.sluice.protocol.Gauge;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.Written;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a provider's good status on the way to the client, chunk by chunk. One for each
 * attempt; not safe for several threads.
 */
sealed interface Conversion
    permits Conversion.UntouchedStream,
        Conversion.GaugedStream,
        Conversion.Counted,
        Conversion.UntouchedWhole,
        Conversion.TranslatedStream,
        Conversion.TranslatedWhole,
        Recording.Kept,
        Recording.Remembered,
        Recording.Forwarded {
  /** A whole answer is held until it is complete or has so many bytes. */
  int HELD_BYTES = 512 * 1024;

  /** Takes the next bytes of the body and says what to do with them. */
  Step take(byte[] chunk, boolean last);

  /** What the answer has said of its tokens so far. */
  Count count();

  /** Whether it ended with an error of the provider's, where that is for the client to hear. */
  default boolean failed() {
    return count().broken();
  }

  /** What to do with everything that was taken since the last step that was not {@link Hold}. */
  sealed interface Step {}

  /** Keep holding. */
  record Hold() implements Step {}

  /** It is good and the client gets it untouched: release. */
  record Pass() implements Step {}

  /** The client gets what was taken as it is, and what follows is taken too. */
  record Through() implements Step {}

  /** The client gets these bytes instead, maybe none; and this is what they cannot carry. */
  record Emit(byte[] bytes, List<Loss> losses) implements Step {}

  /** It is no answer. */
  record Fail(Failure failure) implements Step {}

  private static Watch.Sight sight(Watch watch, byte[] chunk, boolean last) {
    Watch.Sight sight = watch.see(chunk);
    return last && sight instanceof Watch.Silent ? watch.end() : sight;
  }

  /** A stream whose bytes the client gets as they are, and that says by itself what it used. */
  record UntouchedStream(Watch watch, Pace pace, Count count) implements Conversion {
    UntouchedStream(Watch watch, Pace pace) {
      this(watch, pace, new Count());
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      Watch.Sight sight = new Watch.Silent();
      int from = 0;
      for (int i = 0; i < chunk.length; i++) {
        if (pace.see(chunk[i]) && sight instanceof Watch.Silent) {
          sight = watch.see(Arrays.copyOfRange(chunk, from, i + 1));
          if (sight instanceof Watch.Begun) {
            pace.begin(i + 1 - from);
          }
          from = i + 1;
        }
      }
      if (sight instanceof Watch.Silent) {
        sight = sight(watch, Arrays.copyOfRange(chunk, from, chunk.length), last);
      }
      return switch (sight) {
        case Watch.Silent() -> new Hold();
        case Watch.Begun() -> new Pass();
        case Watch.Failed(Failure failure) -> new Fail(failure);
      };
    }
  }

  /** A stream of the client's own protocol that passes us to its end, for what it used. */
  final class GaugedStream implements Conversion {
    private final Watch watch;
    private final Gauge gauge;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean begun;
    private boolean same = true;

    GaugedStream(Watch watch, Gauge gauge) {
      this.watch = watch;
      this.gauge = gauge;
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      byte[] passed = gauge.pass(chunk, last);
      if (begun) {
        return Arrays.equals(passed, chunk) ? new Through() : new Emit(passed, List.of());
      }
      held.writeBytes(passed);
      same = same && Arrays.equals(passed, chunk);
      return switch (sight(watch, chunk, last)) {
        case Watch.Silent() -> new Hold();
        case Watch.Begun() -> begin();
        case Watch.Failed(Failure failure) -> new Fail(failure);
      };
    }

    private Step begin() {
      begun = true;
      byte[] bytes = held.toByteArray();
      held.reset();
      return same ? new Through() : new Emit(bytes, List.of());
    }

    @Override
    public Count count() {
      return gauge.count();
    }
  }

  /** A count of tokens, which the client gets as it is. */
  record Counted(Count count) implements Conversion {
    Counted() {
      this(new Count());
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      return new Pass();
    }
  }

  /** A whole answer whose bytes the client gets as they are. */
  final class UntouchedWhole implements Conversion {
    private final Protocol provider;
    private final Gauge gauge;
    private final Pieces held = new Pieces();
    private long bytes;

    UntouchedWhole(Protocol provider, Gauge gauge) {
      this.provider = provider;
      this.gauge = gauge;
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      gauge.pass(chunk, last);
      bytes += chunk.length;
      boolean whole = held.size() < HELD_BYTES;
      if (whole) {
        held.add(chunk);
      }
      if (last && gauge.count().usage() == null) {
        gauge.count().streamed(Estimate.of(held.whole()) * bytes / Math.max(1, held.size()));
      }
      if (!whole) {
        return new Through();
      }
      if (!last) {
        return held.size() < HELD_BYTES ? new Hold() : new Through();
      }
      Failure failure = provider.judge(held.whole());
      return failure == null ? new Through() : new Fail(failure);
    }

    @Override
    public Count count() {
      return gauge.count();
    }
  }

  /** A stream in another protocol than the client's. */
  final class TranslatedStream implements Conversion {
    private final Protocol.Reader reader;
    private final Protocol.Writer writer;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private final Beginning beginning = new Beginning();
    private final Count count = new Count();
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
      count.saidSoFar(reader.usage());
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

    @Override
    public Count count() {
      return count;
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
        count.see(event);
        held.writeBytes(writer.write(event));
      }
      return null;
    }
  }

  /** Reads a provider's whole answer. */
  @FunctionalInterface
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
      Pieces held,
      Count count)
      implements Conversion {
    TranslatedWhole(Answers provider, Protocol.Translator client, Ask ask, Protocol.Stamp stamp) {
      this(provider, client, ask, stamp, new Pieces(), new Count());
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      held.add(chunk);
      if (!last) {
        return held.size() < HELD_BYTES ? new Hold() : new Emit(new byte[0], List.of());
      }
      try {
        Response response = provider.read(held.whole());
        if (response.blocks().isEmpty() && Beginning.empty(response.stop(), response.usage())) {
          return new Fail(Unreadable.noAnswer("content"));
        }
        count.see(response);
        Written written = client.writeAnswer(response, ask, stamp);
        return new Emit(written.bytes(), written.losses());
      } catch (Refusal refusal) {
        return new Fail(refusal.failure());
      }
    }
  }
}
