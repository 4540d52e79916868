package dev.sluice.catalog;

import java.util.ArrayList;
import java.util.List;

/**
 * A model pattern: {@code *} stands for any run of characters; several must all hold when joined
 * with {@code &}. Matching takes linear time in practice and never backtracks over more than one
 * star.
 */
public final class Pattern {
  private final String text;
  private final List<String> globs;

  private Pattern(String text, List<String> globs) {
    this.text = text;
    this.globs = globs;
  }

  /** Reads a pattern; every string is one. */
  public static Pattern of(String text) {
    var globs = new ArrayList<String>();
    int from = 0;
    for (int and = text.indexOf('&'); and >= 0; and = text.indexOf('&', from)) {
      globs.add(text.substring(from, and).strip());
      from = and + 1;
    }
    globs.add(text.substring(from).strip());
    return new Pattern(text, List.copyOf(globs));
  }

  /** Whether all of it holds for {@code name}. */
  public boolean matches(String name) {
    for (String glob : globs) {
      if (!matches(glob, name)) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(String glob, String name) {
    int g = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (g < glob.length() && glob.charAt(g) == '*') {
        star = g++;
        resume = n;
      } else if (g < glob.length() && glob.charAt(g) == name.charAt(n)) {
        g++;
        n++;
      } else if (star >= 0) {
        g = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (g < glob.length() && glob.charAt(g) == '*') {
      g++;
    }
    return g == glob.length();
  }

  /** As written. */
  @Override
  public String toString() {
    return text;
  }
}
