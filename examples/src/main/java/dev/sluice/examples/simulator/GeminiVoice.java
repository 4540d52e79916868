package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.examples.simulator.Reply.End;
import dev.sluice.examples.simulator.Reply.Piece;
import java.util.ArrayList;
import java.util.List;

/**
 * Gemini generateContent. A thinking model signs the first call of an answer, or the end of its
 * text; what the signature stands for is in the seal.
 *
 * @see <a href="https://ai.google.dev/gemini-api/docs/thought-signatures">Gemini API, thought
 *     signatures</a>
 */
record GeminiVoice(Voice.Told told) implements Voice {
  @Override
  public ObjectNode whole() {
    return chunk(parts(false), true, told.reply().spoken());
  }

  /** The parts of the answer; text in one, or a token each. */
  private List<ObjectNode> parts(boolean cut) {
    var parts = new ArrayList<ObjectNode>();
    Reply reply = told.reply();
    boolean signs = reply.thinks();
    for (Piece piece : reply.pieces()) {
      switch (piece) {
        case Piece.Thought thought -> {
          if (told.shows() && !thought.hidden()) {
            for (String half : cut ? Wire.halves(thought.text()) : List.of(thought.text())) {
              parts.add(Wire.object().put("text", half).put("thought", true));
            }
          }
        }
        case Piece.Words words -> {
          for (String token : cut ? words.tokens() : List.of(words.text())) {
            parts.add(Wire.object().put("text", token));
          }
          if (signs && reply.end() != End.CALLS) {
            ObjectNode last = cut ? Wire.object().put("text", "") : parts.removeLast();
            parts.add(last.put("thoughtSignature", told.seals().seal("text")));
          }
        }
        case Piece.Call call -> {
          ObjectNode part = Wire.object();
          ObjectNode function = part.putObject("functionCall").put("name", call.name());
          function.set("args", Wire.read(call.arguments()));
          if (GeminiRules.signs(told.heard().model())) {
            function.put("id", "fc" + call.number());
          }
          if (signs) {
            part.put("thoughtSignature", told.seals().seal(GeminiRules.sealed(call.name())));
            signs = false;
          }
          parts.add(part);
        }
      }
    }
    return parts;
  }

  private ObjectNode chunk(List<ObjectNode> parts, boolean last, int spoken) {
    Reply reply = told.reply();
    ObjectNode root = Wire.object();
    ObjectNode candidate = root.putArray("candidates").addObject();
    if (!parts.isEmpty()) {
      ObjectNode content = candidate.putObject("content");
      content.putArray("parts").addAll(parts);
      content.put("role", "model");
    }
    if (last) {
      candidate.put("finishReason", finish());
    }
    candidate.put("index", 0);
    ObjectNode usage = root.putObject("usageMetadata").put("promptTokenCount", PROMPT);
    usage.put("cachedContentTokenCount", CACHED).put("candidatesTokenCount", spoken);
    if (reply.thinks()) {
      usage.put("thoughtsTokenCount", reply.reasoning());
    }
    usage.put("totalTokenCount", PROMPT + reply.reasoning() + spoken);
    return root.put("modelVersion", told.heard().model())
        .put("responseId", "gem_" + told.provider());
  }

  private String finish() {
    return switch (told.reply().end()) {
      case COMPLETE, CALLS, SEQUENCE -> "STOP";
      case LIMIT -> "MAX_TOKENS";
      case REFUSAL, FILTER -> "SAFETY";
    };
  }

  @Override
  public List<byte[]> events() {
    List<ObjectNode> parts = parts(true);
    var events = new ArrayList<byte[]>();
    int spoken = 0;
    for (int i = 0; i < parts.size(); i++) {
      ObjectNode part = parts.get(i);
      boolean last = i == parts.size() - 1;
      spoken += part.has("thought") || spoken == told.reply().spoken() ? 0 : 1;
      events.add(Wire.data(chunk(List.of(part), last, last ? told.reply().spoken() : spoken)));
    }
    return events;
  }
}
