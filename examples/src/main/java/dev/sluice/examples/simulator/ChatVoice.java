package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.examples.simulator.Reply.End;
import dev.sluice.examples.simulator.Reply.Piece;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** OpenAI Chat Completions, with the {@code reasoning_content} that others added to it. */
record ChatVoice(Voice.Told told) implements Voice {
  @Override
  public ObjectNode whole() {
    ObjectNode root = head("chat.completion");
    ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    message.putNull("content").putNull("refusal");
    for (Piece piece : told.reply().pieces()) {
      switch (piece) {
        case Piece.Thought(String text, boolean hidden) -> {
          if (!hidden) {
            message.put("reasoning_content", text);
          }
        }
        case Piece.Words words -> message.put(field(), words.text());
        case Piece.Call call ->
            call(message.withArray("tool_calls").addObject(), call, call.arguments());
      }
    }
    choice.putNull("logprobs").put("finish_reason", finish());
    root.set("usage", usage());
    return root;
  }

  private ObjectNode head(String object) {
    return Wire.object()
        .put("id", "chatcmpl-" + told.provider())
        .put("object", object)
        .put("created", 1)
        .put("model", told.heard().model());
  }

  private String field() {
    return told.reply().end() == End.REFUSAL ? "refusal" : "content";
  }

  private static void call(ObjectNode into, Piece.Call call, String arguments) {
    into.put("id", "call_" + call.number()).put("type", call.freeform() ? "custom" : "function");
    if (call.freeform()) {
      into.putObject("custom").put("name", call.name()).put("input", arguments);
    } else {
      into.putObject("function").put("name", call.name()).put("arguments", arguments);
    }
  }

  private String finish() {
    return switch (told.reply().end()) {
      case COMPLETE, SEQUENCE, REFUSAL -> "stop";
      case LIMIT -> "length";
      case CALLS -> "tool_calls";
      case FILTER -> "content_filter";
    };
  }

  private ObjectNode usage() {
    Reply reply = told.reply();
    ObjectNode usage = Wire.object();
    usage.put("prompt_tokens", PROMPT).put("completion_tokens", reply.output());
    usage.put("total_tokens", PROMPT + reply.output());
    usage.putObject("prompt_tokens_details").put("cached_tokens", CACHED).put("audio_tokens", 0);
    usage
        .putObject("completion_tokens_details")
        .put("reasoning_tokens", reply.reasoning())
        .put("audio_tokens", 0);
    return usage;
  }

  @Override
  public List<byte[]> events() {
    var events = new ArrayList<byte[]>();
    chunk(events, Wire.object().put("role", "assistant").put("content", ""), "");
    int index = 0;
    for (Piece piece : told.reply().pieces()) {
      switch (piece) {
        case Piece.Thought(String text, boolean hidden) -> {
          if (!hidden) {
            for (String half : Wire.halves(text)) {
              chunk(events, Wire.object().put("reasoning_content", half), "");
            }
          }
        }
        case Piece.Words words -> {
          for (String token : words.tokens()) {
            chunk(events, Wire.object().put(field(), token), "");
          }
        }
        case Piece.Call call -> call(events, call, index++);
      }
    }
    chunk(events, Wire.object(), finish());
    if (told.request().path("stream_options").path("include_usage").asBoolean()) {
      ObjectNode last = head("chat.completion.chunk");
      last.putArray("choices");
      last.set("usage", usage());
      events.add(Wire.data(last));
    }
    events.add("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    return events;
  }

  private void call(List<byte[]> events, Piece.Call call, int index) {
    ObjectNode delta = Wire.object();
    ArrayNode calls = delta.putArray("tool_calls");
    call(calls.addObject().put("index", index), call, "");
    chunk(events, delta, "");
    for (String half : Wire.halves(call.arguments())) {
      ObjectNode more = Wire.object();
      ObjectNode rest = more.putArray("tool_calls").addObject().put("index", index);
      if (call.freeform()) {
        rest.putObject("custom").put("input", half);
      } else {
        rest.putObject("function").put("arguments", half);
      }
      chunk(events, more, "");
    }
  }

  private void chunk(List<byte[]> events, ObjectNode delta, String finish) {
    ObjectNode chunk = head("chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    if (finish.isEmpty()) {
      choice.putNull("finish_reason");
    } else {
      choice.put("finish_reason", finish);
    }
    events.add(Wire.data(chunk));
  }
}
