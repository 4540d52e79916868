package dev.sluice.examples.bench;

import java.util.ArrayList;
import java.util.List;

/** Options of the command line; each is asked for once, and what is left at the end is wrong. */
final class Options {
  private final List<String> left;

  Options(List<String> arguments) {
    left = new ArrayList<>(arguments);
  }

  boolean flag(String name) {
    return left.remove(name);
  }

  String value(String name, String otherwise) {
    int at = left.indexOf(name);
    if (at < 0) {
      return otherwise;
    }
    if (at + 1 == left.size()) {
      throw new IllegalArgumentException(name + " needs a value");
    }
    left.remove(at);
    return left.remove(at);
  }

  int number(String name, int otherwise) {
    String value = value(name, Integer.toString(otherwise));
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " " + value + ": that is no number", e);
    }
  }

  void done() {
    if (!left.isEmpty()) {
      throw new IllegalArgumentException("there is no option " + left.getFirst());
    }
  }
}
