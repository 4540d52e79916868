package dev.sluice.protocol;

import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import dev.sluice.wire.Splice.Span;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as far as routing must know it, read without understanding the rest.
 *
 * @param call the endpoint
 * @param model the model's name as the client wrote it
 * @param stream whether the client wants a stream
 * @param body the client's bytes, never changed
 * @param gist of its conversation and its size
 * @param turns where the conversation stands in the body; null: not known
 */
public record Ask(
    Call call, String model, boolean stream, byte[] body, Gist gist, @Nullable Span turns) {
  private static final byte[] NOTHING = new byte[0];
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  /** A request of which no more is known. */
  public Ask(Call call, String model, boolean stream, byte[] body) {
    this(call, model, stream, body, Gist.NONE, null);
  }

  /** A request whose body has these top-level members. */
  public static Ask of(
      Call call,
      String model,
      boolean stream,
      byte[] body,
      Map<String, Span> members,
      Gist.Names names) {
    return new Ask(
        call, model, stream, body, Gist.of(body, members, names), members.get(names.turns()));
  }

  /** The same without its body. */
  public Ask without() {
    return new Ask(call, model, stream, NOTHING, gist, null);
  }

  /**
   * What the body says beside the conversation, which may have megabytes and is null here where it
   * is known to stand; null where the body is no JSON object.
   */
  public Json.@Nullable Obj around() {
    Span large = turns;
    try {
      return Json.parse(large == null ? body : Splice.replace(body, large, NULL))
              instanceof Json.Obj root
          ? root
          : null;
    } catch (Malformed e) {
      return null;
    }
  }
}
