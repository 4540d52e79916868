package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Loss;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Subschemas;
import dev.sluice.wire.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's {@code Schema}, a subset of OpenAPI 3.0's, to JSON Schema, and JSON Schema to the part
 * of it that Gemini holds an answer to.
 *
 * @see <a href="https://ai.google.dev/api/caching#Schema">Gemini API, Schema</a>
 * @see <a href="https://ai.google.dev/api/generate-content#generationconfig">Gemini API,
 *     responseJsonSchema</a>
 */
final class Schemas {
  private static final Set<String> COUNTS =
      Set.of("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties");
  private static final Set<String> HELD =
      Set.of(
          "$id",
          "$defs",
          "$ref",
          "$anchor",
          "type",
          "format",
          "title",
          "description",
          "enum",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minimum",
          "maximum",
          "anyOf",
          "oneOf",
          "properties",
          "additionalProperties",
          "required",
          "propertyOrdering");
  private static final Set<String> REMARKS = Set.of("$schema", "$comment");
  private static final Pattern WHOLE = Pattern.compile("-?\\d+");

  private Schemas() {}

  // ---- from OpenAPI

  /** A {@code Schema} as JSON Schema: types in lower case, null as a type, counts as numbers. */
  static Json.Obj json(Json.Obj openApi) {
    Json.Obj schema = Names.camel(openApi);
    var members = new LinkedHashMap<String, Json>();
    String said = schema.text("type", "").toLowerCase(Locale.ROOT);
    String type = said.equals("type_unspecified") ? "" : said;
    boolean nullable = schema.isTrue("nullable");
    schema
        .members()
        .forEach(
            (name, value) -> {
              switch (name) {
                case "type" -> {
                  if (!type.isEmpty()) {
                    members.put(
                        name,
                        nullable ? Json.array(Json.of(type), Json.of("null")) : Json.of(type));
                  }
                }
                case "nullable", "propertyOrdering" -> {}
                case "format" -> {
                  if (!(value instanceof Json.Str(String format) && format.equals("enum"))) {
                    members.put(name, value);
                  }
                }
                case "enum" -> members.put(name, choices(value, type, nullable));
                case "items", "additionalProperties", "not" -> members.put(name, inner(value));
                case "anyOf", "oneOf", "allOf", "prefixItems" -> members.put(name, all(value));
                case "properties", "defs", "$defs" ->
                    members.put(name, properties(value, schema.items("propertyOrdering")));
                default ->
                    members.put(
                        name,
                        COUNTS.contains(name) && Taken.integer(value) instanceof Long count
                            ? Json.of(count.longValue())
                            : value);
              }
            });
    if (nullable && type.isEmpty() && schema.get("anyOf") != null) {
      var options = new ArrayList<>(((Json.Arr) all(schema.items("anyOf"))).items());
      options.add(Json.object(o -> o.put("type", "null")));
      members.put("anyOf", new Json.Arr(options));
    }
    return new Json.Obj(members);
  }

  private static Json inner(Json value) {
    return value instanceof Json.Obj schema ? json(schema) : value;
  }

  private static Json all(Json value) {
    return value instanceof Json.Arr(List<Json> items) ? all(items) : value;
  }

  private static Json all(List<Json> items) {
    return new Json.Arr(items.stream().map(Schemas::inner).toList());
  }

  private static Json properties(Json value, List<Json> order) {
    if (!(value instanceof Json.Obj(Map<String, Json> properties))) {
      return value;
    }
    var ordered = new LinkedHashMap<String, Json>();
    for (String name : Fields.texts(order)) {
      Json property = properties.get(name);
      if (property != null) {
        ordered.put(name, inner(property));
      }
    }
    properties.forEach((name, property) -> ordered.putIfAbsent(name, inner(property)));
    return new Json.Obj(ordered);
  }

  private static Json choices(Json value, String type, boolean nullable) {
    if (!(value instanceof Json.Arr(List<Json> items))) {
      return value;
    }
    boolean whole = type.equals("integer");
    var choices = new ArrayList<Json>();
    for (Json item : items) {
      choices.add(
          whole && item instanceof Json.Str(String text) && WHOLE.matcher(text).matches()
              ? new Json.Num(text)
              : item);
    }
    if (nullable && !choices.contains(Json.nil())) {
      choices.add(Json.nil());
    }
    return new Json.Arr(choices);
  }

  // ---- from JSON Schema

  /** The schema of a function's arguments; Gemini reads what it does not hold the model to. */
  static Json arguments(Json schema) {
    return walk(schema, "", null);
  }

  /**
   * The schema of an answer. What Gemini does not hold the model to is left out and listed, but
   * where it can be said in another way.
   */
  static Json answer(Json schema, String path, List<Loss> losses) {
    return walk(schema, path, losses);
  }

  private static Json walk(Json json, String path, @Nullable List<Loss> losses) {
    if (!(json instanceof Json.Obj schema)) {
      return json;
    }
    var members = new LinkedHashMap<String, Json>();
    schema
        .members()
        .forEach(
            (name, value) -> {
              String at = path + "." + name;
              switch (name) {
                case "properties", "$defs", "definitions", "patternProperties" -> {
                  if (losses == null || HELD.contains(name) || name.equals("definitions")) {
                    members.put(
                        name, Subschemas.named(value, at, (one, to) -> walk(one, to, losses)));
                  } else {
                    lose(at, losses);
                  }
                }
                case "items", "additionalProperties" -> members.put(name, walk(value, at, losses));
                case "anyOf", "oneOf", "prefixItems" ->
                    members.put(
                        name, Subschemas.listed(value, at, (one, to) -> walk(one, to, losses)));
                default -> {
                  if (HELD.contains(name) || (losses == null && !name.equals("$schema"))) {
                    members.put(name, value);
                  } else if (losses != null && !REMARKS.contains(name)) {
                    otherwise(name, value, schema, members, at, losses);
                  }
                }
              }
            });
    return referring(new Json.Obj(members));
  }

  /** Beside a reference Gemini takes nothing that does not begin with a dollar. */
  private static Json referring(Json.Obj schema) {
    Json reference = schema.get("$ref");
    if (reference == null
        || schema.members().keySet().stream().allMatch(name -> name.startsWith("$"))) {
      return schema;
    }
    Json.Obj alone = Json.object(o -> o.put("$ref", reference));
    if (schema.get("anyOf") != null) {
      return schema;
    }
    return Json.object(o -> o.all(schema.without(Set.of("$ref"))).put("anyOf", Json.array(alone)));
  }

  private static void otherwise(
      String name,
      Json value,
      Json.Obj schema,
      Map<String, Json> into,
      String path,
      List<Loss> losses) {
    boolean whole = schema.text("type", "").equals("integer");
    switch (value) {
      case Json.Str _, Json.Num _ when name.equals("const") ->
          into.putIfAbsent("enum", Json.array(value));
      case Json.Num(String bound)
          when name.startsWith("exclusive") && whole && WHOLE.matcher(bound).matches() ->
          into.putIfAbsent(
              name.equals("exclusiveMinimum") ? "minimum" : "maximum",
              new Json.Num(
                  new BigDecimal(bound)
                      .add(
                          name.equals("exclusiveMinimum")
                              ? BigDecimal.ONE
                              : BigDecimal.ONE.negate())
                      .toPlainString()));
      case Json.Arr(List<Json> items) when name.equals("allOf") && items.size() == 1 -> {
        if (walk(items.getFirst(), path + "[0]", losses) instanceof Json.Obj only) {
          only.members().forEach(into::putIfAbsent);
        }
      }
      default -> lose(path, losses);
    }
  }

  private static void lose(String path, List<Loss> losses) {
    losses.add(new Loss(path, "Gemini does not hold an answer to it"));
  }
}
