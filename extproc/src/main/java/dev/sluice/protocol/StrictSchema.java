package dev.sluice.protocol;

import dev.sluice.conversation.Format;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Tool;
import dev.sluice.wire.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of JSON Schema that OpenAI holds a model to where {@code strict} is said, and what it
 * demands of a function's arguments in any case.
 *
 * @see <a href="https://developers.openai.com/api/docs/guides/structured-outputs">OpenAI,
 *     structured outputs: supported schemas</a>
 */
public final class StrictSchema {
  private static final Set<String> WORDS =
      Set.of(
          "$schema",
          "$ref",
          "$defs",
          "definitions",
          "type",
          "title",
          "description",
          "enum",
          "const",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "anyOf",
          "pattern",
          "format",
          "multipleOf",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "minItems",
          "maxItems");
  private static final Set<String> FORMATS =
      Set.of("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid");
  private static final Set<String> NAMED = Set.of("properties", "$defs", "definitions");
  private static final String WHY = "OpenAI holds a model to a part of JSON Schema alone";
  private static final String OBJECT = "object";

  private StrictSchema() {}

  /**
   * Name, description, schema and strictness of an answer's format. Messages and Gemini hold an
   * answer to its schema always, which only {@code strict} does here.
   *
   * @param from whose client asked for it
   */
  public static Json.Obj answer(Format.Schema format, Origin from, List<Loss> losses) {
    Json given = Fields.value(format.schema());
    boolean held = from == Origin.MESSAGES || from == Origin.GEMINI;
    Json closed = held ? close(given) : given;
    boolean strict = held && holds(closed);
    if (held && !strict) {
      losses.add(new Loss("response_format.strict", WHY));
    }
    return Json.object(
        s ->
            s.put("name", format.name() == null ? "answer" : format.name())
                .put("description", format.description())
                .put("schema", strict ? closed : given)
                .put("strict", strict ? Boolean.TRUE : format.strict()));
  }

  /**
   * Whether a function's arguments are held to its schema; null: not said.
   *
   * @param from whose client gave it: what is strict at Anthropic may not be here
   */
  public static @Nullable Boolean strict(
      Tool.Function function, Origin from, String path, List<Loss> losses) {
    String schema = function.schema();
    boolean foreign = from != Origin.CHAT && from != Origin.RESPONSES;
    if (Boolean.TRUE.equals(function.strict())
        && foreign
        && (schema == null || !holds(Fields.value(schema)))) {
      losses.add(new Loss(path + ".strict", WHY));
      return null;
    }
    return function.strict();
  }

  /** Whether all of a schema may be strict. */
  public static boolean holds(Json schema) {
    return schema instanceof Json.Obj top
        && top.text("type", "").equals(OBJECT)
        && !top.has("anyOf")
        && held(top);
  }

  private static boolean held(Json json) {
    if (!(json instanceof Json.Obj schema)
        || !WORDS.containsAll(schema.members().keySet())
        || !FORMATS.contains(schema.text("format", "date"))
        || (objects(schema) && !closed(schema))) {
      return false;
    }
    for (String name : NAMED) {
      Json.Obj schemas = schema.obj(name);
      if (schemas != null && !schemas.members().values().stream().allMatch(StrictSchema::held)) {
        return false;
      }
    }
    Json items = schema.get("items");
    return (items == null || held(items))
        && schema.items("anyOf").stream().allMatch(StrictSchema::held);
  }

  /** Whether it speaks of objects, maybe beside others. */
  private static boolean objects(Json.Obj schema) {
    return schema.has("properties")
        || schema.text("type", "").equals(OBJECT)
        || schema.items("type").contains(Json.of(OBJECT));
  }

  private static boolean closed(Json.Obj schema) {
    Json.Obj properties = schema.obj("properties");
    return Json.of(false).equals(schema.get("additionalProperties"))
        && (properties == null
            || Set.copyOf(Fields.texts(schema.items("required")))
                .containsAll(properties.members().keySet()));
  }

  /** The schema with every object closed of which it does not say whether it is. */
  private static Json close(Json json) {
    if (!(json instanceof Json.Obj schema)) {
      return json;
    }
    var members = new LinkedHashMap<String, Json>();
    schema
        .members()
        .forEach(
            (name, value) ->
                members.put(
                    name,
                    switch (name) {
                      case String _ when NAMED.contains(name) ->
                          Subschemas.named(value, "", (inner, _) -> close(inner));
                      case "anyOf" -> Subschemas.listed(value, "", (inner, _) -> close(inner));
                      case "items" -> close(value);
                      default -> value;
                    }));
    if (schema.has("properties")) {
      members.putIfAbsent("additionalProperties", Json.of(false));
    }
    return new Json.Obj(members);
  }

  /** A function's arguments, which OpenAI takes with their properties alone, be they none. */
  public static Json arguments(Json json) {
    if (!(json instanceof Json.Obj schema)
        || !schema.text("type", OBJECT).equals(OBJECT)
        || (schema.has("type") && schema.has("properties"))) {
      return json;
    }
    return Json.object(
        s -> {
          if (!schema.has("type")) {
            s.put("type", OBJECT);
          }
          s.all(schema);
          if (!schema.has("properties")) {
            s.put("properties", Json.empty());
          }
        });
  }
}
