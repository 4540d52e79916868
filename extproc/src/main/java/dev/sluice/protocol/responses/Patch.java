package dev.sluice.protocol.responses;

import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a JSON value that was read differs from the one that this folder would write for the same
 * thing, so that it can be given back as it was: ids, a status, a text where a list would do. A
 * patch is JSON itself: {@code set} and {@code drop} for members, {@code in} for members that
 * differ inside, {@code at} for items that do, {@code is} for everything else. A member to set that
 * is there by now was changed on the way, and stays.
 */
final class Patch {
  private Patch() {}

  /** What makes {@code would} into {@code was}; null where they are equal. */
  static @Nullable Json of(Json was, Json would) {
    if (was.equals(would)) {
      return null;
    }
    if (was instanceof Json.Obj is && would instanceof Json.Obj other) {
      return members(is, other);
    }
    if (was instanceof Json.Arr(List<Json> is)
        && would instanceof Json.Arr(List<Json> other)
        && is.size() == other.size()) {
      return Json.object(patch -> patch.put("at", items(is, other)));
    }
    return Json.object(patch -> patch.put("is", was));
  }

  private static Json members(Json.Obj was, Json.Obj would) {
    var inside =
        Json.object(
            in ->
                would
                    .members()
                    .forEach(
                        (name, value) -> {
                          Json before = was.members().get(name);
                          in.put(name, before == null ? null : of(before, value));
                        }));
    var drop = new ArrayList<Json>();
    for (String name : would.members().keySet()) {
      if (!was.has(name)) {
        drop.add(Json.of(name));
      }
    }
    Json.Obj set = was.without(would.members().keySet());
    return Json.object(
        patch ->
            patch
                .put("set", set.members().isEmpty() ? null : set)
                .put("drop", drop.isEmpty() ? null : new Json.Arr(drop))
                .put("in", inside.members().isEmpty() ? null : inside));
  }

  private static Json.Obj items(List<Json> was, List<Json> would) {
    return Json.object(
        at -> {
          for (int i = 0; i < was.size(); i++) {
            at.put(Integer.toString(i), of(was.get(i), would.get(i)));
          }
        });
  }

  /** Makes {@code would} into what was read; untouched where there is no patch. */
  static Json apply(Json would, @Nullable Json patch) {
    if (!(patch instanceof Json.Obj how)) {
      return would;
    }
    Json is = how.members().get("is");
    if (is != null) {
      return is;
    }
    Json.Obj at = how.obj("at");
    if (at != null && would instanceof Json.Arr(List<Json> items)) {
      var patched = new ArrayList<>(items);
      at.members()
          .forEach(
              (index, inner) -> {
                int i = Integer.parseInt(index);
                if (i < patched.size()) {
                  patched.set(i, apply(patched.get(i), inner));
                }
              });
      return new Json.Arr(patched);
    }
    return would instanceof Json.Obj object ? apply(object, how) : would;
  }

  private static Json apply(Json.Obj would, Json.Obj how) {
    var members = new LinkedHashMap<>(would.members());
    for (Json name : how.items("drop")) {
      if (name instanceof Json.Str(String text)) {
        members.remove(text);
      }
    }
    Json.Obj inside = how.obj("in");
    if (inside != null) {
      inside
          .members()
          .forEach((name, inner) -> members.computeIfPresent(name, (_, v) -> apply(v, inner)));
    }
    Json.Obj set = how.obj("set");
    if (set != null) {
      set.members().forEach(members::putIfAbsent);
    }
    return new Json.Obj(members);
  }
}
