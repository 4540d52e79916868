package dev.sluice.protocol;

import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The schemas within a JSON Schema, each made into another on the way to a provider.
 *
 * @see <a href="https://json-schema.org/draft/2020-12/json-schema-core#section-10">JSON Schema,
 *     applying subschemas</a>
 */
public final class Subschemas {
  private Subschemas() {}

  /** What becomes of a schema within another. */
  @FunctionalInterface
  public interface Change {
    /** The schema that stands for the one at this path. */
    Json of(Json schema, String path);
  }

  /** The schemas that an object names, such as its properties. */
  public static Json named(Json value, String path, Change change) {
    if (!(value instanceof Json.Obj(Map<String, Json> schemas))) {
      return value;
    }
    var changed = new LinkedHashMap<String, Json>();
    schemas.forEach((name, schema) -> changed.put(name, change.of(schema, path + "." + name)));
    return new Json.Obj(changed);
  }

  /** The schemas of a list, such as those of {@code anyOf}. */
  public static Json listed(Json value, String path, Change change) {
    if (!(value instanceof Json.Arr(List<Json> schemas))) {
      return value;
    }
    var changed = new ArrayList<Json>();
    for (int i = 0; i < schemas.size(); i++) {
      changed.add(change.of(schemas.get(i), path + "[" + i + "]"));
    }
    return new Json.Arr(changed);
  }
}
