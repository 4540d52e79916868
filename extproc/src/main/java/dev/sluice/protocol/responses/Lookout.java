package dev.sluice.protocol.responses;

import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at an answer of this protocol on its way to the client, for its id and for the response
 * that it ends with. One for each attempt; of a stream it holds at most one event, of a whole
 * answer what it has seen.
 */
public final class Lookout {
  private static final Set<String> GOOD_ENDS = Set.of("response.completed", "response.incomplete");

  private final boolean stream;
  private final Sse sse = new Sse();
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private boolean blind;
  private @Nullable String id;
  private byte @Nullable [] response;

  /** Looks at a stream, or at a whole answer. */
  public Lookout(boolean stream) {
    this.stream = stream;
  }

  /** Takes the next bytes. */
  public void see(byte[] bytes) {
    if (!stream) {
      seen.writeBytes(bytes);
    } else if (!blind) {
      try {
        sse.feed(bytes).forEach(this::frame);
      } catch (Malformed e) {
        blind = true;
      }
    }
  }

  private void frame(Sse.Frame frame) {
    if (id == null) {
      id = Splice.first(frame.data().getBytes(StandardCharsets.UTF_8), "response", "id");
    }
    String name = frame.event();
    if (name != null && GOOD_ENDS.contains(name)) {
      try {
        if (Json.parse(frame.data()) instanceof Json.Obj event
            && event.obj("response") instanceof Json.Obj whole) {
          response = whole.bytes();
        }
      } catch (Malformed e) {
        blind = true;
      }
    }
  }

  /** The response's id; null where it has not come. */
  public @Nullable String id() {
    return stream ? id : Splice.first(seen.toByteArray(), "id");
  }

  /** The response; null where a stream has not ended well, or has no response. */
  public byte @Nullable [] response() {
    return stream ? response : seen.toByteArray();
  }
}
