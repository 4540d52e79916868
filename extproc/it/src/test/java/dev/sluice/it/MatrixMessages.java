package dev.sluice.it;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAuto;
import com.anthropic.models.messages.ToolResultBlockParam;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Messages through Anthropic's SDK. */
final class MatrixMessages extends MatrixTalk {
  private final AnthropicClient client;
  private final MessageCreateParams.Builder params;
  private List<Called> open = List.of();

  MatrixMessages(AnthropicClient client, String model, Set<Want> wants) {
    super(model, wants);
    this.client = client;
    params =
        MessageCreateParams.builder()
            .model(model)
            .maxTokens(wants(Want.SHORT) ? 16 : 8000)
            .system("Be brief.");
    if (wants(Want.TOOLS)) {
      params.addTool(
          Tool.builder()
              .name("weather")
              .description("The weather in a city")
              .inputSchema(
                  Tool.InputSchema.builder().putAllAdditionalProperties(json(CITY)).build())
              .build());
    }
    if (wants(Want.FORCED)) {
      params.toolToolChoice("weather");
    } else if (wants(Want.SINGLE)) {
      params.toolChoice(ToolChoiceAuto.builder().disableParallelToolUse(true).build());
    }
    if (wants(Want.THINKING)) {
      params.enabledThinking(2048);
    }
    if (wants(Want.HALT)) {
      params.addStopSequence("halt");
    }
    if (wants(Want.SCHEMA)) {
      params.outputConfig(
          OutputConfig.builder()
              .format(
                  JsonOutputFormat.builder()
                      .schema(
                          JsonOutputFormat.Schema.builder()
                              .putAllAdditionalProperties(json(PERSON))
                              .build())
                      .build())
              .build());
    }
  }

  private static Map<String, JsonValue> json(Map<String, Object> object) {
    var json = new LinkedHashMap<String, JsonValue>();
    object.forEach((name, value) -> json.put(name, JsonValue.from(value)));
    return json;
  }

  @Override
  void said(String user, String assistant) {
    params.addUserMessage(user).addAssistantMessage(assistant);
  }

  private static Base64ImageSource pixel() {
    return Base64ImageSource.builder()
        .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
        .data(PIXEL)
        .build();
  }

  @Override
  Seen say(String text, boolean image) {
    if (image) {
      params.addUserMessageOfContentBlockParams(
          List.of(
              ContentBlockParam.ofText(TextBlockParam.builder().text(text).build()),
              ContentBlockParam.ofImage(ImageBlockParam.builder().source(pixel()).build())));
    } else {
      params.addUserMessage(text);
    }
    return answer();
  }

  @Override
  Seen results(List<Result> results) {
    var blocks = new ArrayList<ContentBlockParam>();
    for (int i = 0; i < results.size(); i++) {
      Result result = results.get(i);
      var block = ToolResultBlockParam.builder().toolUseId(open.get(i).id());
      if (result.image()) {
        block.contentOfBlocks(
            List.of(
                ToolResultBlockParam.Content.Block.ofText(result.text()),
                ToolResultBlockParam.Content.Block.ofImage(pixel())));
      } else {
        block.content(result.text());
      }
      if (result.error()) {
        block.isError(true);
      }
      blocks.add(ContentBlockParam.ofToolResult(block.build()));
    }
    params.addUserMessageOfContentBlockParams(blocks);
    return answer();
  }

  @Override
  Trouble fails(String text) {
    try {
      say(text);
    } catch (AnthropicServiceException e) {
      return new Trouble(
          e.statusCode(),
          String.valueOf(e.getMessage()),
          String.join(",", e.headers().values("retry-after")));
    }
    throw new AssertionError("it did not fail");
  }

  private Seen answer() {
    Message answer;
    if (wants(Want.STREAM)) {
      var whole = MessageAccumulator.create();
      try (var stream = client.messages().createStreaming(params.build())) {
        stream.stream().forEach(whole::accumulate);
      }
      answer = whole.message();
    } else {
      answer = client.messages().create(params.build());
      answer.validate();
    }
    params.addMessage(answer);
    var text = new StringBuilder();
    var thoughts = new StringBuilder();
    var calls = new ArrayList<Called>();
    for (ContentBlock block : answer.content()) {
      block.text().ifPresent(t -> text.append(t.text()));
      block.thinking().ifPresent(t -> thoughts.append(t.thinking()));
      block
          .toolUse()
          .ifPresent(
              use ->
                  calls.add(
                      new Called(
                          use.id(),
                          use.name(),
                          use._input()
                              .convert(
                                  new com.fasterxml.jackson.core.type.TypeReference<
                                      Map<String, Object>>() {}))));
    }
    open = List.copyOf(calls);
    var usage = answer.usage();
    long cached = usage.cacheReadInputTokens().orElse(0L);
    return new Seen(
        text.toString(),
        "",
        thoughts.toString(),
        open,
        switch (answer.stopReason().orElseThrow().value()) {
          case END_TURN -> End.COMPLETE;
          case MAX_TOKENS -> End.LIMIT;
          case TOOL_USE -> End.CALLS;
          case STOP_SEQUENCE -> End.SEQUENCE;
          case REFUSAL -> End.FILTER;
          default -> null;
        },
        usage.inputTokens() + cached + usage.cacheCreationInputTokens().orElse(0L),
        cached,
        usage.outputTokens(),
        usage.outputTokensDetails().map(d -> d.thinkingTokens()).orElse(null),
        null);
  }
}
