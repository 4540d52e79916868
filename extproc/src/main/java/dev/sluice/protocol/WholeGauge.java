package dev.sluice.protocol;

import dev.sluice.conversation.Usage;
import dev.sluice.wire.Json;
import dev.sluice.wire.Member;
import java.util.Set;
import java.util.function.Function;

/** Looks for the usage member of a whole answer and reads nothing else of it. */
public final class WholeGauge implements Gauge {
  private final Count count = new Count();
  private final Member member;
  private final Function<Json.Obj, Usage> reads;

  /**
   * Looks for a member.
   *
   * @param names what it may be called
   * @param reads understands it
   */
  public WholeGauge(Set<String> names, Function<Json.Obj, Usage> reads) {
    this.member = new Member(names);
    this.reads = reads;
  }

  @Override
  public byte[] pass(byte[] bytes, boolean last) {
    member.feed(bytes);
    if (last) {
      if (member.value() instanceof Json.Obj usage) {
        count.said(reads.apply(usage));
      }
    }
    return bytes;
  }

  @Override
  public Count count() {
    return count;
  }
}
