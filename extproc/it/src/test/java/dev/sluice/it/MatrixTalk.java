package dev.sluice.it;

import dev.sluice.examples.simulator.Dialect;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as an application holds it with one provider's official SDK: what it got goes back
 * as it came.
 */
abstract class MatrixTalk {
  /** The first bytes of a picture. */
  static final String PIXEL = "iVBORw0KGgo=";

  /** Arguments of the tool. */
  static final Map<String, Object> CITY =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of("city", Map.of("type", "string")),
          "required",
          List.of("city"),
          "additionalProperties",
          false);

  /** A shape for an answer. */
  static final Map<String, Object> PERSON =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of(
              "name",
              Map.of("type", "string"),
              "age",
              Map.of("type", "integer"),
              "tags",
              Map.of("type", "array", "items", Map.of("type", "string"))),
          "required",
          List.of("name", "age", "tags"),
          "additionalProperties",
          false);

  /** What an application wants. */
  enum Want {
    STREAM,
    TOOLS,
    /** A tool that takes plain text; OpenAI's two alone have such. */
    FREEFORM,
    THINKING,
    SCHEMA,
    /** The tool must be called. */
    FORCED,
    /** One call at a time. */
    SINGLE,
    /** Sixteen tokens at most. */
    SHORT,
    /** The answer ends before the word {@code halt}. */
    HALT
  }

  /** Why an answer ended, as far as a protocol says. */
  enum End {
    COMPLETE,
    LIMIT,
    CALLS,
    SEQUENCE,
    FILTER
  }

  /**
   * An answer as an application sees it.
   *
   * @param thoughts what it may read of the thinking
   * @param reasoning tokens of it; null: the protocol does not say
   * @param total null: the protocol does not say
   */
  record Seen(
      String text,
      String refusal,
      String thoughts,
      List<Called> calls,
      @Nullable End end,
      long prompt,
      long cached,
      long output,
      @Nullable Long reasoning,
      @Nullable Long total) {}

  /** A call of a tool. */
  record Called(String id, String name, Map<String, Object> arguments) {}

  /** What a tool says. */
  record Result(String text, boolean error, boolean image) {
    static Result of(String text) {
      return new Result(text, false, false);
    }
  }

  /** An error as an application sees it. */
  record Trouble(int status, String text, String retryAfter) {}

  final String model;
  final Set<Want> wants;

  MatrixTalk(String model, Set<Want> wants) {
    this.model = model;
    this.wants = Set.copyOf(wants);
  }

  boolean wants(Want want) {
    return wants.contains(want);
  }

  /** The user says something, with a picture or without, and the model answers. */
  abstract Seen say(String text, boolean image);

  Seen say(String text) {
    return say(text, false);
  }

  /** Both sides said this before. */
  abstract void said(String user, String assistant);

  /** The results of the last answer's calls go back, in order, and the model answers. */
  abstract Seen results(List<Result> results);

  /** Says something that fails. */
  abstract Trouble fails(String text);

  /** All four SDKs at one gateway. */
  record Sdks(
      com.openai.client.OpenAIClient openai,
      com.anthropic.client.AnthropicClient anthropic,
      com.google.genai.Client genai)
      implements AutoCloseable {
    MatrixTalk talk(Dialect client, String model, Set<Want> wants) {
      return switch (client) {
        case CHAT -> new MatrixChat(openai, model, wants);
        case RESPONSES -> new MatrixResponses(openai, model, wants);
        case MESSAGES -> new MatrixMessages(anthropic, model, wants);
        case GEMINI -> new MatrixGemini(genai, model, wants);
      };
    }

    @Override
    public void close() {
      openai.close();
      anthropic.close();
      genai.close();
    }
  }
}
