package dev.sluice.protocol.messages;

import dev.sluice.conversation.Format;
import dev.sluice.protocol.Fields;
import dev.sluice.wire.Json;

/**
 * The tool through which a model answers in JSON that cannot be held to it otherwise: its arguments
 * are the answer, and readers take them for text.
 */
final class JsonAnswer {
  /** The tool's name. */
  static final String NAME = "sluice_json_answer";

  private JsonAnswer() {}

  static Json tool(Format format) {
    return Json.object(
        tool -> {
          tool.put("name", NAME);
          switch (format) {
            case Format.Schema schema ->
                tool.put(
                        "description",
                        schema.description() == null
                            ? "Give the answer with this tool, and say nothing else."
                            : schema.description())
                    .put("input_schema", Fields.value(schema.schema()));
            case Format.AnyJson(), Format.Free() ->
                tool.put(
                        "description",
                        "Give the answer, a JSON object, with this tool, and say nothing else.")
                    .put(
                        "input_schema",
                        Json.object(
                            s -> s.put("type", "object").put("additionalProperties", true)));
          }
        });
  }
}
