package dev.sluice.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ReasoningEffort;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionCustomTool;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Chat Completions through OpenAI's SDK. */
final class MatrixChat extends MatrixTalk {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OpenAIClient client;
  private ChatCompletionCreateParams.Builder params;
  private List<Called> open = List.of();

  MatrixChat(OpenAIClient client, String model, Set<Want> wants) {
    super(model, wants);
    this.client = client;
    params = ChatCompletionCreateParams.builder().model(model).addSystemMessage("Be brief.");
    if (wants(Want.STREAM)) {
      params.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
    }
    if (wants(Want.TOOLS)) {
      params.addTool(
          ChatCompletionFunctionTool.builder()
              .function(
                  FunctionDefinition.builder()
                      .name("weather")
                      .description("The weather in a city")
                      .parameters(
                          FunctionParameters.builder().additionalProperties(json(CITY)).build())
                      .build())
              .build());
    }
    if (wants(Want.FREEFORM)) {
      params.addTool(
          ChatCompletionCustomTool.builder()
              .custom(
                  ChatCompletionCustomTool.Custom.builder()
                      .name("weather")
                      .description("The weather in a city")
                      .build())
              .build());
    }
    if (wants(Want.FORCED)) {
      params.toolChoice(
          ChatCompletionNamedToolChoice.builder()
              .function(ChatCompletionNamedToolChoice.Function.builder().name("weather").build())
              .build());
    }
    if (wants(Want.SINGLE)) {
      params.parallelToolCalls(false);
    }
    if (wants(Want.THINKING)) {
      params.reasoningEffort(ReasoningEffort.HIGH);
    }
    if (wants(Want.SHORT)) {
      params.maxCompletionTokens(16);
    }
    if (wants(Want.HALT)) {
      params.stop("halt");
    }
    if (wants(Want.SCHEMA)) {
      params.responseFormat(
          ResponseFormatJsonSchema.builder()
              .jsonSchema(
                  ResponseFormatJsonSchema.JsonSchema.builder()
                      .name("person")
                      .strict(true)
                      .schema(
                          ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                              .additionalProperties(json(PERSON))
                              .build())
                      .build())
              .build());
    }
  }

  static Map<String, JsonValue> json(Map<String, Object> object) {
    var json = new java.util.LinkedHashMap<String, JsonValue>();
    object.forEach((name, value) -> json.put(name, JsonValue.from(value)));
    return json;
  }

  static Map<String, Object> arguments(String json) {
    try {
      return JSON.readValue(json, new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  void said(String user, String assistant) {
    params.addUserMessage(user).addAssistantMessage(assistant);
  }

  @Override
  Seen say(String text, boolean image) {
    if (image) {
      params.addUserMessageOfArrayOfContentParts(
          List.of(
              ChatCompletionContentPart.ofText(
                  ChatCompletionContentPartText.builder().text(text).build()),
              ChatCompletionContentPart.ofImageUrl(
                  ChatCompletionContentPartImage.builder()
                      .imageUrl(
                          ChatCompletionContentPartImage.ImageUrl.builder()
                              .url("data:image/png;base64," + PIXEL)
                              .build())
                      .build())));
    } else {
      params.addUserMessage(text);
    }
    return answer();
  }

  @Override
  Seen results(List<Result> results) {
    for (int i = 0; i < results.size(); i++) {
      params.addMessage(
          ChatCompletionToolMessageParam.builder()
              .toolCallId(open.get(i).id())
              .content(results.get(i).text())
              .build());
    }
    return answer();
  }

  @Override
  Trouble fails(String text) {
    try {
      say(text);
    } catch (OpenAIServiceException e) {
      return trouble(e);
    }
    throw new AssertionError("it did not fail");
  }

  static Trouble trouble(OpenAIServiceException e) {
    return new Trouble(
        e.statusCode(),
        String.valueOf(e.getMessage()),
        String.join(",", e.headers().values("retry-after")));
  }

  private Seen answer() {
    var thoughts = new StringBuilder();
    ChatCompletion answer;
    if (wants(Want.STREAM)) {
      var whole = ChatCompletionAccumulator.create();
      try (var stream = client.chat().completions().createStreaming(params.build())) {
        stream.stream()
            .map(whole::accumulate)
            .flatMap(chunk -> chunk.choices().stream())
            .forEach(c -> thoughts.append(thought(c.delta()._allProperties())));
      }
      answer = whole.chatCompletion();
    } else {
      answer = client.chat().completions().create(params.build());
      answer.validate();
      thoughts.append(thought(answer.choices().getFirst().message()._allProperties()));
    }
    var choice = answer.choices().getFirst();
    ChatCompletionMessage message = choice.message();
    params.addMessage(message);
    open = message.toolCalls().orElse(List.of()).stream().map(MatrixChat::called).toList();
    var usage = answer.usage().orElseThrow();
    return new Seen(
        message.content().orElse(""),
        message.refusal().orElse(""),
        thoughts.toString(),
        open,
        switch (choice.finishReason().value()) {
          case STOP -> End.COMPLETE;
          case LENGTH -> End.LIMIT;
          case TOOL_CALLS -> End.CALLS;
          case CONTENT_FILTER -> End.FILTER;
          default -> null;
        },
        usage.promptTokens(),
        usage.promptTokensDetails().flatMap(d -> d.cachedTokens()).orElse(0L),
        usage.completionTokens(),
        usage.completionTokensDetails().flatMap(d -> d.reasoningTokens()).orElse(null),
        usage.totalTokens());
  }

  private static Called called(ChatCompletionMessageToolCall call) {
    if (call.isCustom()) {
      var custom = call.asCustom();
      return new Called(
          custom.id(), custom.custom().name(), Map.of("city", custom.custom().input()));
    }
    var function = call.asFunction();
    return new Called(
        function.id(), function.function().name(), arguments(function.function().arguments()));
  }

  private static String thought(Map<String, JsonValue> more) {
    JsonValue text = more.get("reasoning_content");
    return text == null ? "" : text.convert(String.class);
  }
}
