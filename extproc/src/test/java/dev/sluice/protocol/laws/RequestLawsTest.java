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
final class RequestLawsTest {
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

  @Property(tries = 1500)
  void nothingIsLostSilently(
      @ForAll("sides") Side from, @ForAll("sides") Side to, @ForAll("dice") byte[] bytes)
      throws Exception {
    Json.Obj request = Wire.request(from, new Dice(bytes));
    Request read = from.read(request.bytes());
    Written written = to.write(read);
    Request there = to.read(written.bytes());
    assertThat(Facts.missing(read, there, written.losses()))
        .as(
            from
                + " → "
                + to
                + "\n"
                + request.text()
                + "\n"
                + Side.show(written.bytes())
                + "\n"
                + written.losses())
        .isEmpty();
  }

  @Property(tries = 1500)
  void whatTheOtherSideCanExpressComesBack(
      @ForAll("sides") Side from, @ForAll("sides") Side to, @ForAll("dice") byte[] bytes)
      throws Exception {
    Json.Obj request = Wire.request(from, new Dice(bytes));
    Request read = from.read(request.bytes());
    Written there = to.write(read);
    Written back = from.write(to.read(there.bytes()));
    assertThat(Facts.missingOnReturn(read, from.read(back.bytes()), there, back))
        .as(
            from
                + " → "
                + to
                + " → "
                + from
                + "\n"
                + request.text()
                + "\n"
                + Side.show(there.bytes())
                + "\n"
                + there.losses()
                + "\n"
                + Side.show(back.bytes())
                + "\n"
                + back.losses())
        .isEmpty();
  }
}
