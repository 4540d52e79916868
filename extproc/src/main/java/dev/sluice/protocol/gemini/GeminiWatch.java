package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Failure;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a Gemini stream has begun: a part with anything in it, a blocked prompt, or a proper
 * end. It takes both forms, server-sent events and the JSON array that comes without {@code
 * alt=sse}; of the latter it looks at whole elements as they are completed.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generating content</a>
 */
final class GeminiWatch implements Watch {
  private static final int MAX_ARRAY = 16 * 1024 * 1024;

  private final Sse sse = new Sse();
  private final ByteArrayOutputStream array = new ByteArrayOutputStream();
  private boolean first = true;
  private boolean inArray;

  @Override
  public Sight see(byte[] bytes) {
    if (first && bytes.length > 0) {
      first = false;
      inArray = bytes[0] == '[' || bytes[0] == '{';
    }
    try {
      if (inArray) {
        return array(bytes);
      }
      for (Sse.Frame frame : sse.feed(bytes)) {
        Sight sight = frame.data().isBlank() ? null : chunk(Json.parse(frame.data()));
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

  private Sight array(byte[] bytes) throws Malformed {
    array.writeBytes(bytes);
    if (array.size() > MAX_ARRAY) {
      throw new Malformed("an element is larger than " + MAX_ARRAY + " bytes");
    }
    byte[] held = array.toByteArray();
    int depth = 0;
    int from = -1;
    boolean text = false;
    for (int i = held[0] == '[' ? 1 : 0; i < held.length; i++) {
      byte b = held[i];
      if (text) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          text = false;
        }
      } else if (b == '"') {
        text = true;
      } else if (b == '{' || b == '[') {
        if (depth++ == 0) {
          from = i;
        }
      } else if ((b == '}' || b == ']') && depth > 0 && --depth == 0) {
        byte[] element = Arrays.copyOfRange(held, from, i + 1);
        Sight sight = chunk(Json.parse(element));
        if (sight != null) {
          return sight;
        }
      }
    }
    return new Silent();
  }

  private static @Nullable Sight chunk(Json json) {
    Failure failure = Failures.error(json, 0);
    if (failure != null) {
      return new Failed(failure);
    }
    if (!(json instanceof Json.Obj chunk)) {
      return null;
    }
    return begun(chunk) ? new Begun() : null;
  }

  /** Whether a chunk or a whole answer says anything. */
  static boolean begun(Json.Obj chunk) {
    Json.Obj feedback = chunk.obj("promptFeedback");
    if (feedback != null && feedback.get("blockReason") != null) {
      return true;
    }
    for (Json json : chunk.items("candidates")) {
      if (json instanceof Json.Obj candidate) {
        if (candidate.get("finishReason") != null) {
          return true;
        }
        Json.Obj content = candidate.obj("content");
        if (content != null && content.items("parts").stream().anyMatch(GeminiWatch::says)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean says(Json part) {
    return part instanceof Json.Obj object
        && !object.members().isEmpty()
        && !(object.get("text") instanceof Json.Str(String text) && text.isEmpty());
  }
}
