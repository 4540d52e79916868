package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Locale;

/** A value that follows a JSON Schema, or Gemini's dialect of it. */
final class Sample {
  private static final int NUMBER = 7;

  private final JsonNode root;
  private final String text;

  /**
   * Samples of {@code schema}.
   *
   * @param text what strings say
   */
  Sample(JsonNode schema, String text) {
    this.root = schema;
    this.text = text;
  }

  JsonNode value() {
    return value(root);
  }

  private JsonNode value(JsonNode schema) {
    if (schema.has("$ref")) {
      return value(root.at(schema.path("$ref").asText().substring(1)));
    }
    if (schema.has("const")) {
      return schema.path("const");
    }
    if (schema.path("enum").size() > 0) {
      return schema.path("enum").get(0);
    }
    if (schema.path("anyOf").size() > 0) {
      return value(schema.path("anyOf").get(0));
    }
    JsonNode type = schema.path("type");
    String first = type.isArray() ? type.path(0).asText() : type.asText();
    return switch (first.toLowerCase(Locale.ROOT)) {
      case "string" -> new TextNode(text);
      case "integer", "number" -> new IntNode(NUMBER);
      case "boolean" -> BooleanNode.TRUE;
      case "null" -> NullNode.instance;
      case "array" -> {
        ArrayNode items = Wire.object().putArray("items");
        yield items.add(value(schema.path("items")));
      }
      default -> {
        ObjectNode object = Wire.object();
        schema
            .path("properties")
            .properties()
            .forEach(member -> object.set(member.getKey(), value(member.getValue())));
        yield object;
      }
    };
  }
}
