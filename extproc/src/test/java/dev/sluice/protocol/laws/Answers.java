package dev.sluice.protocol.laws;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Generated answers in the words of the model, as a provider of one protocol may give them. */
final class Answers {
  private Answers() {}

  /** What such a provider might say. */
  static Response answer(Dice dice, Origin provider) {
    var blocks = new ArrayList<Block>();
    int many = dice.roll(6);
    boolean calls = false;
    for (int i = 0; i < many; i++) {
      Block block = block(dice, provider, i);
      calls |= block instanceof Block.ToolCall;
      blocks.add(block);
    }
    Stop stop =
        calls
            ? dice.of(Stop.TOOL_CALLS, Stop.TOOL_CALLS, Stop.LENGTH)
            : dice.of(Stop.END, Stop.LENGTH, Stop.SEQUENCE, Stop.FILTER, Stop.PAUSE);
    boolean text = blocks.stream().anyMatch(block -> block instanceof Block.Text);
    return new Response(
        dice.of("", "abc1"),
        dice.of("m", "model-2"),
        blocks,
        stop,
        stop == Stop.SEQUENCE ? dice.of("END", null) : null,
        usage(dice),
        text && dice.once(4) ? likelihoods(dice) : List.of(),
        null,
        List.of(),
        null);
  }

  private static Block block(Dice dice, Origin provider, int i) {
    return switch (dice.roll(9)) {
      case 0 -> new Block.Text(dice.words());
      case 1 -> new Block.Thinking(dice.words(), signature(dice, provider, i), null);
      case 2, 3 ->
          new Block.ToolCall(
              dice.of("call_" + i, "", "call." + i, "toolu_" + i),
              dice.name(),
              dice.arguments(),
              false,
              signature(dice, provider, i),
              null,
              null);
      case 4 ->
          new Block.Text(
              dice.words(),
              dice.half() ? List.of(citation(dice, provider)) : List.of(),
              signature(dice, provider, i),
              null,
              null);
      case 5 -> new Block.Redacted(new Signature("sealed" + i, provider), null);
      case 6 -> new Block.Refusal(dice.words(), null);
      case 7 -> dice.half() ? media(dice) : custom(dice, i);
      default -> opaque(dice, provider);
    };
  }

  private static Block custom(Dice dice, int i) {
    return new Block.ToolCall("c" + i, dice.name(), dice.words(), true, null, null, null);
  }

  private static Block media(Dice dice) {
    return new Block.Media(
        dice.of(Block.Kind.IMAGE, Block.Kind.AUDIO, Block.Kind.VIDEO),
        dice.of(
            new Block.Source.Inline(dice.of("image/png", "audio/wav"), dice.base64()),
            new Block.Source.Url("https://example.org/x")),
        null,
        null,
        null,
        null);
  }

  private static Block opaque(Dice dice, Origin provider) {
    String raw =
        switch (provider) {
          case MESSAGES ->
              dice.of(
                  "{\"type\":\"server_tool_use\",\"id\":\"s1\",\"name\":\"web_search\","
                      + "\"input\":{\"query\":\"x\"}}",
                  "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"s1\",\"content\":[]}");
          case RESPONSES ->
              "{\"id\":\"ws_1\",\"type\":\"web_search_call\",\"status\":\"completed\"}";
          case GEMINI -> "{\"executableCode\":{\"language\":\"PYTHON\",\"code\":\"1\"}}";
          case CHAT -> "{\"type\":\"new_part\",\"x\":1}";
        };
    return new Block.Opaque(provider, raw);
  }

  private static Citation citation(Dice dice, Origin provider) {
    String url = dice.of("https://example.org/a", "https://example.org/b?c=d");
    String raw =
        switch (provider) {
          case MESSAGES ->
              "{\"type\":\"web_search_result_location\",\"cited_text\":\"q\",\"url\":\""
                  + url
                  + "\",\"title\":\"t\",\"encrypted_index\":\"e\"}";
          case CHAT ->
              "{\"type\":\"url_citation\",\"url_citation\":{\"start_index\":0,\"end_index\":1,"
                  + "\"url\":\""
                  + url
                  + "\",\"title\":\"t\"}}";
          case RESPONSES, GEMINI ->
              "{\"type\":\"url_citation\",\"start_index\":0,\"end_index\":1,\"url\":\""
                  + url
                  + "\",\"title\":\"t\"}";
        };
    return provider == Origin.MESSAGES
        ? new Citation(null, null, url, "t", "q", provider, raw)
        : new Citation(0L, 1L, url, "t", null, provider, raw);
  }

  /** Unsigned, or signed by a provider that did so once for each block. */
  static @Nullable Signature signature(Dice dice, Origin provider, int i) {
    return dice.half() ? new Signature("signed" + i, provider) : null;
  }

  private static List<Likelihood> likelihoods(Dice dice) {
    var top = List.of(new Likelihood("a", "-0.10", List.of()));
    return List.of(new Likelihood(dice.of("a", "ü🙂"), "-0.10", dice.half() ? top : List.of()));
  }

  static Usage usage(Dice dice) {
    long written = dice.roll(3) * 10L;
    long out = 1L + dice.roll(100);
    return new Usage(
        dice.roll(100),
        dice.roll(3) * 7L,
        written,
        out,
        dice.half() ? Long.valueOf(dice.roll((int) out + 1)) : null,
        written > 0 && dice.half() ? Long.valueOf(written / 2) : null,
        null,
        null,
        null);
  }

  /** Any sequence that the grammar allows, sensible or not. */
  static List<Event> events(Dice dice, Origin provider) {
    var events = new ArrayList<Event>();
    if (dice.once(20)) {
      return List.of(failed(dice));
    }
    events.add(new Event.Start(dice.of("", "abc1"), dice.of("m", "")));
    int next = 0;
    int many = dice.roll(8);
    for (int i = 0; i < many; i++) {
      switch (dice.roll(6)) {
        case 4 -> events.add(new Event.Tally(usage(dice)));
        case 5 -> events.add(new Event.Lost(new Loss("x", "y")));
        default -> {
          int index = next++;
          Shape shape = shape(dice, provider, index);
          events.add(new Event.Open(index, shape));
          boolean complete =
              shape instanceof Shape.Sealed
                  || shape instanceof Shape.Medium
                  || shape instanceof Shape.Foreign;
          int inside = complete ? 0 : dice.roll(5);
          for (int j = 0; j < inside; j++) {
            events.add(inside(dice, provider, index));
          }
          if (dice.once(30)) {
            events.add(failed(dice));
            return events;
          }
          events.add(new Event.Close(index));
        }
      }
    }
    events.add(
        dice.once(8)
            ? failed(dice)
            : new Event.Finish(dice.of(Stop.values()), dice.of(null, "END")));
    return events;
  }

  private static Event inside(Dice dice, Origin provider, int index) {
    return switch (dice.roll(6)) {
      case 0, 1, 2 -> new Event.Delta(index, dice.text());
      case 3 ->
          new Event.Signed(
              index, new Signature(dice.of("s", ""), dice.of(provider, dice.of(Origin.values()))));
      case 4 -> new Event.Cited(index, citation(dice, dice.of(provider, dice.of(Origin.values()))));
      default -> new Event.Odds(index, dice.half() ? likelihoods(dice) : List.of());
    };
  }

  private static Shape shape(Dice dice, Origin provider, int index) {
    return switch (dice.roll(7)) {
      case 0 -> new Shape.Prose();
      case 1 -> new Shape.Thought();
      case 2 -> new Shape.Declined();
      case 3 -> new Shape.Sealed(new Signature("sealed", provider));
      case 4 ->
          new Shape.Call(
              dice.of("", "c" + index, "é " + index),
              dice.of("", dice.name()),
              dice.half(),
              signature(dice, provider, index));
      case 5 -> new Shape.Medium((Block.Media) media(dice));
      default -> new Shape.Foreign((Block.Opaque) opaque(dice, dice.of(Origin.values())));
    };
  }

  private static Event failed(Dice dice) {
    return new Event.Failed(
        new Failure(
            dice.of(Failure.Kind.values()), 500, dice.text(), dice.of(null, "code"), null, null));
  }
}
