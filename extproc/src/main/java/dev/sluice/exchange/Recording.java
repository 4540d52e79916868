package dev.sluice.exchange;

import dev.sluice.protocol.Count;
import dev.sluice.protocol.responses.Lookout;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Conversions of Responses whose answers leave something behind. */
final class Recording {
  private Recording() {}

  /** An answer of ours that is kept when it has ended well. */
  static final class Kept implements Conversion {
    private final Conversion conversion;
    private final Lookout lookout;
    private final BiConsumer<String, byte[]> keep;
    private boolean kept;

    /**
     * Watches a conversion.
     *
     * @param keep takes the response's id and the response
     */
    Kept(Conversion conversion, boolean stream, BiConsumer<String, byte[]> keep) {
      this.conversion = conversion;
      this.lookout = new Lookout(stream);
      this.keep = keep;
    }

    @Override
    public Count count() {
      return conversion.count();
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      Step step = conversion.take(chunk, last);
      if (step instanceof Emit(byte[] bytes, var _) && bytes.length > 0 && !kept) {
        lookout.see(bytes);
        byte[] response = lookout.response();
        String id = response == null ? null : lookout.id();
        if (response != null && id != null) {
          kept = true;
          keep.accept(id, response);
        }
      }
      return step;
    }
  }

  /** A provider's answer whose id is remembered before the client hears of it. */
  static final class Remembered implements Conversion {
    private final Conversion conversion;
    private final Lookout lookout;
    private final Consumer<String> remember;
    private boolean done;

    /**
     * Watches a conversion.
     *
     * @param remember takes the response's id
     */
    Remembered(Conversion conversion, boolean stream, Consumer<String> remember) {
      this.conversion = conversion;
      this.lookout = new Lookout(stream);
      this.remember = remember;
    }

    @Override
    public Count count() {
      return conversion.count();
    }

    @Override
    public Step take(byte[] chunk, boolean last) {
      if (!done) {
        lookout.see(chunk);
      }
      Step step = conversion.take(chunk, last);
      if (!done && (step instanceof Pass || step instanceof Through || step instanceof Emit)) {
        String id = lookout.id();
        done = id != null;
        if (id != null) {
          remember.accept(id);
        }
      }
      return step;
    }
  }

  /** An answer that the client gets as it is, from its first byte on. */
  record Forwarded(Runnable begun, Count count) implements Conversion {
    @Override
    public Step take(byte[] chunk, boolean last) {
      begun.run();
      return new Pass();
    }
  }
}
