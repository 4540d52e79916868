package dev.sluice.protocol.responses;

import dev.sluice.wire.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tools that stand in a namespace, as Codex gives those of its MCP servers. Elsewhere a tool has
 * one name, so that the namespace is put in front of it; a tool that is called so already keeps its
 * name.
 *
 * @see <a href="https://platform.openai.com/docs/guides/function-calling">OpenAI, function calling,
 *     namespaces</a>
 */
final class Namespaces {
  /** Where there are none. */
  static final Namespaces NONE = new Namespaces(List.of());

  private static final String BETWEEN = "__";

  private final Map<Own, String> joined = new HashMap<>();
  private final Map<String, Own> own = new HashMap<>();

  /** Those of a request's tools. */
  Namespaces(List<Json> tools) {
    Set<String> taken = new HashSet<>();
    for (Json json : tools) {
      if (json instanceof Json.Obj tool && !is(tool) && tool.text("name") instanceof String name) {
        taken.add(name);
      }
    }
    for (Json json : tools) {
      if (json instanceof Json.Obj space && is(space)) {
        for (Json inner : space.items("tools")) {
          if (inner instanceof Json.Obj tool && tool.text("name") instanceof String name) {
            var one = new Own(space.text("name", ""), name);
            String all = plain(one);
            while (!taken.add(all)) {
              all += "_";
            }
            joined.put(one, all);
            own.put(all, one);
          }
        }
      }
    }
  }

  /** A tool's name as Responses has it. */
  record Own(String namespace, String name) {}

  /** Whether an entry of a request's tools is a namespace. */
  static boolean is(Json.Obj tool) {
    return tool.text("type", "").equals("namespace");
  }

  private static String plain(Own one) {
    String between = one.namespace().endsWith("_") ? "" : BETWEEN;
    return one.namespace() + between + one.name();
  }

  /** The one name of a tool or a call; its own where it stands in no namespace. */
  String joined(@Nullable String namespace, String name) {
    if (namespace == null || namespace.isEmpty()) {
      return name;
    }
    var one = new Own(namespace, name);
    return joined.getOrDefault(one, plain(one));
  }

  /** Where a tool of one name stands; null where in no namespace. */
  @Nullable Own own(String name) {
    return own.get(name);
  }
}
