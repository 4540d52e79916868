package dev.sluice.protocol.laws;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Origin;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Streams and JSON as they should not be. */
final class Broken {
  private Broken() {}

  /** A stream of this protocol, most often with something wrong in it. */
  static byte[] stream(Side side, Origin provider, Dice dice) {
    List<Event> events =
        dice.half()
            ? Answers.events(dice, provider)
            : Streams.tell(Answers.answer(dice, provider), dice);
    String text =
        Side.show(Streams.write(side.translator().writer(side.asked(true), Side.STAMP), events));
    var frames = new ArrayList<>(List.of(text.split("(?<=\n\n)")));
    int wrongs = dice.roll(4);
    for (int i = 0; i < wrongs && !frames.isEmpty(); i++) {
      int at = dice.roll(frames.size());
      switch (dice.roll(6)) {
        case 0 -> frames.remove(at);
        case 1 -> frames.add(dice.roll(frames.size()), frames.get(at));
        case 2 -> {
          String moved = frames.remove(at);
          frames.add(dice.roll(frames.size() + 1), moved);
        }
        case 3 -> frames.set(at, frames.get(at).substring(0, dice.roll(frames.get(at).length())));
        default -> frames.set(at, frame(frames.get(at), dice));
      }
    }
    return String.join("", frames).getBytes(StandardCharsets.UTF_8);
  }

  private static String frame(String frame, Dice dice) {
    var lines = new ArrayList<String>();
    for (String line : frame.split("\n", -1)) {
      String changed = line;
      if (line.startsWith("data: ")) {
        try {
          changed = "data: " + json(Json.parse(line.substring(6)), dice).text();
        } catch (Malformed e) {
          changed = "data: " + dice.text().replace("\n", "").replace("\r", "");
        }
      }
      lines.add(changed);
    }
    return String.join("\n", lines);
  }

  /** The same JSON with one value somewhere in it gone, or another. */
  static Json json(Json json, Dice dice) {
    if (dice.once(8)) {
      return value(dice);
    }
    return switch (json) {
      case Json.Obj(var members) when !members.isEmpty() -> {
        var changed = new LinkedHashMap<>(members);
        String name = dice.of(List.copyOf(members.keySet()));
        switch (dice.roll(6)) {
          case 0 -> changed.remove(name);
          case 1 -> changed.put(name, value(dice));
          default -> changed.compute(name, (_, old) -> json(old, dice));
        }
        yield new Json.Obj(changed);
      }
      case Json.Arr(var items) when !items.isEmpty() -> {
        var changed = new ArrayList<>(items);
        int at = dice.roll(items.size());
        switch (dice.roll(5)) {
          case 0 -> changed.remove(at);
          case 1 -> changed.add(items.get(at));
          default -> changed.set(at, json(items.get(at), dice));
        }
        yield new Json.Arr(changed);
      }
      default -> value(dice);
    };
  }

  private static Json value(Dice dice) {
    return switch (dice.roll(10)) {
      case 0 -> Json.nil();
      case 1 -> Json.of(dice.text());
      case 2 -> Json.of(dice.roll(5) - 2L);
      case 3 -> new Json.Num(dice.of("1e400", "0.5", "99999999999999999999", "-1"));
      case 4 -> Json.empty();
      case 5 -> Json.array();
      case 6 -> Json.of(dice.half());
      case 7 -> Json.array(Json.nil(), Json.array(), Json.empty(), Json.of("x"));
      case 8 -> Json.object(o -> o.put("type", dice.text()).put("index", dice.roll(3) - 1L));
      default -> Json.object(o -> o.put("error", Json.object(e -> e.put("message", "no"))));
    };
  }

  /**
   * The same stream with other line ends, comments, fields that nobody reads and a mark in front.
   */
  static byte[] spelled(byte[] stream, Dice dice) {
    var text = new StringBuilder(dice.half() ? "\uFEFF" : "");
    String end = dice.of("\n", "\r", "\r\n");
    for (String line : Side.show(stream).split("\n", -1)) {
      if (dice.once(3)) {
        text.append(dice.of(": ping", ":", "id: 7", "retry: 1", "unknown")).append(end);
      }
      text.append(line).append(end);
      if (dice.once(4) && line.isEmpty()) {
        text.append(": ping").append(end).append(end);
      }
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
