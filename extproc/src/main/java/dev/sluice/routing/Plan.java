package dev.sluice.routing;

import java.util.List;

/**
 * A request's candidates and what became of them, or why there are none. Safe for several threads;
 * lives as long as the request.
 */
public sealed interface Plan permits Plan.None, Course {
  /**
   * What the next try after {@code tried} would be. Only looks: takes nothing, counts nothing. The
   * next {@link #take} may say something else, since others take too.
   */
  Choice next(List<Attempt> tried);

  /**
   * The next try after {@code tried}. A {@link Choice.Go} has taken a place among its account's
   * concurrent requests and its part of the account's rate. While another try of this plan is still
   * running, it is for a race: another channel is then preferred.
   */
  Choice take(List<Attempt> tried);

  /**
   * The decision chain so far: the tries in their order, then every candidate that was not tried,
   * with the reason. At most {@value #DECISIONS} entries.
   */
  List<Decision> decisions();

  /** At most so many entries has a decision chain. */
  int DECISIONS = 200;

  /**
   * No candidates.
   *
   * @param why what to tell the client
   */
  record None(Choice why) implements Plan {
    @Override
    public Choice next(List<Attempt> tried) {
      return why;
    }

    @Override
    public Choice take(List<Attempt> tried) {
      return why;
    }

    @Override
    public List<Decision> decisions() {
      return List.of();
    }
  }
}
