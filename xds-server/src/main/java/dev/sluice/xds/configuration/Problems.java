package dev.sluice.xds.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Collects what is wrong with one file, and replaces {@code ${VAR}} in its values. */
final class Problems {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\}");

  private final String file;
  private final Map<String, String> environment;
  private final List<Problem> found = new ArrayList<>();

  Problems(String file, Map<String, String> environment) {
    this.file = file;
    this.environment = Map.copyOf(environment);
  }

  static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  void add(Node node, String key, String message) {
    add(line(node), key, message);
  }

  void add(int line, String key, String message) {
    found.add(new Problem(file, line, key, message));
  }

  Map<String, String> environment() {
    return environment;
  }

  String expand(ScalarNode scalar, String key) {
    Matcher matcher = VARIABLE.matcher(scalar.getValue());
    var text = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      String value = environment.get(name);
      if (value == null) {
        value = matcher.group(2);
      }
      if (value == null) {
        add(
            scalar,
            key,
            "the environment has no " + name + "; set it, or write ${" + name + ":-default}.");
        value = matcher.group();
      }
      matcher.appendReplacement(text, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(text).toString();
  }

  List<Problem> found() {
    return found.stream().distinct().sorted().toList();
  }
}
