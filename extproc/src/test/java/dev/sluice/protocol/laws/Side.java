package dev.sluice.protocol.laws;

import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * A protocol with a model behind it, since what may be said depends on both.
 *
 * @param model of a provider of that protocol
 * @param client the body of a client's request that wants to be told everything
 */
record Side(String name, Protocol protocol, String model, String client) {
  static final String ISSUER = "issuer";
  static final Carrier CARRIER = new Carrier(() -> "laws".getBytes(StandardCharsets.UTF_8));
  static final Protocol.Stamp STAMP = new Protocol.Stamp("stamp", 7, ISSUER);

  private static final Call GENERATE = new Call(Call.Operation.GENERATE, null, null);

  /** OpenAI's own models in Chat Completions. */
  static final Side CHAT =
      new Side(
          "chat",
          new Chat(CARRIER),
          "gpt-5.4",
          "{\"model\":\"m\",\"messages\":[],\"logprobs\":true,"
              + "\"stream_options\":{\"include_usage\":true}}");

  /** Claude in Chat Completions, which takes cache marks and thinking. */
  static final Side COMPATIBLE =
      new Side("compatible", CHAT.protocol, "anthropic/claude-sonnet-4.6", CHAT.client);

  static final Side MESSAGES =
      new Side(
          "messages",
          new Messages(CARRIER),
          "claude-sonnet-4-6",
          "{\"model\":\"m\",\"messages\":[],\"max_tokens\":1}");
  static final Side RESPONSES =
      new Side(
          "responses",
          new Responses(CARRIER),
          "gpt-5.4",
          "{\"model\":\"m\",\"input\":[],\"include\":[\"message.output_text.logprobs\"]}");

  static final Side GEMINI =
      new Side(
          "gemini",
          new Gemini(CARRIER),
          "gemini-3.1-pro-preview",
          "{\"contents\":[],\"generationConfig\":{\"responseLogprobs\":true,"
              + "\"thinkingConfig\":{\"includeThoughts\":true}}}");

  /** One for each protocol. */
  static final List<Side> PROTOCOLS = List.of(CHAT, MESSAGES, RESPONSES, GEMINI);

  /** All that requests are written for. */
  static final List<Side> ALL = List.of(CHAT, COMPATIBLE, MESSAGES, RESPONSES, GEMINI);

  Origin origin() {
    return protocol.origin();
  }

  Protocol.Translator translator() {
    return Objects.requireNonNull(protocol.translator());
  }

  Ask ask(byte[] body) {
    return new Ask(GENERATE, "m", false, body);
  }

  /** What the client asked for that is answered. */
  Ask asked(boolean stream) {
    return new Ask(GENERATE, "m", stream, client.getBytes(StandardCharsets.UTF_8));
  }

  Request read(byte[] body) throws Refusal {
    return translator().read(ask(body));
  }

  Written write(Request request, String issuer) {
    return translator().write(request, new Protocol.Target(model, false, issuer));
  }

  Written write(Request request) {
    return write(request, ISSUER);
  }

  /** The text with what is unreadable in a failure's message cut short. */
  static String show(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  static Json json(byte[] body) {
    try {
      return Json.parse(body);
    } catch (dev.sluice.wire.Malformed e) {
      throw new AssertionError("written, but no JSON: " + show(body), e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
