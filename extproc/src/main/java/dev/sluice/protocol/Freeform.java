package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Tool;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;

/**
 * Tools that take plain text, where a protocol knows functions alone: the text is the one property
 * of the arguments.
 */
public final class Freeform {
  private static final String PROPERTY = "input";
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},"
          + "\"required\":[\"input\"],\"additionalProperties\":false}";

  private Freeform() {}

  /** The function that stands for the tool. */
  public static Tool.Function function(Tool.Custom tool) {
    return new Tool.Function(tool.name(), tool.description(), SCHEMA, null, null, null);
  }

  /** Whether the tool's text is held to a grammar, not merely any text. */
  public static boolean grammar(Tool.Custom tool) {
    String format = tool.format();
    return format != null
        && !(Fields.value(format) instanceof Json.Obj said && said.text("type", "").equals("text"));
  }

  /** A call's arguments as JSON, be they plain text in the model. */
  public static String arguments(Block.ToolCall call) {
    return call.freeform()
        ? Json.object(o -> o.put(PROPERTY, call.arguments())).text()
        : call.arguments();
  }

  /** The plain text in a function's arguments; the arguments themselves where it is not there. */
  public static String text(String arguments) {
    try {
      return Json.parse(arguments) instanceof Json.Obj object
              && object.text(PROPERTY) instanceof String text
          ? text
          : arguments;
    } catch (Malformed e) {
      return arguments;
    }
  }
}
