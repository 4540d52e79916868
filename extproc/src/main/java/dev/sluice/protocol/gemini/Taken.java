package dev.sluice.protocol.gemini;

import dev.sluice.wire.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An object's members as they are taken into the model. What was not taken, because it is unknown
 * or of another kind than it should be, is kept for those who know.
 */
final class Taken {
  private final Json.Obj from;
  private final Set<String> names = new HashSet<>();

  Taken(Json.@Nullable Obj from) {
    this.from = from == null ? Json.empty() : Names.camel(from);
  }

  private <T> @Nullable T taken(String name, @Nullable T value) {
    if (value != null) {
      names.add(name);
    }
    return value;
  }

  /** Marks it as taken. */
  void take(String... taken) {
    names.addAll(List.of(taken));
  }

  @Nullable Json get(String name) {
    return from.get(name);
  }

  @Nullable String lexeme(String name) {
    return taken(name, from.get(name) instanceof Json.Num(String lexeme) ? lexeme : null);
  }

  /** A whole number, which Protobuf's JSON mapping also takes as a string. */
  @Nullable Long integer(String name) {
    return taken(name, integer(from.get(name)));
  }

  static @Nullable Long integer(@Nullable Json json) {
    return switch (json) {
      case Json.Num number -> number.integer();
      case Json.Str(String text) -> new Json.Num(text).integer();
      case null, default -> null;
    };
  }

  @Nullable String text(String name) {
    return taken(name, from.text(name));
  }

  @Nullable Boolean bool(String name) {
    return taken(name, from.get(name) instanceof Json.Bool(boolean value) ? value : null);
  }

  Json.@Nullable Obj obj(String name) {
    return taken(name, Names.obj(from, name));
  }

  List<Json> items(String name) {
    if (from.get(name) instanceof Json.Arr(List<Json> items)) {
      names.add(name);
      return items;
    }
    return List.of();
  }

  /** Keeps what was not taken. */
  Names rest(String prefix, Names into) {
    return into.keep(prefix, from, names);
  }
}
