package dev.sluice.protocol.messages;

import dev.sluice.conversation.Loss;
import dev.sluice.protocol.Subschemas;
import dev.sluice.wire.Json;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of JSON Schema that Anthropic holds a model to: closed objects, no bounds, no recursion.
 *
 * @see <a
 *     href="https://platform.claude.com/docs/en/build-with-claude/structured-outputs">Anthropic,
 *     structured outputs: JSON Schema limitations</a>
 */
final class Schemas {
  private static final String WHY = "Anthropic holds an answer to no such thing";
  private static final String OBJECT = "object";
  private static final String MORE = "additionalProperties";
  private static final Set<String> NAMED = Set.of("properties", "$defs", "definitions");
  private static final Set<String> DEFINED = Set.of("$defs", "definitions");
  private static final int MOST_DEFINED = 500;
  private static final Set<String> LISTED = Set.of("anyOf", "allOf");
  private static final Set<String> KEPT =
      Set.of("type", "title", "description", "enum", "const", "default", "required", "$schema");
  private static final Set<String> FORMATS =
      Set.of(
          "date-time",
          "time",
          "date",
          "duration",
          "email",
          "hostname",
          "uri",
          "ipv4",
          "ipv6",
          "uuid");

  /** Looking around, word boundaries, back references. */
  private static final Pattern BEYOND = Pattern.compile("\\(\\?[=!<]|\\\\[bB1-9]");

  private final @Nullable List<Loss> losses;
  private boolean held = true;

  private Schemas(@Nullable List<Loss> losses) {
    this.losses = losses;
  }

  /** Whether a tool with this schema may be strict. */
  static boolean holds(Json schema) {
    var walk = new Schemas(null);
    Json same = walk.walk(schema, "");
    return walk.held && same.equals(schema) && !recursive(schema);
  }

  /**
   * The schema of an answer. What Anthropic does not hold the model to is listed, and told the
   * model in the description.
   */
  static Json answer(Json schema, String path, List<Loss> losses) {
    return new Schemas(losses).walk(schema, path);
  }

  private void lose(String path) {
    held = false;
    if (losses != null) {
      losses.add(new Loss(path, WHY));
    }
  }

  private Json walk(Json json, String path) {
    if (!(json instanceof Json.Obj schema)) {
      return json;
    }
    if (schema.get("$ref") instanceof Json reference) {
      schema
          .without(Set.of("$ref", "title", "description", "default", "$defs", "definitions"))
          .members()
          .keySet()
          .forEach(name -> lose(path + "." + name));
      return Json.object(
          s -> {
            s.put("$ref", reference);
            NAMED.forEach(
                name -> {
                  Json defined = schema.get(name);
                  s.put(
                      name,
                      defined == null
                          ? null
                          : Subschemas.named(defined, path + "." + name, this::walk));
                });
          });
    }
    var members = new LinkedHashMap<String, Json>();
    var told = new LinkedHashMap<String, Json>();
    schema
        .members()
        .forEach(
            (name, value) -> {
              String at = path + "." + name;
              if (NAMED.contains(name) && value instanceof Json.Obj) {
                members.put(name, Subschemas.named(value, at, this::walk));
              } else if (LISTED.contains(name)) {
                members.put(name, Subschemas.listed(value, at, this::walk));
              } else if (name.equals("items")) {
                members.put(name, walk(value, at));
              } else if (kept(name, value)) {
                members.put(name, value);
              } else if (name.equals("oneOf") && !schema.has("anyOf")) {
                lose(at);
                members.put("anyOf", Subschemas.listed(value, at, this::walk));
              } else if (!name.equals(MORE)) {
                lose(at);
                told.put(name, value);
              }
            });
    close(schema, members, path);
    if (!told.isEmpty()) {
      String said = new Json.Obj(told).text();
      String before = schema.text("description");
      members.put("description", Json.of(before == null ? said : before + "\n\n" + said));
    }
    return new Json.Obj(members);
  }

  private static boolean kept(String name, Json value) {
    return switch (value) {
      case Json.Str(String format) when name.equals("format") -> FORMATS.contains(format);
      case Json.Str(String pattern) when name.equals("pattern") -> !BEYOND.matcher(pattern).find();
      case Json.Num(String least) when name.equals("minItems") -> least.matches("[01]");
      default -> KEPT.contains(name);
    };
  }

  /** Objects must be closed; those that were not, or have no properties, lose what they held. */
  private void close(Json.Obj schema, Map<String, Json> members, String path) {
    boolean object =
        schema.text("type", "").equals(OBJECT)
            || schema.items("type").contains(Json.of(OBJECT))
            || schema.has("properties");
    Json more = schema.get(MORE);
    Json no = Json.of(false);
    if (object) {
      members.put(MORE, no);
      if (!no.equals(more) && (more != null || !schema.has("properties"))) {
        lose(path + "." + MORE);
      }
    } else if (more != null && !no.equals(more)) {
      lose(path + "." + MORE);
    }
  }

  /** Whether a schema speaks of itself or defines too much, which Anthropic refuses. */
  static boolean recursive(Json schema) {
    if (!(schema instanceof Json.Obj top)) {
      return false;
    }
    var left = new HashMap<String, Set<String>>();
    for (String name : DEFINED) {
      Json.Obj schemas = top.obj(name);
      if (schemas != null) {
        schemas
            .members()
            .forEach((key, each) -> left.put("#/" + name + "/" + key, references(each)));
      }
    }
    Set<String> said = references(top.without(DEFINED));
    left.values().forEach(said::addAll);
    if (said.contains("#") || left.size() > MOST_DEFINED) {
      return true;
    }
    // What speaks of nothing that is left is taken away, until nothing is or all that is circles.
    boolean fewer = true;
    while (fewer) {
      fewer = left.values().removeIf(each -> Collections.disjoint(each, left.keySet()));
    }
    return !left.isEmpty();
  }

  private static Set<String> references(Json json) {
    var references = new HashSet<String>();
    references(json, references);
    return references;
  }

  private static void references(Json json, Set<String> into) {
    switch (json) {
      case Json.Obj schema -> {
        if (schema.text("$ref") instanceof String reference) {
          into.add(reference);
        }
        schema.members().values().forEach(inner -> references(inner, into));
      }
      case Json.Arr(List<Json> items) -> items.forEach(inner -> references(inner, into));
      default -> {}
    }
  }

  /** A schema with a description, unless it has one of its own. */
  static Json described(Json schema, @Nullable String description) {
    return description != null && schema instanceof Json.Obj o && o.get("description") == null
        ? Json.object(s -> s.all(o).put("description", description))
        : schema;
  }
}
