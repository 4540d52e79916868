package dev.sluice.xds.configuration;

/**
 * Something that is wrong with a configuration file.
 *
 * @param file its name as it was given
 * @param line from 1; 0 where no line is at fault
 * @param key the path of the key, such as {@code channels.asxs.protocol}; empty: none
 * @param message what is wrong and what to write instead
 */
public record Problem(String file, int line, String key, String message)
    implements Comparable<Problem> {

  @Override
  public int compareTo(Problem other) {
    return Integer.compare(line, other.line);
  }

  /** One line for an operator: {@code sluice.yaml:12: channels.asxs.protocol: …}. */
  @Override
  public String toString() {
    return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + message;
  }
}
