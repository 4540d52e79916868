package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Tool;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.util.List;

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

  /**
   * The function that stands for the tool.
   *
   * @param path of the tool
   * @param lax why its text is held to no grammar there
   */
  public static Tool.Function function(
      Tool.Custom tool, Origin to, String path, String lax, List<Loss> losses) {
    if (grammar(tool)) {
      losses.add(new Loss(path + ".format", lax));
    }
    Fields.restore(tool.extra(), to, path, new Json.Builder(), losses);
    return new Tool.Function(tool.name(), tool.description(), SCHEMA, null, null, null);
  }

  /** Whether one of the tools is of this name and takes plain text. */
  public static boolean takes(String name, List<Tool> tools) {
    return tools.stream()
        .anyMatch(tool -> tool instanceof Tool.Custom custom && custom.name().equals(name));
  }

  /** Whether the tool's text is held to a grammar, not merely any text. */
  private static boolean grammar(Tool.Custom tool) {
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
