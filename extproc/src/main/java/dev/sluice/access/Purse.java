package dev.sluice.access;

import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one holder has spent and has under way. Changes are compare-and-set on one immutable state,
 * so that a check and what it takes are one step and nobody waits for a lock.
 */
final class Purse {
  private static final long HOUR_MILLIS = 3_600_000;
  private static final int SLICES = 48;
  private static final Duration BUSY = Duration.ofSeconds(1);

  private final Holder.Scope scope;
  private final AtomicReference<State> state;

  Purse(Holder.Scope scope, long now) {
    this.scope = scope;
    this.state =
        new AtomicReference<>(
            new State(
                Meter.EMPTY,
                Meter.EMPTY,
                0,
                Amount.NONE,
                Spent.NOTHING,
                -1,
                List.of(),
                now,
                false));
  }

  /**
   * What was spent in one hour and is not in the store yet.
   *
   * @param hour when it began, in milliseconds since the epoch
   * @param asked the hour in which the requests began that it was spent for, likewise
   */
  record Slice(long hour, long asked, Amount amount) {}

  /**
   * Everything at one moment.
   *
   * @param requests of the last minute
   * @param tokens of the last minute, those reserved too
   * @param open how many requests are under way
   * @param reserved for them
   * @param base what the store says was spent
   * @param basedAt when it said so, in milliseconds since the epoch; -1: never
   * @param fresh what was spent since and the store does not know yet, oldest first
   * @param touched when something was last asked of it
   * @param gone whether it was dropped for another to be made in its place
   */
  record State(
      Meter requests,
      Meter tokens,
      long open,
      Amount reserved,
      Spent base,
      long basedAt,
      List<Slice> fresh,
      long touched,
      boolean gone) {

    Spent spent() {
      Spent sum = base;
      for (Slice slice : fresh) {
        sum = sum.plus(slice.hour, slice.amount);
      }
      return sum;
    }

    private @Nullable Admission refusal(Holder holder, long now) {
      Limits limits = holder.limits();
      if (limits.concurrency() > 0 && open >= limits.concurrency()) {
        return new OverLimit(
            holder.scope(), OverLimit.What.CONCURRENCY, limits.concurrency(), BUSY);
      }
      if (limits.rpm() > 0 && requests.used(now) + 1 > limits.rpm()) {
        return new OverLimit(
            holder.scope(),
            OverLimit.What.REQUESTS,
            limits.rpm(),
            Duration.ofMillis(requests.wait(now, limits.rpm(), 1)));
      }
      if (limits.tpm() > 0 && tokens.used(now) >= limits.tpm()) {
        return new OverLimit(
            holder.scope(),
            OverLimit.What.TOKENS,
            limits.tpm(),
            Duration.ofMillis(tokens.wait(now, limits.tpm(), 1)));
      }
      if (holder.budgets().isEmpty()) {
        return null;
      }
      Spent all = spent();
      for (Budget budget : holder.budgets()) {
        long used = all.in(budget.span(), now).of(budget.unit());
        long held = reserved.of(budget.unit());
        if (used + held >= budget.most()) {
          return OverBudget.of(holder.scope(), budget, used, held, now);
        }
      }
      return null;
    }

    private State taken(Amount estimate, long now) {
      return new State(
          requests.plus(now, 1),
          tokens.plus(now, estimate.tokens()),
          open + 1,
          reserved.plus(estimate),
          base,
          basedAt,
          fresh,
          now,
          gone);
    }

    private State undone(Amount estimate, long now) {
      return new State(
          requests.plus(now, -1),
          tokens.plus(now, -estimate.tokens()),
          open - 1,
          reserved.minus(estimate),
          base,
          basedAt,
          fresh,
          now,
          gone);
    }

    private State settled(Amount estimate, Amount actual, long asked, long now) {
      return new State(
          requests,
          tokens.plus(now, actual.tokens() - estimate.tokens()),
          open - 1,
          reserved.minus(estimate),
          base,
          basedAt,
          actual.equals(Amount.NONE) ? fresh : with(fresh, hour(now), hour(asked), actual),
          now,
          gone);
    }

    private static List<Slice> with(List<Slice> slices, long hour, long asked, Amount more) {
      var all = new ArrayList<>(slices);
      long at = all.isEmpty() ? hour : Math.max(hour, all.getLast().hour);
      int place = all.size() < SLICES ? -1 : all.size() - 1;
      for (int i = all.size() - 1; i >= 0 && all.get(i).hour == at; i--) {
        if (all.get(i).asked == asked) {
          place = i;
          break;
        }
      }
      if (place < 0) {
        all.add(new Slice(at, asked, more));
      } else {
        Slice old = all.get(place);
        all.set(place, new Slice(at, old.asked, old.amount.plus(more)));
      }
      return List.copyOf(all);
    }

    private static long hour(long millis) {
      return millis - millis % HOUR_MILLIS;
    }

    private State based(Spent now, long at, List<Slice> written) {
      var left = new ArrayList<Slice>();
      for (Slice slice : fresh) {
        Amount amount = slice.amount;
        for (Slice done : written) {
          if (done.hour == slice.hour && done.asked == slice.asked) {
            amount = amount.minus(done.amount);
          }
        }
        if (!amount.equals(Amount.NONE)) {
          left.add(new Slice(slice.hour, slice.asked, amount));
        }
      }
      return new State(requests, tokens, open, reserved, now, at, left, touched, gone);
    }

    private State dropped() {
      return new State(requests, tokens, open, reserved, base, basedAt, fresh, touched, true);
    }
  }

  Holder.Scope scope() {
    return scope;
  }

  State state() {
    return state.get();
  }

  /** A purse that was dropped takes nothing any more. */
  sealed interface Taken {
    /** It is taken. */
    record Yes() implements Taken {}

    /** There was nothing left. */
    record No(Admission refusal) implements Taken {}

    /** Another purse is in the place of this one. */
    record Gone() implements Taken {}
  }

  /**
   * Checks and takes in one step.
   *
   * @param checked whether the holder's limits and budgets count
   */
  Taken take(Holder holder, Amount estimate, long now, boolean checked) {
    while (true) {
      State at = state.get();
      if (at.gone) {
        return new Taken.Gone();
      }
      Admission refusal = checked ? at.refusal(holder, now) : null;
      if (refusal != null) {
        return new Taken.No(refusal);
      }
      if (state.compareAndSet(at, at.taken(estimate, now))) {
        return new Taken.Yes();
      }
    }
  }

  /** As if nothing had been taken. */
  void undo(Amount estimate, long now) {
    change(at -> at.undone(estimate, now));
  }

  /**
   * What was taken is over, and this is what it came to.
   *
   * @param asked when the request began, in milliseconds since the epoch
   */
  void settle(Amount estimate, Amount actual, long asked, long now) {
    change(at -> at.settled(estimate, actual, asked, now));
  }

  /**
   * What the store says.
   *
   * @param written what of the fresh it has in it now
   */
  void based(Spent spent, long now, List<Slice> written) {
    change(at -> at.based(spent, now, written));
  }

  /**
   * What the store said.
   *
   * @param began when it was asked; where it has said something newer since, that stays
   */
  void read(Spent spent, long began) {
    change(at -> at.basedAt >= began ? at : at.based(spent, began, List.of()));
  }

  /** Drops it where nothing would be lost; whether it did. */
  boolean drop(long before) {
    State at = state.get();
    return at.open == 0
        && at.fresh.isEmpty()
        && at.touched < before
        && state.compareAndSet(at, at.dropped());
  }

  private void change(UnaryOperator<State> how) {
    state.updateAndGet(how);
  }
}
