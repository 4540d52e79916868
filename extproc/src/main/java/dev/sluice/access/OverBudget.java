package dev.sluice.access;

import dev.sluice.catalog.Budget;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A budget is used up. Where {@link #held} it is only so as long as requests are under way that may
 * still turn out cheaper; that passes in a moment. Else it lasts until {@link #until}, or, without
 * one, until somebody gives more.
 *
 * @param scope whose budget
 * @param budget which
 * @param spent in the budget's span, in its unit's smallest parts
 * @param reserved for requests that are under way
 * @param until when the next span begins; null: there is none
 * @param retryAfter when it may be asked again; at least a second
 */
public record OverBudget(
    Holder.Scope scope,
    Budget budget,
    long spent,
    long reserved,
    @Nullable Instant until,
    Duration retryAfter)
    implements Admission {

  static OverBudget of(Holder.Scope scope, Budget budget, long spent, long reserved, long now) {
    Instant at = Instant.ofEpochMilli(now);
    Instant until = budget.span().end(at).orElse(null);
    boolean held = spent < budget.most();
    Duration wait = held || until == null ? Duration.ofSeconds(1) : Duration.between(at, until);
    return new OverBudget(scope, budget, spent, reserved, until, wait);
  }

  /** Whether it is requests under way alone that use it up. */
  public boolean held() {
    return spent < budget.most();
  }

  /** A sentence or two for the client. */
  public String message() {
    String whose = "The budget of " + budget + " of " + scope.described();
    if (held()) {
      return whose
          + " has "
          + budget.unit().written(spent)
          + " spent and the rest reserved for requests under way. Try again in a moment.";
    }
    String used = whose + " is used up (" + budget.unit().written(spent) + " spent).";
    return until == null
        ? used + " It does not begin anew; ask for more."
        : used + " It begins anew at " + until + ".";
  }
}
