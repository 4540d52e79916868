package dev.sluice.protocol;

import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fields that a protocol's own pieces do not know, on their way into the model and out of it. */
public final class Fields {
  private Fields() {}

  /** The members of {@code object} that are not known; null where there are none. */
  public static @Nullable Extra unknown(Origin origin, Json.Obj object, Set<String> known) {
    return unknown(origin, object, known, List.of());
  }

  /**
   * The members of {@code object} that are not known, or were not understood; null where there are
   * none.
   *
   * @param unread known ones that were not understood, where they are there
   */
  public static @Nullable Extra unknown(
      Origin origin, Json.Obj object, Set<String> known, List<String> unread) {
    Json.Obj rest = object.without(name -> known.contains(name) && !unread.contains(name));
    return rest.members().isEmpty() ? null : new Extra(origin, rest.text());
  }

  /**
   * The members of {@code outer} that are not known, and under {@code name} those of the object
   * that stands there; null where there are none.
   */
  public static @Nullable Extra unknown(
      Origin origin, Json.Obj outer, Set<String> known, String name, Set<String> knownInside) {
    Json.Obj inside = outer.obj(name);
    Json.Obj rest = inside == null ? Json.empty() : inside.without(knownInside);
    var names = new HashSet<>(known);
    names.add(name);
    Json.Obj unknown =
        Json.object(
            o -> {
              o.all(outer.without(names));
              if (!rest.members().isEmpty()) {
                o.put(name, rest);
              }
            });
    return unknown.members().isEmpty() ? null : new Extra(origin, unknown.text());
  }

  /** Puts back what stood around the object {@code name} and in it. */
  public static void restore(
      @Nullable Extra extra,
      Origin to,
      String path,
      Json.Builder outer,
      String name,
      Json.Builder inside,
      List<Loss> losses) {
    if (extra == null) {
      return;
    }
    Json.Obj fields = object(extra.raw());
    Json.Obj nested = fields.obj(name);
    restore(
        new Extra(extra.origin(), fields.without(Set.of(name)).text()), to, path, outer, losses);
    if (nested != null) {
      restore(new Extra(extra.origin(), nested.text()), to, at(path, name), inside, losses);
    }
  }

  /** Puts the fields back where they came from; elsewhere each that says something is a loss. */
  public static void restore(
      @Nullable Extra extra, Origin to, String path, Json.Builder into, List<Loss> losses) {
    if (extra == null) {
      return;
    }
    Json.Obj fields = object(extra.raw());
    if (extra.origin() == to) {
      into.all(fields);
    } else {
      fields.members().forEach((name, value) -> lost(value, at(path, name), losses));
    }
  }

  private static void lost(Json value, String path, List<Loss> losses) {
    if (says(value)) {
      losses.add(new Loss(path, "the other side's protocol has no place for it"));
    }
  }

  /**
   * What a protocol's own counts cannot say of an answer's tokens. Nothing is lost where nothing
   * was counted, nor with the place where the provider ran.
   */
  public static void lost(Usage usage, Origin to, List<Loss> losses) {
    Extra extra = usage.extra();
    if (extra != null && extra.origin() != to) {
      object(extra.raw())
          .without(Set.of("inference_geo"))
          .members()
          .forEach(
              (name, value) -> {
                if (counts(value)) {
                  lost(value, "usage." + name, losses);
                }
              });
    }
    boolean openAi = to.openAi();
    counted(usage.cacheWriteHour(), openAi, "cache_creation.ephemeral_1h_input_tokens", losses);
    counted(usage.cacheWrite(), to == Origin.GEMINI, "cache_creation_input_tokens", losses);
    boolean deaf = to == Origin.MESSAGES || to == Origin.RESPONSES;
    counted(usage.audioInput(), deaf, "prompt_tokens_details.audio_tokens", losses);
    counted(usage.audioOutput(), deaf, "completion_tokens_details.audio_tokens", losses);
  }

  /** What a citation says beside its source and its place, where the protocol is another's. */
  public static void lost(Citation citation, Origin to, String path, List<Loss> losses) {
    if (citation.quote() != null && citation.origin() != to && to != Origin.MESSAGES) {
      losses.add(
          new Loss(
              path + ".citations.cited_text", "the other side's protocol has no place for it"));
    }
  }

  private static void counted(@Nullable Long tokens, boolean lost, String name, List<Loss> losses) {
    if (lost && tokens != null && tokens > 0) {
      losses.add(new Loss("usage." + name, "the other side's protocol does not count it apart"));
    }
  }

  private static boolean counts(Json value) {
    return value instanceof Json.Obj(Map<String, Json> members)
        ? members.values().stream().anyMatch(Fields::counts)
        : !(value instanceof Json.Num number && Long.valueOf(0).equals(number.integer()))
            && says(value);
  }

  /** Whether a value is more than null or an empty array or text. */
  public static boolean says(@Nullable Json value) {
    return switch (value) {
      case null -> false;
      case Json.Null() -> false;
      case Json.Arr(List<Json> items) -> !items.isEmpty();
      case Json.Str(String text) -> !text.isEmpty();
      case Json.Num _, Json.Bool _, Json.Obj _ -> true;
    };
  }

  private static String at(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** A number as it was written; null where it is none. */
  public static @Nullable String lexeme(@Nullable Json json) {
    return json instanceof Json.Num(String lexeme) ? lexeme : null;
  }

  /** A truth value; null where it is none. */
  public static @Nullable Boolean bool(@Nullable Json json) {
    return json instanceof Json.Bool(boolean value) ? value : null;
  }

  /** The number that is written so; null puts nothing. */
  public static Json.@Nullable Num number(@Nullable String lexeme) {
    return lexeme == null ? null : new Json.Num(lexeme);
  }

  /** The texts among these. */
  public static List<String> texts(List<Json> items) {
    var texts = new ArrayList<String>();
    for (Json item : items) {
      if (item instanceof Json.Str(String text)) {
        texts.add(text);
      }
    }
    return texts;
  }

  /** An object's members where all are texts; null where one is not. */
  public static @Nullable Map<String, String> labels(Json.@Nullable Obj object) {
    var labels = new LinkedHashMap<String, String>();
    if (object != null) {
      for (var member : object.members().entrySet()) {
        if (!(member.getValue() instanceof Json.Str(String text))) {
          return null;
        }
        labels.put(member.getKey(), text);
      }
    }
    return labels;
  }

  /** A JSON text that the model holds, as a value. */
  public static Json value(String raw) {
    try {
      return Json.parse(raw);
    } catch (Malformed e) {
      throw new IllegalArgumentException("the model holds JSON only", e);
    }
  }

  private static Json.Obj object(String raw) {
    return value(raw) instanceof Json.Obj object ? object : Json.empty();
  }

  /**
   * The top level of a client's request.
   *
   * @throws Refusal it is no JSON object; says where it breaks
   */
  public static Map<String, Splice.Span> topLevel(byte[] body) throws Refusal {
    try {
      return Splice.members(body);
    } catch (Malformed e) {
      throw new Refusal(
          Failure.of(
              Failure.Kind.INVALID_REQUEST,
              "The request body is not valid JSON: " + e.getMessage()));
    }
  }

  /**
   * A client's request as a tree.
   *
   * @throws Refusal it is no JSON object; says where it breaks
   */
  public static Json.Obj tree(byte[] body) throws Refusal {
    try {
      if (Json.parse(body) instanceof Json.Obj object) {
        return object;
      }
      throw new Refusal(
          Failure.of(Failure.Kind.INVALID_REQUEST, "The request body is not a JSON object."));
    } catch (Malformed e) {
      throw new Refusal(
          Failure.of(
              Failure.Kind.INVALID_REQUEST,
              "The request body is not valid JSON: " + e.getMessage()));
    }
  }

  /**
   * The member that a request must have.
   *
   * @throws Refusal it lacks it or it is of another kind; names it
   */
  public static Splice.Span required(
      Map<String, Splice.Span> members, String name, Splice.Kind... kinds) throws Refusal {
    Splice.Span span = members.get(name);
    if (span == null) {
      throw new Refusal(Failure.invalid(name, "Missing required parameter: '" + name + "'."));
    }
    for (Splice.Kind kind : kinds) {
      if (span.kind() == kind) {
        return span;
      }
    }
    throw new Refusal(
        Failure.invalid(
            name,
            "'"
                + name
                + "' must be of type "
                + kinds[0].name().toLowerCase(java.util.Locale.ROOT)
                + "."));
  }

  /**
   * The model's name in a request's body.
   *
   * @throws Refusal it has none
   */
  public static String model(Map<String, Splice.Span> members) throws Refusal {
    String model = required(members, "model", Splice.Kind.STRING).text();
    if (model == null || model.isBlank()) {
      throw new Refusal(Failure.invalid("model", "'model' must not be empty."));
    }
    return model;
  }

  /**
   * A flag in a request's body; false where it is absent or null.
   *
   * @throws Refusal it is something else than true or false
   */
  public static boolean flag(Map<String, Splice.Span> members, String name) throws Refusal {
    Splice.Span span = members.get(name);
    return switch (span == null ? Splice.Kind.NULL : span.kind()) {
      case TRUE -> true;
      case FALSE, NULL -> false;
      default -> throw new Refusal(Failure.invalid(name, "'" + name + "' must be true or false."));
    };
  }

  /** The request with another name for its model, every other byte as it was. */
  public static byte[] rename(byte[] body, String model) {
    try {
      return Splice.text(body, "model", model);
    } catch (Malformed e) {
      throw new IllegalArgumentException("only a request that was read is renamed", e);
    }
  }
}
