package dev.sluice.xds.configuration;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class InvalidConfiguration extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  InvalidConfiguration(List<Problem> problems) {
    super(
        problems.stream().map(Problem::toString).collect(Collectors.joining("\n")),
        null,
        false,
        false);
    this.problems = List.copyOf(problems);
  }

  /** At least one, in the order of their lines. */
  public List<Problem> problems() {
    return problems;
  }
}
