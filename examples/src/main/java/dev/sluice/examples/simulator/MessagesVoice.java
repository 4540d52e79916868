package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.examples.simulator.Reply.End;
import dev.sluice.examples.simulator.Reply.Piece;
import java.util.ArrayList;
import java.util.List;

/** Anthropic Messages. */
record MessagesVoice(Voice.Told told) implements Voice {
  @Override
  public ObjectNode whole() {
    ObjectNode root = head();
    ArrayNode content = root.putArray("content");
    for (Piece piece : told.reply().pieces()) {
      switch (piece) {
        case Piece.Thought thought -> {
          ObjectNode block = content.addObject();
          if (thought.hidden()) {
            redacted(block, thought);
          } else {
            block
                .put("type", "thinking")
                .put("thinking", told.shows() ? thought.text() : "")
                .put("signature", told.seals().seal(thought.text()));
          }
        }
        case Piece.Words words -> content.addObject().put("type", "text").put("text", words.text());
        case Piece.Call call -> use(content.addObject(), call).set("input", arguments(call));
      }
    }
    root.put("stop_reason", stop());
    sequence(root);
    root.set("usage", usage(told.reply().output()));
    return root;
  }

  private static com.fasterxml.jackson.databind.JsonNode arguments(Piece.Call call) {
    return Wire.read(call.arguments());
  }

  private void redacted(ObjectNode block, Piece.Thought thought) {
    block.put("type", "redacted_thinking").put("data", told.seals().seal(thought.text()));
  }

  private ObjectNode head() {
    return Wire.object()
        .put("id", "msg_" + told.provider())
        .put("type", "message")
        .put("role", "assistant")
        .put("model", told.heard().model());
  }

  private static ObjectNode use(ObjectNode block, Piece.Call call) {
    return block
        .put("type", "tool_use")
        .put("id", "toolu_" + call.number())
        .put("name", call.name());
  }

  private String stop() {
    return switch (told.reply().end()) {
      case COMPLETE -> "end_turn";
      case LIMIT -> "max_tokens";
      case CALLS -> "tool_use";
      case SEQUENCE -> "stop_sequence";
      case REFUSAL, FILTER -> "refusal";
    };
  }

  private void sequence(ObjectNode into) {
    if (told.reply().end() == End.SEQUENCE) {
      into.put("stop_sequence", told.reply().sequence());
    } else {
      into.putNull("stop_sequence");
    }
  }

  private static ObjectNode usage(int output) {
    return Wire.object()
        .put("input_tokens", PROMPT - CACHED)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", CACHED)
        .put("output_tokens", output);
  }

  @Override
  public List<byte[]> events() {
    var events = new ArrayList<byte[]>();
    ObjectNode start = Wire.object().put("type", "message_start");
    ObjectNode message = head();
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usage(1));
    start.set("message", message);
    events.add(Wire.event(start));
    events.add(ping());
    int index = 0;
    for (Piece piece : told.reply().pieces()) {
      switch (piece) {
        case Piece.Thought thought -> thought(events, index, thought);
        case Piece.Words words -> {
          start(events, index, Wire.object().put("type", "text").put("text", ""));
          for (String token : words.tokens()) {
            delta(events, index, "text_delta", "text", token);
          }
        }
        case Piece.Call call -> {
          ObjectNode block = use(Wire.object(), call);
          block.putObject("input");
          start(events, index, block);
          delta(events, index, "input_json_delta", "partial_json", "");
          for (String half : Wire.halves(call.arguments())) {
            delta(events, index, "input_json_delta", "partial_json", half);
          }
        }
      }
      events.add(Wire.event(Wire.object().put("type", "content_block_stop").put("index", index++)));
    }
    ObjectNode delta = Wire.object().put("type", "message_delta");
    sequence(delta.putObject("delta").put("stop_reason", stop()));
    delta.putObject("usage").put("output_tokens", told.reply().output());
    events.add(Wire.event(delta));
    events.add(Wire.event(Wire.object().put("type", "message_stop")));
    return events;
  }

  private void thought(List<byte[]> events, int index, Piece.Thought thought) {
    if (thought.hidden()) {
      ObjectNode block = Wire.object();
      redacted(block, thought);
      start(events, index, block);
      return;
    }
    start(
        events,
        index,
        Wire.object().put("type", "thinking").put("thinking", "").put("signature", ""));
    if (told.shows()) {
      for (String half : Wire.halves(thought.text())) {
        delta(events, index, "thinking_delta", "thinking", half);
      }
    }
    delta(events, index, "signature_delta", "signature", told.seals().seal(thought.text()));
  }

  private static void start(List<byte[]> events, int index, ObjectNode block) {
    ObjectNode start = Wire.object().put("type", "content_block_start").put("index", index);
    start.set("content_block", block);
    events.add(Wire.event(start));
  }

  private static void delta(
      List<byte[]> events, int index, String type, String field, String text) {
    ObjectNode delta = Wire.object().put("type", "content_block_delta").put("index", index);
    delta.putObject("delta").put("type", type).put(field, text);
    events.add(Wire.event(delta));
  }

  @Override
  public byte[] ping() {
    return Wire.event(Wire.object().put("type", "ping"));
  }
}
