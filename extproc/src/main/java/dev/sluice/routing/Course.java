package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request's channels in the order of trying. */
final class Course implements Plan {
  private final Group group;
  private final List<Candidate> candidates;

  Course(Group group, List<Candidate> candidates) {
    this.group = group;
    this.candidates = List.copyOf(candidates);
  }

  record Candidate(Channel channel, String target) {}

  @Override
  public Choice next(List<Attempt> tried) {
    if (tried.size() < group.maxAttempts()) {
      for (Candidate candidate : candidates) {
        @Nullable Attempt attempt =
            Rotation.next(candidate.channel(), group.name(), candidate.target(), tried);
        if (attempt != null) {
          return new Choice.Go(attempt, new Free(attempt.channel().timeouts().firstToken()));
        }
      }
    }
    return new Choice.Exhausted();
  }

  @Override
  public Choice take(List<Attempt> tried) {
    return next(tried);
  }

  @Override
  public List<Decision> decisions() {
    return List.of();
  }

  /** Holds nothing. */
  private record Free(Duration firstToken) implements Lease {
    @Override
    public String reason() {
      return "";
    }

    @Override
    public double probability() {
      return 1;
    }

    @Override
    public void firstToken(Duration sinceBegin) {}

    @Override
    public void end(Outcome outcome) {}
  }
}
