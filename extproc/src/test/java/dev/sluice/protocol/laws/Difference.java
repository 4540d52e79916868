package dev.sluice.protocol.laws;

import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** Where two JSON values differ, as lines for a person. */
final class Difference {
  private Difference() {}

  static List<String> of(Json before, Json after) {
    var lines = new ArrayList<String>();
    compare("", before, after, lines);
    return lines;
  }

  private static void compare(String path, Json before, Json after, List<String> lines) {
    if (before instanceof Json.Obj a && after instanceof Json.Obj b) {
      var names = new LinkedHashSet<>(a.members().keySet());
      names.addAll(b.members().keySet());
      for (String name : names) {
        String at = path + "." + name;
        Json left = a.members().get(name);
        Json right = b.members().get(name);
        if (left == null) {
          lines.add(at + " came: " + right.text());
        } else if (right == null) {
          lines.add(at + " went: " + left.text());
        } else {
          compare(at, left, right, lines);
        }
      }
    } else if (before instanceof Json.Arr(var a)
        && after instanceof Json.Arr(var b)
        && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        compare(path + "[" + i + "]", a.get(i), b.get(i), lines);
      }
    } else if (!before.equals(after)) {
      lines.add(path + ": " + before.text() + " became " + after.text());
    }
  }
}
