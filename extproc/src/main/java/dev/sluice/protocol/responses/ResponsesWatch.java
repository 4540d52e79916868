package dev.sluice.protocol.responses;

import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a Responses stream has begun: any delta, the start of a call, or a proper end.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">OpenAI,
 *     Responses streaming</a>
 */
final class ResponsesWatch implements Watch {
  private final Sse sse = new Sse();

  @Override
  public Sight see(byte[] bytes) {
    try {
      for (Sse.Frame frame : sse.feed(bytes)) {
        Sight sight = frame.data().isBlank() ? null : event(frame.data());
        if (sight != null) {
          return sight;
        }
      }
      return new Silent();
    } catch (Malformed e) {
      return new Failed(Unreadable.noStream(String.valueOf(e.getMessage())));
    }
  }

  @Override
  public Sight end() {
    return new Failed(Unreadable.tooEarly());
  }

  private static @Nullable Sight event(String data) throws Malformed {
    if (!(Json.parse(data) instanceof Json.Obj event)) {
      throw new Malformed("an event that is no object");
    }
    String type = event.text("type", "");
    return switch (type) {
      case "error" -> {
        Json.Obj nested = event.obj("error");
        yield new Failed(Failures.error(nested == null ? event : nested, 0));
      }
      case "response.failed" -> {
        Json.Obj response = event.obj("response");
        Json.Obj error = response == null ? null : response.obj("error");
        yield new Failed(
            error == null ? Unreadable.noAnswer("a reason") : Failures.error(error, 0));
      }
      case "response.completed", "response.incomplete" -> {
        Json.Obj response = event.obj("response");
        yield response != null && !response.items("output").isEmpty()
            ? new Begun()
            : new Failed(Unreadable.noAnswer("output"));
      }
      case "response.output_item.added" -> {
        Json.Obj item = event.obj("item");
        String kind = item == null ? "" : item.text("type", "");
        yield kind.equals("message") || kind.equals("reasoning") ? null : new Begun();
      }
      case "" -> {
        Json.Obj error = event.obj("error");
        yield error == null ? null : new Failed(Failures.error(error, 0));
      }
      default -> type.endsWith(".delta") ? new Begun() : null;
    };
  }
}
