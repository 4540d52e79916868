package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;

/** What real providers refuse with 400, so that a bad translation is found out. */
final class Complaints {
  private static final Set<String> MESSAGES_BLOCKS =
      Set.of(
          "text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking");
  private static final Set<String> CHAT_PARTS =
      Set.of("text", "image_url", "file", "input_audio", "refusal");

  private Complaints() {}

  /** Why Anthropic would refuse it; empty where it would not. */
  static String messages(JsonNode request) {
    if (!request.path("max_tokens").isIntegralNumber()) {
      return "max_tokens: Field required";
    }
    if (!request.path("messages").isArray() || request.path("messages").isEmpty()) {
      return "messages: Field required";
    }
    for (String name : Set.of("stream_options", "reasoning_effort", "max_completion_tokens", "n")) {
      if (request.has(name)) {
        return name + ": Extra inputs are not permitted";
      }
    }
    var open = new HashSet<String>();
    String last = "";
    for (JsonNode message : request.path("messages")) {
      String role = message.path("role").asText();
      if (role.equals(last)) {
        return "messages: roles must alternate";
      }
      if (!role.equals("user") && !role.equals("assistant")) {
        return "messages: unexpected role " + role;
      }
      last = role;
      var called = new HashSet<String>();
      for (JsonNode block : message.path("content")) {
        String type = block.path("type").asText();
        if (!MESSAGES_BLOCKS.contains(type)) {
          return "messages: unknown block " + type;
        }
        if (type.equals("tool_use")) {
          called.add(block.path("id").asText());
          if (!block.path("input").isObject()) {
            return "messages: tool_use input must be an object";
          }
        }
        if (type.equals("tool_result") && !open.remove(block.path("tool_use_id").asText())) {
          return "messages: tool_result without tool_use";
        }
      }
      if (role.equals("user") && !open.isEmpty()) {
        return "messages: tool_use without tool_result";
      }
      open.addAll(called);
    }
    return "";
  }

  /** Why OpenAI would refuse it; empty where it would not. */
  static String chat(JsonNode request) {
    if (!request.path("messages").isArray() || request.path("messages").isEmpty()) {
      return "Missing required parameter: 'messages'.";
    }
    for (String name : Set.of("system", "stop_sequences", "thinking", "top_k")) {
      if (request.has(name)) {
        return "Unrecognized request argument supplied: " + name;
      }
    }
    var open = new HashSet<String>();
    for (JsonNode message : request.path("messages")) {
      String role = message.path("role").asText();
      if (role.equals("tool")) {
        if (!open.remove(message.path("tool_call_id").asText())) {
          return "Messages with role 'tool' must be a response to a preceding message with"
              + " 'tool_calls'.";
        }
        continue;
      }
      if (!open.isEmpty()) {
        return "An assistant message with 'tool_calls' must be followed by tool messages.";
      }
      if (!Set.of("system", "developer", "user", "assistant").contains(role)) {
        return "Invalid role: " + role;
      }
      for (JsonNode part : message.path("content")) {
        if (!CHAT_PARTS.contains(part.path("type").asText())) {
          return "Invalid content part: " + part.path("type").asText();
        }
      }
      for (JsonNode call : message.path("tool_calls")) {
        open.add(call.path("id").asText());
        if (!call.path("function").path("arguments").isTextual()) {
          return "tool_calls: arguments must be a string";
        }
      }
    }
    return "";
  }
}
