package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Request;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every request, whoever sends it to whom. */
final class RequestLaws {
  @Provide
  Arbitrary<byte[]> dice() {
    return Dice.bytes(250);
  }

  @Provide
  Arbitrary<Side> sides() {
    return Arbitraries.of(Side.ALL);
  }

  @Property(tries = 1500)
  void whatIsReadIsWritten(@ForAll("sides") Side side, @ForAll("dice") byte[] bytes)
      throws Exception {
    Json.Obj request = Wire.request(side, new Dice(bytes));
    Request read = side.read(request.bytes());
    Written written = side.write(read);
    String shown = side + "\n" + request.text() + "\n" + Side.show(written.bytes());
    assertThat(Difference.of(Wire.spelled(request), Wire.spelled(Side.json(written.bytes()))))
        .as(shown)
        .isEmpty();
    assertThat(written.losses()).as(shown).isEmpty();
    assertThat(side.read(written.bytes())).as(shown).isEqualTo(read);
  }
}
