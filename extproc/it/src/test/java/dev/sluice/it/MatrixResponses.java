package dev.sluice.it;

import com.openai.client.OpenAIClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.responses.CustomTool;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseCustomToolCallOutput;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseFunctionCallOutputItem;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseInputContent;
import com.openai.models.responses.ResponseInputImage;
import com.openai.models.responses.ResponseInputImageContent;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseInputText;
import com.openai.models.responses.ResponseInputTextContent;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseTextConfig;
import com.openai.models.responses.ToolChoiceFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Responses through OpenAI's SDK, with nothing kept at the provider. */
final class MatrixResponses extends MatrixTalk {
  private static final String DATA = "data:image/png;base64," + PIXEL;

  private final OpenAIClient client;
  private final List<ResponseInputItem> items;
  private List<Called> open;

  MatrixResponses(OpenAIClient client, String model, Set<Want> wants) {
    super(model, wants);
    this.client = client;
    items = new ArrayList<>();
    open = List.of();
  }

  private ResponseCreateParams params() {
    var params =
        ResponseCreateParams.builder()
            .model(model)
            .instructions("Be brief.")
            .store(false)
            .inputOfResponse(items);
    if (wants(Want.TOOLS)) {
      params.addTool(
          FunctionTool.builder()
              .name("weather")
              .description("The weather in a city")
              .strict(true)
              .parameters(
                  FunctionTool.Parameters.builder()
                      .additionalProperties(MatrixChat.json(CITY))
                      .build())
              .build());
    }
    if (wants(Want.FREEFORM)) {
      params.addTool(
          CustomTool.builder().name("weather").description("The weather in a city").build());
    }
    if (wants(Want.FORCED)) {
      params.toolChoice(ToolChoiceFunction.builder().name("weather").build());
    }
    if (wants(Want.SINGLE)) {
      params.parallelToolCalls(false);
    }
    if (wants(Want.THINKING)) {
      params
          .reasoning(
              Reasoning.builder()
                  .effort(ReasoningEffort.HIGH)
                  .summary(Reasoning.Summary.AUTO)
                  .build())
          .addInclude(ResponseIncludable.REASONING_ENCRYPTED_CONTENT);
    }
    if (wants(Want.SHORT)) {
      params.maxOutputTokens(16);
    }
    if (wants(Want.SCHEMA)) {
      params.text(
          ResponseTextConfig.builder()
              .format(
                  ResponseFormatTextJsonSchemaConfig.builder()
                      .name("person")
                      .strict(true)
                      .schema(
                          ResponseFormatTextJsonSchemaConfig.Schema.builder()
                              .additionalProperties(MatrixChat.json(PERSON))
                              .build())
                      .build())
              .build());
    }
    return params.build();
  }

  @Override
  void said(String user, String assistant) {
    items.add(message(EasyInputMessage.Role.USER, user));
    items.add(message(EasyInputMessage.Role.ASSISTANT, assistant));
  }

  private static ResponseInputItem message(EasyInputMessage.Role role, String text) {
    return ResponseInputItem.ofEasyInputMessage(
        EasyInputMessage.builder().role(role).content(text).build());
  }

  @Override
  Seen say(String text, boolean image) {
    if (image) {
      items.add(
          ResponseInputItem.ofEasyInputMessage(
              EasyInputMessage.builder()
                  .role(EasyInputMessage.Role.USER)
                  .contentOfResponseInputMessageContentList(
                      List.of(
                          ResponseInputContent.ofInputText(
                              ResponseInputText.builder().text(text).build()),
                          ResponseInputContent.ofInputImage(
                              ResponseInputImage.builder()
                                  .detail(ResponseInputImage.Detail.AUTO)
                                  .imageUrl(DATA)
                                  .build())))
                  .build()));
    } else {
      items.add(message(EasyInputMessage.Role.USER, text));
    }
    return answer();
  }

  @Override
  Seen results(List<Result> results) {
    for (int i = 0; i < results.size(); i++) {
      Result result = results.get(i);
      if (wants(Want.FREEFORM)) {
        items.add(
            ResponseInputItem.ofCustomToolCallOutput(
                ResponseCustomToolCallOutput.builder()
                    .callId(open.get(i).id())
                    .output(result.text())
                    .build()));
        continue;
      }
      var output = ResponseInputItem.FunctionCallOutput.builder().callId(open.get(i).id());
      if (result.image()) {
        output.outputOfResponseFunctionCallOutputItemList(
            List.of(
                ResponseFunctionCallOutputItem.ofInputText(
                    ResponseInputTextContent.builder().text(result.text()).build()),
                ResponseFunctionCallOutputItem.ofInputImage(
                    ResponseInputImageContent.builder().imageUrl(DATA).build())));
      } else {
        output.output(result.text());
      }
      items.add(ResponseInputItem.ofFunctionCallOutput(output.build()));
    }
    return answer();
  }

  @Override
  Trouble fails(String text) {
    try {
      say(text);
    } catch (OpenAIServiceException e) {
      return MatrixChat.trouble(e);
    } catch (Broken e) {
      return new Trouble(200, String.valueOf(e.getMessage()), "");
    }
    throw new AssertionError("it did not fail");
  }

  private Seen answer() {
    Response answer;
    if (wants(Want.STREAM)) {
      var whole = ResponseAccumulator.create();
      var troubles = new ArrayList<String>();
      try (var stream = client.responses().createStreaming(params())) {
        stream.stream()
            .map(whole::accumulate)
            .forEach(
                event -> {
                  event.error().ifPresent(e -> troubles.add(e.message()));
                  event
                      .failed()
                      .flatMap(f -> f.response().error())
                      .ifPresent(e -> troubles.add(e.message()));
                });
      }
      if (!troubles.isEmpty()) {
        throw new Broken(troubles.getFirst());
      }
      answer = whole.response();
    } else {
      answer = client.responses().create(params());
    }
    answer.validate();
    return seen(answer);
  }

  /** The stream said that it failed, in an event that the SDK hands to the application. */
  static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Broken(String text) {
      super(text);
    }
  }

  private Seen seen(Response answer) {
    var text = new StringBuilder();
    var refusal = new StringBuilder();
    var thoughts = new StringBuilder();
    var calls = new ArrayList<Called>();
    for (ResponseOutputItem item : answer.output()) {
      item.reasoning().ifPresent(r -> r.summary().forEach(s -> thoughts.append(s.text())));
      item.message()
          .ifPresent(
              m ->
                  m.content()
                      .forEach(
                          c -> {
                            c.outputText().ifPresent(t -> text.append(t.text()));
                            c.refusal().ifPresent(r -> refusal.append(r.refusal()));
                          }));
      item.functionCall()
          .ifPresent(
              c ->
                  calls.add(new Called(c.callId(), c.name(), MatrixChat.arguments(c.arguments()))));
      item.customToolCall()
          .ifPresent(c -> calls.add(new Called(c.callId(), c.name(), Map.of("city", c.input()))));
      items.add(input(item));
    }
    open = List.copyOf(calls);
    var usage = answer.usage().orElseThrow();
    return new Seen(
        text.toString(),
        refusal.toString(),
        thoughts.toString(),
        open,
        end(answer),
        usage.inputTokens(),
        usage.inputTokensDetails().cachedTokens(),
        usage.outputTokens(),
        usage.outputTokensDetails().reasoningTokens(),
        usage.totalTokens());
  }

  private @Nullable End end(Response answer) {
    if (answer.status().orElseThrow().equals(ResponseStatus.COMPLETED)) {
      return open.isEmpty() ? End.COMPLETE : End.CALLS;
    }
    return switch (answer.incompleteDetails().orElseThrow().reason().orElseThrow().value()) {
      case MAX_OUTPUT_TOKENS -> End.LIMIT;
      case CONTENT_FILTER -> End.FILTER;
      default -> null;
    };
  }

  private static ResponseInputItem input(ResponseOutputItem item) {
    if (item.isReasoning()) {
      return ResponseInputItem.ofReasoning(item.asReasoning());
    }
    if (item.isCustomToolCall()) {
      return ResponseInputItem.ofCustomToolCall(item.asCustomToolCall());
    }
    return item.isFunctionCall()
        ? ResponseInputItem.ofFunctionCall(item.asFunctionCall())
        : ResponseInputItem.ofResponseOutputMessage(item.asMessage());
  }
}
