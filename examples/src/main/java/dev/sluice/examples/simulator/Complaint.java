package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.Set;
import java.util.function.Function;

/** Why a provider refuses a request. */
final class Complaint extends RuntimeException {
  private static final long serialVersionUID = 1;

  Complaint(String text) {
    super(text, null, false, false);
  }

  /** Complains where it is not so. */
  static void unless(boolean so, String text) {
    if (!so) {
      throw new Complaint(text);
    }
  }

  /** Complains of the first member that has another name. */
  static void fields(JsonNode object, Set<String> known, Function<String, String> text) {
    object.fieldNames().forEachRemaining(name -> unless(known.contains(name), text.apply(name)));
  }

  /** Whether it is base64 as RFC 4648 has it. */
  static boolean base64(JsonNode data) {
    try {
      return data.isTextual() && Base64.getDecoder().decode(data.asText()).length > 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Whether every object of a schema is closed, as strict schemas must be.
   *
   * @param required whether every property must be required too
   */
  static boolean closed(JsonNode schema, boolean required) {
    if (schema.isObject() && schema.path("type").asText().equals("object")) {
      JsonNode more = schema.path("additionalProperties");
      if (!more.isBoolean() || more.asBoolean()) {
        return false;
      }
      if (required && schema.path("required").size() != schema.path("properties").size()) {
        return false;
      }
    }
    for (JsonNode inner : schema) {
      if (!closed(inner, required)) {
        return false;
      }
    }
    return true;
  }
}
