package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Fields;
import dev.sluice.wire.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names of members: the API takes them in camel case and as {@code snake_case}, by Protobuf's JSON
 * mapping. Those that the model does not know are kept under the path within their node, such as
 * {@code generationConfig.mediaResolution}.
 */
final class Names {
  private final Map<String, Json> unknown = new LinkedHashMap<>();

  /** The same object with its own members in camel case; what is below them stays. */
  static Json.Obj camel(Json.Obj object) {
    if (object.members().keySet().stream().noneMatch(name -> name.indexOf('_') > 0)) {
      return object;
    }
    var members = new LinkedHashMap<String, Json>();
    object.members().forEach((name, value) -> members.put(camel(name), value));
    return new Json.Obj(members);
  }

  private static String camel(String name) {
    var camel = new StringBuilder(name.length());
    boolean begins = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_' && i > 0) {
        begins = true;
      } else {
        camel.append(begins ? Character.toUpperCase(c) : c);
        begins = false;
      }
    }
    return camel.toString();
  }

  /** The member as an object with its members in camel case; null where it is none. */
  static Json.@Nullable Obj obj(Json.Obj object, String name) {
    Json.Obj member = object.obj(name);
    return member == null ? null : camel(member);
  }

  /** Keeps the members that are not known. */
  Names keep(String prefix, Json.@Nullable Obj object, Set<String> known) {
    if (object != null) {
      object.without(known).members().forEach((name, value) -> unknown.put(prefix + name, value));
    }
    return this;
  }

  /** Keeps one member. */
  Names keep(String name, Json value) {
    unknown.put(name, value);
    return this;
  }

  /** What was kept; null where there is nothing. */
  @Nullable Extra extra() {
    return unknown.isEmpty() ? null : new Extra(Origin.GEMINI, new Json.Obj(unknown).text());
  }

  /** Puts back what was kept, at its place; the losses of another protocol's extra. */
  static void restore(
      @Nullable Extra extra,
      String path,
      Json.Builder outer,
      Map<String, Json.Builder> inner,
      List<Loss> losses) {
    if (extra == null || extra.origin() != Origin.GEMINI) {
      Fields.restore(extra, Origin.GEMINI, path, outer, losses);
      return;
    }
    if (Fields.value(extra.raw()) instanceof Json.Obj fields) {
      fields
          .members()
          .forEach(
              (name, value) -> {
                int dot = name.indexOf('.');
                Json.Builder into = dot < 0 ? null : inner.get(name.substring(0, dot));
                if (into == null) {
                  outer.put(name, value);
                } else {
                  into.put(name.substring(dot + 1), value);
                }
              });
    }
  }
}
