package dev.sluice.protocol;

import dev.sluice.conversation.Usage;
import dev.sluice.protos.AttemptLog;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the events of a stream have said that passed nobody who reads them whole.
 *
 * @param usage null: nothing of it
 * @param current whether that holds everything that has come
 * @param end how it ended, by its own word
 */
public record Said(@Nullable Usage usage, boolean current, End end) {
  /** How a stream ended, by its own word. */
  public enum End {
    /** It is complete. */
    WHOLE,
    /** It is not. */
    CUT;

    /**
     * How a stream of these parts ended.
     *
     * @param ended whether the word came with which a complete one ends
     */
    public static End of(boolean ended, Map<String, String> parts) {
      return ended && !parts.containsKey(AttemptLog.ERROR) ? WHOLE : CUT;
    }
  }

  /** Without usage that says nothing. */
  public Said {
    usage = usage == null || usage.prompt() + usage.output() == 0 ? null : usage;
  }

  /** The object that stood at this path; null: none. */
  public static Json.@Nullable Obj object(Map<String, String> parts, String path) {
    String text = parts.get(path);
    try {
      return text != null && Json.parse(text) instanceof Json.Obj object ? object : null;
    } catch (Malformed e) {
      return null;
    }
  }
}
