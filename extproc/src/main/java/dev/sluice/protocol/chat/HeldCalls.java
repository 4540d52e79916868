package dev.sluice.protocol.chat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls that began before the one before them was complete, in order. */
final class HeldCalls {
  /** What a call takes beside its texts, about. */
  private static final int CALL = 64;

  private final Deque<Held> calls = new ArrayDeque<>();
  private final Map<Key, Held> byKey = new HashMap<>();
  private long characters;

  /** What a piece of a call is known by: its index, its id, both, or neither. */
  private record Key(@Nullable Long at, String id) {}

  /** A call, as far as it has come. */
  static final class Held {
    final long at;
    final String id;
    final boolean freeform;
    final StringBuilder arguments = new StringBuilder();
    final Whole whole = new Whole();
    String name;

    Held(long at, String id, String name, boolean freeform) {
      this.at = at;
      this.id = id;
      this.name = name;
      this.freeform = freeform;
    }

    /** Some providers send every call with index 0 and tell them apart by id alone. */
    boolean matches(@Nullable Long said, String other) {
      return (said == null || said == at) && (other.isEmpty() || other.equals(id));
    }
  }

  /** Whether the arguments so far are a whole JSON value, by their brackets. */
  static final class Whole {
    private int depth;
    private boolean quoted;
    private boolean escaped;
    private boolean begun;

    void see(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (escaped) {
          escaped = false;
        } else if (quoted) {
          escaped = c == '\\';
          quoted = c != '"';
        } else if (c == '"') {
          quoted = true;
        } else if (c == '{' || c == '[') {
          depth++;
          begun = true;
        } else if (c == '}' || c == ']') {
          depth--;
        }
      }
    }

    boolean yes() {
      return begun && depth <= 0;
    }
  }

  /** The first that a piece with this index and id belongs to; null where it is of none. */
  @Nullable Held find(@Nullable Long said, String id) {
    return byKey.get(new Key(said, id));
  }

  void add(Held call) {
    calls.add(call);
    byKey.putIfAbsent(new Key(call.at, call.id), call);
    byKey.putIfAbsent(new Key(call.at, ""), call);
    byKey.putIfAbsent(new Key(null, call.id), call);
    byKey.putIfAbsent(new Key(null, ""), call);
    characters += CALL + call.id.length() + call.name.length();
  }

  /** Puts a piece of the arguments to a call that is held. */
  void put(Held call, String arguments) {
    call.arguments.append(arguments);
    call.whole.see(arguments);
    characters += arguments.length();
  }

  /** About how much of the heap they take. */
  long characters() {
    return characters;
  }

  /** Takes the first out; null where there is none. All are to be taken before more are added. */
  @Nullable Held poll() {
    byKey.clear();
    characters = 0;
    return calls.poll();
  }
}
