package dev.sluice.routing.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Knows the truth of the moment, the load, the caches, how long this answer will be and how many
 * turns a conversation has on average, but not the luck of a try nor the future of a channel. It
 * takes the channel with the least expected loss: of this request with one failover, of the
 * session's further turns in this channel's cache, and of what its load costs the others.
 */
class Oracle implements Arm {
  private final World world;

  Oracle(World world) {
    this.world = world;
  }

  /** How a channel is, as far as it knows. */
  Truth truth(int channel) {
    return world.truth(channel);
  }

  /** What it hears of a try. */
  Try attempt(Request request, int channel) {
    return new Known(channel);
  }

  @Override
  public final Tries begin(Request request) {
    double arrived = world.now();
    var left = new ArrayList<Integer>();
    for (int channel = 0; channel < Seller.ALL.size(); channel++) {
      left.add(channel);
    }
    return () -> {
      Integer best = null;
      double least = Double.POSITIVE_INFINITY;
      boolean any = left.stream().anyMatch(c -> fails(c) < 1);
      for (Integer channel : left) {
        if (any && fails(channel) == 1) {
          continue;
        }
        double loss = loss(request, channel, left, world.now() - arrived);
        if (loss < least) {
          least = loss;
          best = channel;
        }
      }
      if (best == null) {
        return null;
      }
      left.remove(/* element */ best);
      return attempt(request, best);
    };
  }

  private double loss(Request request, int channel, List<Integer> left, double elapsed) {
    double fails = fails(channel);
    double loss = fails < 1 ? (1 - fails) * whole(request, channel, elapsed) : 0;
    if (fails > 0) {
      double then = elapsed + failAfter(channel);
      double next = world.mode().failed(0);
      for (int other : left) {
        if (other != channel && fails(other) < 1) {
          double again = fails(other);
          double second =
              (1 - again) * whole(request, other, then)
                  + again * whole(request, other, then + failAfter(other));
          next = Math.min(next, second);
        }
      }
      loss += fails * next;
    }
    return loss;
  }

  private double fails(int channel) {
    return world.admits(channel) ? truth(channel).fails() : 1;
  }

  private double failAfter(int channel) {
    return world.admits(channel)
        ? Math.min(truth(channel).failAfter(), World.FIRST_TOKEN.toNanos() / 1e9)
        : World.REFUSAL;
  }

  /** Of this request when it is answered, and of the session's turns after it. */
  private double whole(Request request, int channel, double elapsed) {
    double now =
        served(channel, request.prompt(), world.held(request, channel), request.output(), elapsed);
    if (request.session() < 0) {
      return now;
    }
    int before = request.prompt() + request.output();
    int prompt = before + Request.ADDED;
    double again = 0;
    double stays = Math.min(1, truth(channel).admits() / world.perSecond());
    if (stays < 1) {
      again = Double.POSITIVE_INFINITY;
      for (int other = 0; other < Seller.ALL.size(); other++) {
        if (other != channel && fails(other) < 1) {
          again = Math.min(again, served(other, prompt, 0, Request.ANSWER, 0));
        }
      }
    }
    int held = Seller.ALL.get(channel).caches() ? before : 0;
    return now
        + Request.FURTHER
            * (stays * served(channel, prompt, held, Request.ANSWER, 0)
                + (stays < 1 ? (1 - stays) * again : 0));
  }

  private double served(int channel, int prompt, int held, int output, double elapsed) {
    Mode mode = world.mode();
    Truth truth = truth(channel);
    int fresh = prompt - held;
    // What one more costs itself and the others that are there.
    double strain = 1 + 3 * (truth.strain(world.busy(channel)) - 1);
    double variance = truth.spread() * truth.spread();
    double prefill = strain * fresh / truth.prefill();
    double median = strain * truth.first();
    double mean = median * Math.exp(variance / 2);
    double square = median * median * Math.exp(2 * variance);
    double fixed = elapsed + prefill;
    double finish = fixed + mean + strain * output / truth.rate();
    double cents = Seller.ALL.get(channel).cents(truth.price(), fresh, held, output);
    double whole =
        mode.expected(cents, fixed + mean, finish, fixed * fixed + 2 * fixed * mean + square);
    return (1 - truth.breaks()) * whole + truth.breaks() * mode.failed(cents);
  }

  private record Known(int channel) implements Try {
    @Override
    public Duration firstToken() {
      return World.FIRST_TOKEN;
    }

    @Override
    public void first(Duration sinceBegin) {}

    @Override
    public void ended(End end) {}
  }
}
