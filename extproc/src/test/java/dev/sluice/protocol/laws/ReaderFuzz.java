package dev.sluice.protocol.laws;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import dev.sluice.wire.Sse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a fuzzer calls: reads any bytes as each of the things that we read, writes what came of them
 * to everybody, and lets nothing pass but the exceptions that say what is wrong with the bytes. The
 * first byte tells which reader it is. {@code mvn -P fuzz} runs Jazzer on it, with {@code
 * -Dfuzz.reader=chat} on one protocol's readers alone; what that kept stands in {@code
 * src/test/fuzz} and is replayed by {@link CorpusTest}.
 */
public final class ReaderFuzz {
  private static final int PROTOCOLS = Side.PROTOCOLS.size();
  private static final int KINDS = 7;
  private static final @Nullable Side ONE =
      Side.PROTOCOLS.stream()
          .filter(side -> side.toString().equalsIgnoreCase(System.getProperty("fuzz.reader")))
          .findFirst()
          .orElse(null);

  private ReaderFuzz() {}

  /** Reads one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int choice = Byte.toUnsignedInt(input[0]) % (PROTOCOLS * KINDS);
    Side side = ONE == null ? Side.PROTOCOLS.get(choice % PROTOCOLS) : ONE;
    byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
    try {
      switch (choice / PROTOCOLS) {
        case 0 -> request(side, bytes);
        case 1 -> answer(side, bytes);
        case 2 -> stream(side, bytes, new Dice(Arrays.copyOf(bytes, Math.min(40, bytes.length))));
        case 3 -> failure(side, bytes);
        case 4 -> wire(bytes);
        case 5 -> {
          var dice = new Dice(bytes);
          Json json = Wire.request(side, dice);
          for (int i = dice.roll(4); i > 0; i--) {
            json = Broken.json(json, dice);
          }
          request(side, json.bytes());
        }
        default -> {
          var dice = new Dice(bytes);
          Origin provider = dice.of(Origin.values());
          stream(side, Broken.stream(side, provider, dice), dice);
        }
      }
    } catch (Refusal | Malformed e) {
      if (e.getMessage() == null || e.getMessage().isBlank()) {
        throw new AssertionError("it does not say why", e);
      }
    }
  }

  /** The selecting byte of an input of this kind: request, answer, stream, failure, wire. */
  static byte choice(Side side, int kind) {
    return (byte) (kind * PROTOCOLS + Side.PROTOCOLS.indexOf(side));
  }

  private static void request(Side side, byte[] bytes) throws Refusal {
    var call = new Call(Call.Operation.GENERATE, "m", false);
    Ask ask = side.protocol().ask(call, bytes);
    side.protocol().rename(ask, "other");
    Request request = side.translator().read(ask);
    for (Side to : Side.ALL) {
      Side.json(to.write(request).bytes());
    }
    for (boolean stream : List.of(true, false)) {
      var asked = new Ask(call, "m", stream, bytes);
      var writer = side.translator().writer(asked, Side.STAMP);
      writer.write(new Event.Start("", ""));
    }
  }

  private static void answer(Side side, byte[] bytes) throws Refusal {
    boolean good = side.protocol().judge(bytes) == null;
    Response response;
    try {
      response = side.translator().readAnswer(bytes);
    } catch (Refusal refusal) {
      if (good) {
        throw new AssertionError("judged good and refused", refusal);
      }
      throw refusal;
    }
    for (Side to : Side.PROTOCOLS) {
      Side.json(to.translator().writeAnswer(response, to.asked(false), Side.STAMP).bytes());
    }
  }

  private static void stream(Side side, byte[] bytes, Dice cuts) {
    List<Event> events = Streams.read(side.translator().reader(), bytes);
    Streams.assertGrammar(events);
    if (!events.equals(Streams.read(side.translator().reader(), bytes, cuts))) {
      throw new AssertionError("cuts change the events");
    }
    var watch = side.protocol().watch();
    watch.see(bytes);
    watch.end();
    for (Side to : Side.PROTOCOLS) {
      byte[] written = Streams.write(to.translator().writer(to.asked(true), Side.STAMP), events);
      Streams.assertGrammar(Streams.read(to.translator().reader(), written));
    }
  }

  private static void failure(Side side, byte[] bytes) {
    int status = 400 + (bytes.length == 0 ? 0 : Byte.toUnsignedInt(bytes[0]) % 200);
    var failure = side.protocol().failure(status, Map.of("retry-after", "3"), bytes);
    for (Side to : Side.PROTOCOLS) {
      Side.json(to.protocol().refuse(failure).body());
      to.protocol().breakOff(failure);
    }
  }

  private static void wire(byte[] bytes) throws Malformed {
    Malformed first = null;
    Json json = null;
    try {
      json = Json.parse(bytes);
    } catch (Malformed e) {
      first = e;
    }
    try {
      var members = Splice.members(bytes);
      if (json instanceof Json.Obj object && !object.members().keySet().equals(members.keySet())) {
        throw new AssertionError("the two parsers see other members");
      }
      if (first != null) {
        throw new AssertionError("one parser takes what the other does not", first);
      }
      for (String name : members.keySet()) {
        Json.parse(
            Splice.replace(bytes, members.get(name), "null".getBytes(StandardCharsets.UTF_8)));
      }
    } catch (Malformed e) {
      if (json instanceof Json.Obj) {
        throw new AssertionError("one parser takes what the other does not", e);
      }
    }
    if (json != null && !Json.parse(json.bytes()).equals(json)) {
      throw new AssertionError("written and read it is another");
    }
    new Sse().feed(bytes);
  }
}
