package dev.sluice.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where results go: a folder for all, and, of those that are kept, the page that shows them,
 * between the comments {@code <!-- NAME -->} and {@code <!-- end of NAME -->}.
 *
 * @param home the project's folder
 * @param keep whether the committed results are replaced
 */
record Page(Path home, boolean keep) {
  Path folder() {
    return home.resolve(keep ? "examples/bench/results" : "examples/target/bench");
  }

  /** Shows a result. */
  void put(String name, String text) throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve(name + ".md"), text);
    System.out.println(text);
    if (keep) {
      Path page = home.resolve("docs/performance.md");
      String old = Files.readString(page);
      String from = "<!-- " + name + " -->\n";
      int begin = old.indexOf(from);
      int end = old.indexOf("<!-- end of " + name + " -->");
      if (begin < 0 || end < begin) {
        throw new IOException(page + " has no place for the result of " + name);
      }
      Files.writeString(
          page, old.substring(0, begin + from.length()) + "\n" + text + "\n" + old.substring(end));
    }
    Bench.say("the result is in " + folder());
  }
}
