package dev.sluice.xds.configuration;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of the file, asked key by key. What is wrong goes to {@link Problems}, and a default
 * comes back, so that one reading finds every mistake; keys that nobody asked for are mistakes too.
 */
final class Section {
  private final Problems problems;
  private final String path;
  private final int line;
  private final Map<String, NodeTuple> members = new LinkedHashMap<>();
  private final Set<String> asked = new LinkedHashSet<>();

  Section(Problems problems, String path, int line, @Nullable Node node) {
    this.problems = problems;
    this.path = path;
    this.line = line;
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key) {
          if (members.putIfAbsent(key.getValue(), tuple) != null) {
            problems.add(key, in(key.getValue()), "stands there twice; keep one of them.");
          }
        } else {
          problems.add(tuple.getKeyNode(), path, "a key must be plain text.");
        }
      }
    } else if (node != null && !isNull(node)) {
      problems.add(node, path, "must be a mapping of keys to values.");
    }
  }

  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.isPlain()
        && (scalar.getValue().isEmpty()
            || scalar.getValue().equals("null")
            || scalar.getValue().equals("~"));
  }

  String in(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  int line() {
    return line;
  }

  Set<String> names() {
    return members.keySet();
  }

  /** The value's node; null where the key is absent or has no value. */
  @Nullable Node node(String key) {
    asked.add(key);
    NodeTuple tuple = members.get(key);
    return tuple == null || isNull(tuple.getValueNode()) ? null : tuple.getValueNode();
  }

  int lineOf(String key) {
    NodeTuple tuple = members.get(key);
    return tuple == null ? line : Problems.line(tuple.getKeyNode());
  }

  void wrong(String key, String message) {
    problems.add(lineOf(key), in(key), message);
  }

  boolean has(String key) {
    return node(key) != null;
  }

  Section section(String key) {
    return new Section(problems, in(key), lineOf(key), node(key));
  }

  /** The mappings of a mapping, by name. */
  Map<String, Section> sections(String key) {
    Section outer = section(key);
    var sections = new LinkedHashMap<String, Section>();
    for (String name : outer.names()) {
      sections.put(name, outer.section(name));
    }
    return sections;
  }

  /** The mappings of a list. */
  List<Section> list(String key) {
    var sections = new ArrayList<Section>();
    List<Node> items = items(key);
    for (int i = 0; i < items.size(); i++) {
      Node item = items.get(i);
      sections.add(new Section(problems, in(key) + "[" + i + "]", Problems.line(item), item));
    }
    return sections;
  }

  private List<Node> items(String key) {
    Node node = node(key);
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    if (node != null) {
      wrong(key, "must be a list.");
    }
    return List.of();
  }

  @Nullable String text(String key) {
    Node node = node(key);
    if (node == null) {
      return null;
    }
    if (node instanceof ScalarNode scalar) {
      return problems.expand(scalar, in(key));
    }
    wrong(key, "must be one text, not a list or a mapping.");
    return null;
  }

  String text(String key, String otherwise) {
    String text = text(key);
    return text == null ? otherwise : text;
  }

  String required(String key) {
    String text = text(key);
    if (text == null || text.isBlank()) {
      if (!members.containsKey(key)) {
        problems.add(line, in(key), "is missing.");
      } else {
        wrong(key, "must not be empty.");
      }
      return "";
    }
    return text;
  }

  List<String> texts(String key) {
    return texts(key, Function.identity());
  }

  /** The same of another form; the function throws with a sentence where one is not. */
  <T> List<T> texts(String key, Function<String, T> read) {
    var values = new ArrayList<T>();
    List<Node> items = items(key);
    for (int i = 0; i < items.size(); i++) {
      String at = in(key) + "[" + i + "]";
      if (items.get(i) instanceof ScalarNode scalar && !isNull(scalar)) {
        String text = problems.expand(scalar, at);
        try {
          values.add(read.apply(text));
        } catch (IllegalArgumentException e) {
          problems.add(scalar, at, "\"" + text + "\" " + e.getMessage());
        }
      } else {
        problems.add(items.get(i), at, "must be text.");
      }
    }
    return values;
  }

  /** A value of another form than text; the function throws with a sentence where it is not. */
  <T> T value(String key, T otherwise, Function<String, T> read) {
    T value = maybe(key, read);
    return value == null ? otherwise : value;
  }

  /** The same without a default: null where the key is absent or wrong. */
  <T> @Nullable T maybe(String key, Function<String, T> read) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    try {
      return read.apply(text);
    } catch (IllegalArgumentException e) {
      wrong(key, "\"" + text + "\" " + e.getMessage());
      return null;
    }
  }

  String oneOf(String key, String otherwise, Collection<String> words) {
    return value(
        key,
        otherwise,
        text -> {
          if (!words.contains(text)) {
            throw new IllegalArgumentException("is none of " + String.join(", ", words) + ".");
          }
          return text;
        });
  }

  /** Says which keys mean nothing here, with the nearest that does. */
  void close() {
    for (String name : members.keySet()) {
      if (!asked.contains(name)) {
        String near =
            asked.stream()
                .filter(known -> Words.distance(known, name) <= 2)
                .findFirst()
                .map(known -> "; did you mean \"" + known + "\"?")
                .orElse("; known here: " + String.join(", ", asked) + ".");
        wrong(name, "is not a known key" + near);
      }
    }
  }

  /** Names that must not stand twice in a list. */
  static final class Unique {
    private final Map<String, Integer> lines = new HashMap<>();

    Optional<Integer> first(String name, int line) {
      return Optional.ofNullable(lines.putIfAbsent(name, line));
    }
  }
}
