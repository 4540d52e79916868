package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model's events to chunks, as server-sent events or as the elements of one JSON array. Calls
 * come whole here, so that their arguments are held; usage comes with the last chunk.
 */
final class Writer implements Protocol.Writer {
  private static final byte[] NOTHING = new byte[0];

  /** The most tokens whose likelihoods are held for the last chunk. */
  private static final int MOST_ODDS = 1 << 18;

  private final Protocol.Stamp stamp;
  private final boolean array;
  private final boolean shown;
  private final List<Loss> losses = new ArrayList<>();
  private final Tokens tokens;

  /** Of the open block, as far as it may be held. */
  private final StringBuilder text = new StringBuilder();

  private boolean cut;

  /** How many bytes were said before the open block; all is one text to who reads a stream. */
  private long before;

  private long said;

  private final List<Likelihood> odds = new ArrayList<>();
  private final List<Citations.Cited> cited = new ArrayList<>();
  private final List<Citation> citations = new ArrayList<>();
  private Shape shape = new Shape.Prose();
  private @Nullable Signature signature;
  private String id = "";
  private String model = "";
  private Usage usage = Usage.NONE;
  private int calls;
  private boolean begun;

  Writer(Ask ask, Carrier carrier, Protocol.Stamp stamp) {
    this.stamp = stamp;
    this.array = ask.call().array();
    this.shown = Asked.shown(ask);
    this.tokens = new Tokens(carrier, stamp.issuer(), losses);
  }

  @Override
  public List<Loss> losses() {
    return List.copyOf(losses);
  }

  @Override
  public byte[] write(Event event) {
    return switch (event) {
      case Event.Start start -> {
        id = start.id();
        model = start.model();
        yield NOTHING;
      }
      case Event.Open(int index, Shape opened) -> open(opened, path(index));
      case Event.Delta(int index, String more) -> delta(more, path(index));
      case Event.Signed(int _, Signature by) -> {
        signature = by;
        yield NOTHING;
      }
      case Event.Cited(int _, var citation) -> {
        citations.add(citation);
        yield NOTHING;
      }
      case Event.Odds(int _, var more) -> {
        if (odds.size() + more.size() <= MOST_ODDS) {
          odds.addAll(more);
        } else {
          losses.add(new Loss("logprobs", "likelihoods of more than " + MOST_ODDS + " tokens"));
        }
        yield NOTHING;
      }
      case Event.Close(int index) -> close(path(index));
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield NOTHING;
      }
      case Event.Lost(Loss loss) -> {
        losses.add(loss);
        yield NOTHING;
      }
      case Event.Finish(Stop stop, var sequence) -> finish(stop, sequence);
      case Event.Failed(Failure failure) -> failed(failure);
    };
  }

  private static String path(int index) {
    return "content[" + index + "]";
  }

  private byte[] open(Shape opened, String path) {
    shape = opened;
    signature = null;
    text.setLength(0);
    cut = false;
    before = said;
    return switch (opened) {
      case Shape.Prose _, Shape.Thought _, Shape.Call _, Shape.Declined _ -> NOTHING;
      case Shape.Sealed(Signature data) -> {
        tokens.add(new Block.Redacted(data, null));
        yield NOTHING;
      }
      case Shape.Medium(Block.Media media) -> {
        boolean own = media.source() instanceof Block.Source.Inline;
        String by = media.signature() == null ? null : tokens.take(media.signature(), path);
        Json.Obj part = Parts.media(media, Asked.ANY, own, by, path, losses);
        yield part == null ? NOTHING : part(part);
      }
      case Shape.Foreign(Block.Opaque(Origin origin, String raw))
          when origin == Origin.GEMINI && Fields.value(raw) instanceof Json.Obj part ->
          part(part);
      case Shape.Foreign _ -> {
        losses.add(new Loss(path, "Gemini has no such part in an answer"));
        yield NOTHING;
      }
    };
  }

  private byte[] delta(String more, String path) {
    boolean call = shape instanceof Shape.Call;
    cut = cut || text.length() + more.length() > (call ? Sse.MAX_EVENT : Citations.MOST_TEXT);
    if (!cut) {
      text.append(more);
    }
    if (shape instanceof Shape.Prose || shape instanceof Shape.Declined) {
      said += Citations.bytes(more);
    }
    if (more.isEmpty()) {
      return NOTHING;
    }
    return switch (shape) {
      case Shape.Prose _, Shape.Declined _ -> part(Parts.text(more));
      case Shape.Thought _ when shown -> part(Parts.text(more, true, null, null, path, losses));
      default -> NOTHING;
    };
  }

  private byte[] close(String path) {
    Signature by = signature;
    switch (shape) {
      case Shape.Thought() -> {
        tokens.add(new Block.Thinking(text.toString(), by, null));
        return by == null || Parts.foreign(by) || !shown
            ? NOTHING
            : part(Parts.text("", true, by.text(), null, path, losses));
      }
      case Shape.Call(String called, String name, boolean freeform, var first) -> {
        if (cut) {
          losses.add(new Loss(path + ".input", "arguments of more than can be held"));
        }
        var call = new Block.ToolCall("", name, text.toString(), freeform, null, null, null);
        return part(
            Parts.call(
                Responses.callId(called, stamp, calls++),
                name,
                Parts.arguments(Freeform.arguments(call), path, losses),
                tokens.call(by == null ? first : by, path),
                null,
                path,
                losses));
      }
      case Shape.Prose() -> {
        cite(path);
        String signed = by == null ? null : tokens.take(by, path);
        return signed == null ? NOTHING : part(Parts.text("", false, signed, null, path, losses));
      }
      default -> {
        return NOTHING;
      }
    }
  }

  private void cite(String path) {
    if (cut && !citations.isEmpty()) {
      losses.add(new Loss(path + ".citations", "they are of more text than can be held"));
    } else {
      String block = citations.isEmpty() ? "" : text.toString();
      for (Citation one : citations) {
        cited.add(new Citations.Cited(one, block, before, 0, path));
      }
    }
    citations.clear();
  }

  private byte[] part(Json.Obj part) {
    return chunk(candidate(part).build(), null);
  }

  private static Json.Builder candidate(Json.Obj part) {
    return new Json.Builder().put("content", Responses.content(List.of(part)));
  }

  private byte[] chunk(Json.Obj candidate, @Nullable Usage last) {
    Json.Obj chunk =
        Json.object(
            c ->
                c.put("candidates", Json.array(Json.object(o -> o.all(candidate).put("index", 0L))))
                    .put("usageMetadata", last == null ? null : Responses.told(last, null))
                    .put("modelVersion", model.isEmpty() ? null : model)
                    .put("responseId", Responses.id(id, stamp)));
    return frame(chunk);
  }

  private byte[] frame(Json.Obj chunk) {
    if (!array) {
      return Sse.bytes(null, chunk);
    }
    String before = begun ? ",\r\n" : "[";
    begun = true;
    return (before + chunk.text()).getBytes(StandardCharsets.UTF_8);
  }

  private byte[] ended(byte[] last) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(last);
    if (array) {
      bytes.write('\r');
      bytes.write('\n');
      bytes.write(']');
    }
    return bytes.toByteArray();
  }

  private byte[] finish(Stop stop, @Nullable String sequence) {
    Fields.lost(usage, Origin.GEMINI, losses);
    if (sequence != null) {
      losses.add(new Loss("stop_sequence", "Gemini does not say which it was"));
    }
    if (stop == Stop.PAUSE) {
      losses.add(new Loss("stop_reason", "Gemini pauses no turn"));
    }
    String token = tokens.take(null, "content");
    Json.Builder candidate =
        candidate(Parts.text("", false, token, null, "", losses))
            .put("finishReason", Reasons.reason(stop));
    if (!odds.isEmpty()) {
      candidate.put("logprobsResult", Responses.odds(odds));
    }
    Citations.write(cited, null, candidate, losses);
    return ended(chunk(candidate.build(), usage));
  }

  private byte[] failed(Failure failure) {
    return array ? ended(frame(Failures.object(failure))) : Failures.breakOff(failure);
  }
}
