package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.examples.simulator.Reply.End;
import dev.sluice.examples.simulator.Reply.Piece;
import java.util.ArrayList;
import java.util.List;

/** OpenAI Responses. Reasoning is encrypted where the request includes it. */
final class ResponsesVoice implements Voice {
  private static final String ITEM = "item_id";
  private static final String OUTPUT = "output_index";

  private final Told told;
  private final List<byte[]> events = new ArrayList<>();

  ResponsesVoice(Told told) {
    this.told = told;
  }

  @Override
  public ObjectNode whole() {
    return response(true);
  }

  private boolean incomplete() {
    return told.reply().end() == End.LIMIT || told.reply().end() == End.FILTER;
  }

  private ObjectNode response(boolean done) {
    JsonNode request = told.request();
    ObjectNode response =
        Wire.object()
            .put("id", "resp_" + told.provider())
            .put("object", "response")
            .put("created_at", 1)
            .put("status", !done ? "in_progress" : incomplete() ? "incomplete" : "completed");
    response.putNull("error");
    if (done && incomplete()) {
      response
          .putObject("incomplete_details")
          .put("reason", told.reply().end() == End.LIMIT ? "max_output_tokens" : "content_filter");
    } else {
      response.putNull("incomplete_details");
    }
    response.set("instructions", request.path("instructions"));
    if (request.path("instructions").isMissingNode()) {
      response.putNull("instructions");
    }
    response.put("model", told.heard().model());
    ArrayNode output = response.putArray("output");
    if (done) {
      items().forEach(output::add);
    }
    response.put("parallel_tool_calls", told.heard().parallel());
    response.putNull("temperature").putNull("top_p");
    echo(response, request, "tool_choice", "auto");
    response.putArray("tools").addAll(list(request.path("tools")));
    response.putObject("metadata");
    response.put("truncation", "disabled");
    if (done) {
      response.set("usage", usage());
    } else {
      response.putNull("usage");
    }
    return response;
  }

  private static void echo(ObjectNode into, JsonNode request, String name, String otherwise) {
    if (request.has(name)) {
      into.set(name, request.path(name));
    } else {
      into.put(name, otherwise);
    }
  }

  private static List<JsonNode> list(JsonNode array) {
    var list = new ArrayList<JsonNode>();
    array.forEach(list::add);
    return list;
  }

  private ObjectNode usage() {
    Reply reply = told.reply();
    ObjectNode usage = Wire.object();
    usage.put("input_tokens", PROMPT);
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", CACHED)
        .put("cache_write_tokens", 0);
    usage.put("output_tokens", reply.output());
    usage.putObject("output_tokens_details").put("reasoning_tokens", reply.reasoning());
    return usage.put("total_tokens", PROMPT + reply.output());
  }

  // ---- items

  private List<ObjectNode> items() {
    var items = new ArrayList<ObjectNode>();
    for (Piece piece : told.reply().pieces()) {
      items.add(item(piece, true));
    }
    return items;
  }

  private String thoughtId() {
    return "rs_" + told.provider() + told.heard().calls();
  }

  private ObjectNode item(Piece piece, boolean done) {
    ObjectNode item = Wire.object();
    String status = done ? "completed" : "in_progress";
    switch (piece) {
      case Piece.Thought thought -> {
        item.put("id", thoughtId()).put("type", "reasoning");
        ArrayNode summary = item.putArray("summary");
        if (done && told.shows() && !thought.hidden()) {
          summary.addObject().put("type", "summary_text").put("text", thought.text());
        }
        if (ResponsesRules.encrypted(told.request())) {
          item.put("encrypted_content", told.seals().seal(thoughtId() + "\n" + thought.text()));
        }
      }
      case Piece.Words words -> {
        item.put("id", "msg_" + told.provider() + told.heard().calls())
            .put("type", "message")
            .put("status", done && incomplete() ? "incomplete" : status)
            .put("role", "assistant");
        ArrayNode content = item.putArray("content");
        if (done) {
          content.add(part(words.text()));
        }
      }
      case Piece.Call call ->
          item.put("id", callId(call))
              .put("type", call.freeform() ? "custom_tool_call" : "function_call")
              .put("status", status)
              .put("call_id", "call_" + call.number())
              .put("name", call.name())
              .put(call.freeform() ? "input" : "arguments", done ? call.arguments() : "");
    }
    return item;
  }

  /** A call that was thought about tells of which thought. */
  private String callId(Piece.Call call) {
    String kind = call.freeform() ? "ctc_" : "fc_";
    return kind + (told.reply().thinks() ? thoughtId() + "_" : "") + call.number();
  }

  private ObjectNode part(String text) {
    ObjectNode part = Wire.object();
    if (told.reply().end() == End.REFUSAL) {
      return part.put("type", "refusal").put("refusal", text);
    }
    part.put("type", "output_text").put("text", text);
    part.putArray("annotations");
    part.putArray("logprobs");
    return part;
  }

  // ---- events

  @Override
  public List<byte[]> events() {
    say(of("response.created", response(false)));
    say(of("response.in_progress", response(false)));
    int index = 0;
    for (Piece piece : told.reply().pieces()) {
      String id = item(piece, true).path("id").asText();
      say(frame("response.output_item.added", index, item(piece, false)));
      switch (piece) {
        case Piece.Thought thought -> {
          if (told.shows() && !thought.hidden()) {
            summary(thought.text(), id, index);
          }
        }
        case Piece.Words words -> words(words, id, index);
        case Piece.Call call -> {
          String kind =
              call.freeform()
                  ? "response.custom_tool_call_input"
                  : "response.function_call_arguments";
          for (String half : Wire.halves(call.arguments())) {
            say(at(kind + ".delta", id, index).put("delta", half));
          }
          ObjectNode done = at(kind + ".done", id, index);
          if (!call.freeform()) {
            done.put("name", call.name());
          }
          say(done.put(call.freeform() ? "input" : "arguments", call.arguments()));
        }
      }
      say(frame("response.output_item.done", index, item(piece, true)));
      index++;
    }
    say(of(incomplete() ? "response.incomplete" : "response.completed", response(true)));
    return events;
  }

  private void summary(String text, String id, int index) {
    ObjectNode added = at("response.reasoning_summary_part.added", id, index);
    added.put("summary_index", 0).putObject("part").put("type", "summary_text").put("text", "");
    say(added);
    for (String half : Wire.halves(text)) {
      say(
          at("response.reasoning_summary_text.delta", id, index)
              .put("summary_index", 0)
              .put("delta", half));
    }
    say(
        at("response.reasoning_summary_text.done", id, index)
            .put("summary_index", 0)
            .put("text", text));
    ObjectNode done = at("response.reasoning_summary_part.done", id, index);
    done.put("summary_index", 0).putObject("part").put("type", "summary_text").put("text", text);
    say(done);
  }

  private void words(Piece.Words words, String id, int index) {
    boolean refusal = told.reply().end() == End.REFUSAL;
    String kind = refusal ? "response.refusal" : "response.output_text";
    say(content("response.content_part.added", id, index).set("part", part("")));
    for (String token : words.tokens()) {
      ObjectNode delta = content(kind + ".delta", id, index).put("delta", token);
      if (!refusal) {
        delta.putArray("logprobs");
      }
      say(delta);
    }
    ObjectNode done =
        content(kind + ".done", id, index).put(refusal ? "refusal" : "text", words.text());
    if (!refusal) {
      done.putArray("logprobs");
    }
    say(done);
    say(content("response.content_part.done", id, index).set("part", part(words.text())));
  }

  private static ObjectNode of(String type, ObjectNode response) {
    ObjectNode event = Wire.object().put("type", type);
    event.set("response", response);
    return event;
  }

  private static ObjectNode frame(String type, int index, ObjectNode item) {
    ObjectNode event = Wire.object().put("type", type).put(OUTPUT, index);
    event.set("item", item);
    return event;
  }

  private static ObjectNode at(String type, String id, int index) {
    return Wire.object().put("type", type).put(ITEM, id).put(OUTPUT, index);
  }

  private static ObjectNode content(String type, String id, int index) {
    return at(type, id, index).put("content_index", 0);
  }

  private void say(JsonNode event) {
    events.add(Wire.event(((ObjectNode) event).put("sequence_number", events.size())));
  }
}
