package dev.sluice.protocol.chat;

import dev.sluice.protocol.Count;
import dev.sluice.protocol.Gauge;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stream that was asked for the usage which its client did not ask for: the chunk that brings it
 * alone is taken out, and every other event passes byte for byte as soon as it is complete.
 *
 * @see <a
 *     href="https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options">
 *     OpenAI, stream_options</a>
 */
final class Unasked implements Gauge {
  private static final byte[] USAGE = "\"usage\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] ERROR = "\"error\"".getBytes(StandardCharsets.UTF_8);
  private static final String OPTIONS = "stream_options";
  private static final String INCLUDE = "include_usage";

  /** {@code data: [DONE]} with its line ends is shorter. */
  private static final int DONE_EVENT = 24;

  private final Count count = new Count();
  private final ByteArrayOutputStream event = new ByteArrayOutputStream(512);
  private boolean lineEmpty = true;
  private boolean afterCr;
  private boolean taken;
  private long events;
  private long bytes;
  private int smallest = Integer.MAX_VALUE;

  /** The request with {@code include_usage}, spliced in; null where it has it. */
  static byte @Nullable [] asking(byte[] request) {
    try {
      Map<String, Splice.Span> members = Splice.members(request);
      Splice.Span options = members.get(OPTIONS);
      Splice.Span stream = members.get("stream");
      if (options != null && options.kind() == Splice.Kind.OBJECT) {
        byte[] written = Arrays.copyOfRange(request, options.from(), options.to());
        if (!(Json.parse(written) instanceof Json.Obj object) || object.isTrue(INCLUDE)) {
          return null;
        }
        return Splice.replace(
            request, options, Json.object(o -> o.all(object).put(INCLUDE, Boolean.TRUE)).bytes());
      }
      byte[] include = Json.object(o -> o.put(INCLUDE, Boolean.TRUE)).bytes();
      if (options != null) {
        return Splice.replace(request, options, include);
      }
      if (stream == null) {
        return null;
      }
      var more = new ByteArrayOutputStream();
      more.writeBytes(("true,\"" + OPTIONS + "\":").getBytes(StandardCharsets.UTF_8));
      more.writeBytes(include);
      return Splice.replace(request, stream, more.toByteArray());
    } catch (Malformed e) {
      return null;
    }
  }

  @Override
  public byte[] pass(byte[] chunk, boolean last) {
    boolean same = event.size() == 0;
    var out = new ByteArrayOutputStream(chunk.length + event.size());
    int from = 0;
    for (int i = 0; i < chunk.length; i++) {
      byte b = chunk[i];
      if (b == '\n' && afterCr) {
        afterCr = false;
        if (from == i && event.size() == 0) {
          // It belongs to the end of the event before.
          if (taken) {
            same = false;
          } else {
            out.write(b);
          }
          from = i + 1;
        }
        continue;
      }
      afterCr = b == '\r';
      if (b != '\n' && b != '\r') {
        lineEmpty = false;
      } else if (lineEmpty) {
        event.write(chunk, from, i + 1 - from);
        from = i + 1;
        same &= complete(out);
      } else {
        lineEmpty = true;
      }
    }
    if (from < chunk.length) {
      event.write(chunk, from, chunk.length - from);
      if (last) {
        same &= complete(out);
      }
      same &= last;
    } else if (last && event.size() > 0) {
      complete(out);
      same = false;
    }
    count.streamed(tokens());
    return same ? chunk : out.toByteArray();
  }

  /** Writes the event on or takes it out; whether it went on. */
  private boolean complete(ByteArrayOutputStream out) {
    byte[] all = event.toByteArray();
    event.reset();
    taken = usage(all);
    if (!taken) {
      out.writeBytes(all);
      events += all.length > 2 ? 1 : 0;
      bytes += all.length;
      smallest = all.length > 2 ? Math.min(smallest, all.length) : smallest;
    }
    return !taken;
  }

  /** An event carries a token at least; what is longer than the shortest is text. */
  private long tokens() {
    return events == 0 ? 0 : Math.max(events - 1, (bytes - events * smallest) / 4);
  }

  /** Reads an event's usage, if any; whether it carries nothing else. */
  private boolean usage(byte[] all) {
    if (all.length < DONE_EVENT && new String(all, StandardCharsets.UTF_8).contains("[DONE]")) {
      count.end();
    }
    if (!mentions(all, USAGE) && !mentions(all, ERROR)) {
      return false;
    }
    boolean alone = false;
    try {
      for (Sse.Frame frame : new Sse().feed(all)) {
        if (!(Json.parse(frame.data()) instanceof Json.Obj chunk)) {
          continue;
        }
        if (chunk.obj("error") != null) {
          count.fail();
        }
        if (chunk.obj("usage") instanceof Json.Obj usage) {
          count.said(Responses.usage(usage));
          alone = chunk.get("choices") instanceof Json.Arr choices && choices.items().isEmpty();
        }
      }
    } catch (Malformed e) {
      return false;
    }
    return alone;
  }

  /** Whether an object of this name may stand in it: most chunks have none, or a null. */
  private static boolean mentions(byte[] all, byte[] name) {
    for (int i = 0; i + name.length < all.length; i++) {
      if (all[i] == '"' && all[i + 1] == name[1] && named(all, i, name)) {
        int at = i + name.length;
        while (at < all.length && (all[at] == ' ' || all[at] == ':')) {
          at++;
        }
        if (at < all.length && all[at] == '{') {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean named(byte[] all, int from, byte[] name) {
    return Arrays.equals(all, from, from + name.length, name, 0, name.length);
  }

  @Override
  public Count count() {
    return count;
  }
}
