package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.RateLimitException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import com.google.genai.Client;
import com.google.genai.JsonSerializable;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.responses.ResponseCreateParams;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The providers' own SDKs as clients: same protocol behind it, or the other one. */
final class ProtocolsIT {
  private static final Map<Dialect, Provider> PROVIDERS = new EnumMap<>(Dialect.class);
  private static Gateway gateway;
  private static OpenAIClient openai;
  private static AnthropicClient anthropic;
  private static Client genai;

  @BeforeAll
  static void start() {
    var channels = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      PROVIDERS.put(dialect, Provider.start("sim", dialect, 0));
      String protocol =
          switch (dialect) {
            case CHAT -> "openai-chat";
            case RESPONSES -> "openai-responses";
            case MESSAGES -> "anthropic";
            case GEMINI -> "gemini";
          };
      channels.append(
          """
            %s:
              protocol: %s
              base_urls: ["%s"]
              accounts: [{name: a, key: secret}]
              models: [{alias: m-%s, model: real-model}]
          """
              .formatted(dialect, protocol, PROVIDERS.get(dialect).baseUrl(), dialect));
      PROVIDERS.get(dialect).credential("secret");
    }
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [CHAT, RESPONSES, MESSAGES, GEMINI]}
            channels:
            %s
            """
                .formatted(channels));
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl(gateway.base() + "/v1")
            .apiKey(Gateway.KEY)
            .maxRetries(0)
            .build();
    anthropic =
        AnthropicOkHttpClient.builder()
            .baseUrl(gateway.base())
            .apiKey(Gateway.KEY)
            .maxRetries(0)
            .build();
    genai =
        Client.builder()
            .apiKey(Gateway.KEY)
            .httpOptions(HttpOptions.builder().baseUrl(gateway.base()).build())
            .build();
  }

  @AfterAll
  static void stop() {
    openai.close();
    anthropic.close();
    genai.close();
    gateway.close();
    PROVIDERS.values().forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    PROVIDERS.values().forEach(Provider::forget);
  }

  // ---- the same protocol on both sides

  static Stream<Arguments> same() {
    return Stream.of(Dialect.values())
        .flatMap(d -> Stream.of(Arguments.of(d, true), Arguments.of(d, false)));
  }

  @ParameterizedTest(name = "{0} stream={1}")
  @MethodSource("same")
  void theClientGetsTheProvidersBytes(Dialect dialect, boolean stream) throws Exception {
    String model = "m-" + dialect;
    String body = Requests.body(dialect, model, stream, "to the byte");
    Gateway.Reply reply = gateway.post(Requests.path(dialect, model, stream), body);
    String direct = Requests.path(dialect, "real-model", stream);
    URI provider = URI.create("http://127.0.0.1:" + PROVIDERS.get(dialect).port() + direct);
    try (var client = HttpClient.newHttpClient()) {
      byte[] expected =
          client
              .send(
                  HttpRequest.newBuilder(provider)
                      .header("authorization", "Bearer secret")
                      .POST(HttpRequest.BodyPublishers.ofString(body.replace(model, "real-model")))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .body();
      assertThat(reply.text())
          .isEqualTo(new String(expected, java.nio.charset.StandardCharsets.UTF_8));
    }
    var received = PROVIDERS.get(dialect).received();
    String asked =
        stream && dialect == Dialect.CHAT
            ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}"
            : "\"stream\":" + stream;
    assertThat(new String(received.get(0).body(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            new String(received.get(1).body(), java.nio.charset.StandardCharsets.UTF_8)
                .replace("\"stream\":" + stream, asked));
    boolean released = stream && dialect != Dialect.CHAT;
    awaitLog("\"outcome\":\"" + (released ? "released" : "passed") + "\"");
  }

  private static void awaitLog(String text) throws Exception {
    for (int i = 0; i < 100 && !gateway.log("extproc").contains(text); i++) {
      Thread.sleep(20);
    }
    assertThat(gateway.log("extproc")).contains(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-CHAT", "m-MESSAGES"})
  void chatThroughOpenAisSdk(String model) {
    ChatCompletion answer = openai.chat().completions().create(chat(model).build());
    assertThat(answer.choices().getFirst().message().content()).contains("sim says: Hello");
    assertThat(answer.choices().getFirst().finishReason().toString()).isEqualTo("stop");
    var usage = answer.usage().orElseThrow();
    assertThat(usage.promptTokens()).isEqualTo(20);
    assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + usage.completionTokens());
    assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens()).contains(8L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-CHAT", "m-MESSAGES"})
  void chatStreamThroughOpenAisSdk(String model) {
    var params =
        chat(model)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    var whole = ChatCompletionAccumulator.create();
    try (var stream = openai.chat().completions().createStreaming(params)) {
      stream.stream().forEach(whole::accumulate);
    }
    ChatCompletion answer = whole.chatCompletion();
    assertThat(answer.choices().getFirst().message().content()).contains("sim says: Hello");
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(20);
  }

  private static ChatCompletionCreateParams.Builder chat(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addSystemMessage("Be brief.")
        .addUserMessage("Good morning")
        .addAssistantMessage("Good morning to you.")
        .addUserMessage("Hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void messagesThroughAnthropicsSdk(String model) {
    Message answer = anthropic.messages().create(messages(model).build());
    assertThat(text(answer)).isEqualTo("sim says: Hello");
    assertThat(answer.stopReason()).contains(StopReason.END_TURN);
    assertThat(answer.usage().inputTokens()).isEqualTo(12);
    assertThat(answer.usage().cacheReadInputTokens()).contains(8L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void messagesStreamThroughAnthropicsSdk(String model) {
    var whole = MessageAccumulator.create();
    try (var stream = anthropic.messages().createStreaming(messages(model).build())) {
      stream.stream().forEach(whole::accumulate);
    }
    assertThat(text(whole.message())).isEqualTo("sim says: Hello");
    assertThat(whole.message().stopReason()).contains(StopReason.END_TURN);
  }

  private static MessageCreateParams.Builder messages(String model) {
    return MessageCreateParams.builder()
        .model(model)
        .maxTokens(100)
        .system("Be brief.")
        .addUserMessage("Good morning")
        .addAssistantMessage("Good morning to you.")
        .addUserMessage("Hello");
  }

  private static String text(Message message) {
    return message.content().stream()
        .flatMap(block -> block.text().stream())
        .map(block -> block.text())
        .collect(Collectors.joining());
  }

  @Test
  void responsesThroughOpenAisSdk() {
    var answer =
        openai
            .responses()
            .create(ResponseCreateParams.builder().model("m-RESPONSES").input("Hello").build());
    String text =
        answer.output().stream()
            .flatMap(item -> item.message().stream())
            .flatMap(message -> message.content().stream())
            .flatMap(content -> content.outputText().stream())
            .map(output -> output.text())
            .collect(Collectors.joining());
    assertThat(text).isEqualTo("sim says: Hello");
  }

  @Test
  void responsesStreamThroughOpenAisSdk() {
    var text = new StringBuilder();
    var params = ResponseCreateParams.builder().model("m-RESPONSES").input("Hello").build();
    try (var stream = openai.responses().createStreaming(params)) {
      stream.stream()
          .flatMap(event -> event.outputTextDelta().stream())
          .forEach(delta -> text.append(delta.delta()));
    }
    assertThat(text).hasToString("sim says: Hello");
  }

  @Test
  void geminiThroughGooglesSdk() {
    var answer = genai.models.generateContent("m-GEMINI", "Hello", null);
    assertThat(answer.text()).isEqualTo("sim says: Hello");
  }

  @Test
  void geminiStreamThroughGooglesSdk() {
    var text = new StringBuilder();
    try (var stream = genai.models.generateContentStream("m-GEMINI", "Hello", null)) {
      for (var chunk : stream) {
        text.append(chunk.text());
      }
    }
    assertThat(text).hasToString("sim says: Hello");
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void aStreamOfGeminisIsOneArrayAndTheKeyInItsQuery(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    URI address =
        URI.create(
            gateway.base()
                + "/v1beta/models/"
                + model
                + ":streamGenerateContent?key="
                + Gateway.KEY);
    var request =
        HttpRequest.newBuilder(address)
            .header("content-type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.GEMINI, model, true, "Hello")));
    HttpResponse<String> answer =
        gateway.client().send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    var text = new StringBuilder();
    for (var chunk : JsonSerializable.stringToJsonNode(answer.body())) {
      text.append(GenerateContentResponse.fromJson(chunk.toString()).text());
    }
    assertThat(text).hasToString("sim says: Hello");
    assertThat(PROVIDERS.get(dialect).received().getLast().path()).doesNotContain("key=");
  }

  // ---- tools

  @ParameterizedTest
  @ValueSource(strings = {"m-CHAT", "m-MESSAGES"})
  void aToolLoopThroughOpenAisSdk(String model) {
    var params =
        ChatCompletionCreateParams.builder()
            .model(model)
            .addUserMessage("How is the weather?")
            .addTool(
                ChatCompletionFunctionTool.builder()
                    .function(
                        FunctionDefinition.builder()
                            .name("weather")
                            .description("The weather in a city")
                            .parameters(
                                FunctionParameters.builder()
                                    .putAdditionalProperty(
                                        "type", com.openai.core.JsonValue.from("object"))
                                    .putAdditionalProperty(
                                        "properties",
                                        com.openai.core.JsonValue.from(
                                            Map.of("city", Map.of("type", "string"))))
                                    .build())
                            .build())
                    .build());
    var accumulator = ChatCompletionAccumulator.create();
    try (var stream = openai.chat().completions().createStreaming(params.build())) {
      stream.stream().forEach(accumulator::accumulate);
    }
    var streamed = accumulator.chatCompletion().choices().getFirst();
    ChatCompletion first = openai.chat().completions().create(params.build());
    var choice = first.choices().getFirst();
    assertThat(choice.finishReason().toString()).isEqualTo("tool_calls");
    assertThat(streamed.finishReason().toString()).isEqualTo("tool_calls");
    List<ChatCompletionMessageToolCall> calls = choice.message().toolCalls().orElseThrow();
    assertThat(arguments(calls)).containsExactly("{\"city\":\"Bern\"}", "{\"city\":\"Oslo\"}");
    assertThat(arguments(streamed.message().toolCalls().orElseThrow()))
        .containsExactly("{\"city\":\"Bern\"}", "{\"city\":\"Oslo\"}");
    params.addMessage(choice.message());
    int degrees = 10;
    for (ChatCompletionMessageToolCall call : calls) {
      params.addMessage(
          ChatCompletionToolMessageParam.builder()
              .toolCallId(call.asFunction().id())
              .content(degrees++ + " degrees")
              .build());
    }
    ChatCompletion second = openai.chat().completions().create(params.build());
    assertThat(second.choices().getFirst().message().content())
        .contains("sim heard: 10 degrees and 11 degrees");
  }

  private static List<String> arguments(List<ChatCompletionMessageToolCall> calls) {
    return calls.stream()
        .map(ChatCompletionMessageToolCall::asFunction)
        .map(ChatCompletionMessageFunctionToolCall::function)
        .map(ChatCompletionMessageFunctionToolCall.Function::arguments)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void aToolLoopThroughAnthropicsSdk(String model) {
    var params =
        MessageCreateParams.builder()
            .model(model)
            .maxTokens(100)
            .addUserMessage("How is the weather?")
            .addTool(
                Tool.builder()
                    .name("weather")
                    .description("The weather in a city")
                    .inputSchema(
                        Tool.InputSchema.builder()
                            .properties(
                                Tool.InputSchema.Properties.builder()
                                    .putAdditionalProperty(
                                        "city", JsonValue.from(Map.of("type", "string")))
                                    .build())
                            .build())
                    .build());
    var accumulator = MessageAccumulator.create();
    try (var stream = anthropic.messages().createStreaming(params.build())) {
      stream.stream().forEach(accumulator::accumulate);
    }
    Message first = anthropic.messages().create(params.build());
    for (Message message : List.of(first, accumulator.message())) {
      assertThat(message.stopReason()).contains(StopReason.TOOL_USE);
      assertThat(uses(message)).hasSize(2);
      assertThat(uses(message).get(1)._input().toString()).contains("Oslo");
    }
    params.addMessage(first);
    var results = new ArrayList<ContentBlockParam>();
    int degrees = 10;
    for (ToolUseBlock use : uses(first)) {
      results.add(
          ContentBlockParam.ofToolResult(
              ToolResultBlockParam.builder()
                  .toolUseId(use.id())
                  .content(degrees++ + " degrees")
                  .build()));
    }
    params.addUserMessageOfContentBlockParams(results);
    assertThat(text(anthropic.messages().create(params.build())))
        .isEqualTo("sim heard: 10 degrees and 11 degrees");
  }

  private static List<ToolUseBlock> uses(Message message) {
    return message.content().stream()
        .filter(ContentBlock::isToolUse)
        .map(ContentBlock::asToolUse)
        .toList();
  }

  // ---- images

  private static final String PIXEL = "iVBORw0KGgo=";

  @ParameterizedTest
  @ValueSource(strings = {"m-CHAT", "m-MESSAGES"})
  void anImageThroughOpenAisSdk(String model) {
    var parts =
        List.of(
            ChatCompletionContentPart.ofText(
                ChatCompletionContentPartText.builder().text("Look").build()),
            image("data:image/png;base64," + PIXEL),
            image("https://example.com/cat.png"));
    ChatCompletion answer =
        openai
            .chat()
            .completions()
            .create(
                ChatCompletionCreateParams.builder()
                    .model(model)
                    .addUserMessageOfArrayOfContentParts(parts)
                    .build());
    assertThat(answer.choices().getFirst().message().content())
        .contains("sim says: Look [image image/png 12] [image https://example.com/cat.png]");
  }

  private static ChatCompletionContentPart image(String url) {
    return ChatCompletionContentPart.ofImageUrl(
        ChatCompletionContentPartImage.builder()
            .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder().url(url).build())
            .build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void anImageThroughAnthropicsSdk(String model) {
    var blocks =
        List.of(
            ContentBlockParam.ofText(TextBlockParam.builder().text("Look").build()),
            ContentBlockParam.ofImage(
                ImageBlockParam.builder()
                    .source(
                        Base64ImageSource.builder()
                            .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                            .data(PIXEL)
                            .build())
                    .build()));
    Message answer =
        anthropic
            .messages()
            .create(
                MessageCreateParams.builder()
                    .model(model)
                    .maxTokens(100)
                    .addUserMessageOfContentBlockParams(blocks)
                    .build());
    assertThat(text(answer)).isEqualTo("sim says: Look [image image/png 12]");
  }

  // ---- stop reasons, errors, lists

  @Test
  void aLimitIsALimitInBothProtocols() {
    var chat =
        openai
            .chat()
            .completions()
            .create(
                ChatCompletionCreateParams.builder()
                    .model("m-MESSAGES")
                    .maxCompletionTokens(3)
                    .addUserMessage("Hello")
                    .build());
    assertThat(chat.choices().getFirst().finishReason().toString()).isEqualTo("length");
    Message message =
        anthropic
            .messages()
            .create(
                MessageCreateParams.builder()
                    .model("m-CHAT")
                    .maxTokens(3)
                    .addUserMessage("Hello")
                    .build());
    assertThat(message.stopReason()).contains(StopReason.MAX_TOKENS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void aProvidersRateLimitIsTheSdksTypedException(String model) {
    Fault limit = new Fault.Status(429, Map.of("retry-after", "3"));
    PROVIDERS.get(Dialect.CHAT).fault(limit);
    PROVIDERS.get(Dialect.MESSAGES).fault(limit);
    assertThatThrownBy(() -> anthropic.messages().create(messages(model).build()))
        .isInstanceOf(RateLimitException.class);
    assertThatThrownBy(() -> openai.chat().completions().create(chat(model).build()))
        .isInstanceOf(com.openai.errors.RateLimitException.class);
  }

  @Test
  void ourRefusalsAreTheSdksTypedExceptions() {
    var stranger = openai.withOptions(options -> options.apiKey("sk-wrong"));
    assertThatThrownBy(() -> stranger.chat().completions().create(chat("m-CHAT").build()))
        .isInstanceOf(UnauthorizedException.class);
    assertThatThrownBy(() -> openai.chat().completions().create(chat("nothing").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("nothing");
    assertThatThrownBy(() -> anthropic.messages().create(messages("nothing").build()))
        .isInstanceOf(com.anthropic.errors.NotFoundException.class);
  }

  @Test
  void theModelListInBothForms() {
    String[] names = {"m-CHAT", "m-RESPONSES", "m-MESSAGES", "m-GEMINI"};
    assertThat(openai.models().list().data()).extracting(m -> m.id()).containsExactly(names);
    assertThat(anthropic.models().list().data()).extracting(m -> m.id()).containsExactly(names);
    assertThat(openai.models().retrieve("m-CHAT").ownedBy()).isEqualTo("CHAT");
  }

  @Test
  void whatCannotBeCarriedIsNamed() throws Exception {
    String body =
        """
        {"model":"m-MESSAGES","seed":7,"logprobs":true,"messages":[{"role":"user","content":"hi"}]}\
        """;
    Gateway.Reply reply = gateway.post("/v1/chat/completions", body);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("x-sluice-dropped")).contains("seed").contains("logprobs");
    Gateway.Reply strict =
        gateway.post(
            "/v1/chat/completions",
            body.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            Map.of("x-sluice-strict", "true"));
    assertThat(strict.status()).isEqualTo(400);
    assertThat(strict.text()).contains("\"param\":\"seed\"");
  }

  // ---- usage of streams, refusals of streams, pairs that are not translated

  @ParameterizedTest
  @ValueSource(strings = {"m-CHAT", "m-MESSAGES"})
  void aChatStreamCountsCachedTokens(String model) {
    var whole = ChatCompletionAccumulator.create();
    var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
    try (var stream =
        openai.chat().completions().createStreaming(chat(model).streamOptions(options).build())) {
      stream.stream().forEach(whole::accumulate);
    }
    var usage = whole.chatCompletion().usage().orElseThrow();
    assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens()).contains(8L);
    assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + usage.completionTokens());
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void aMessagesStreamCountsCachedTokens(String model) {
    var whole = MessageAccumulator.create();
    try (var stream = anthropic.messages().createStreaming(messages(model).build())) {
      stream.stream().forEach(whole::accumulate);
    }
    var usage = whole.message().usage();
    assertThat(usage.inputTokens()).isEqualTo(12);
    assertThat(usage.cacheReadInputTokens()).contains(8L);
    assertThat(usage.outputTokens()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-MESSAGES", "m-CHAT"})
  void aStreamsRateLimitIsTheSdksTypedException(String model) {
    Fault limit = new Fault.Status(429, Map.of("retry-after", "3"));
    PROVIDERS.get(Dialect.CHAT).fault(limit);
    PROVIDERS.get(Dialect.MESSAGES).fault(limit);
    assertThatThrownBy(
            () -> {
              try (var stream = anthropic.messages().createStreaming(messages(model).build())) {
                stream.stream().forEach(event -> {});
              }
            })
        .isInstanceOf(RateLimitException.class);
    assertThatThrownBy(
            () -> {
              var params = chat(model).build();
              try (var stream = openai.chat().completions().createStreaming(params)) {
                stream.stream().forEach(chunk -> {});
              }
            })
        .isInstanceOf(com.openai.errors.RateLimitException.class);
  }

  /** A name that Messages takes and OpenAI and Google refuse comes back as it was. */
  @ParameterizedTest
  @CsvSource({"CHAT, true", "CHAT, false", "RESPONSES, true", "GEMINI, false"})
  void aToolWithALongName(Dialect provider, boolean stream) throws Exception {
    String tool = "mcp__" + "server-".repeat(10) + "__weather";
    Gateway.Reply reply =
        gateway.post(
            "/v1/messages",
            """
            {"model":"m-%s","max_tokens":99,"stream":%s,"tool_choice":{"type":"any"},
             "tools":[{"name":"%s","input_schema":{"type":"object",
               "properties":{"city":{"type":"string"}}}}],
             "messages":[{"role":"user","content":"How is the weather in Bern?"}]}
            """
                .formatted(provider, stream, tool));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).contains("\"name\":\"" + tool + "\"");
    var received = PROVIDERS.get(provider).received().getLast();
    assertThat(new String(received.body(), StandardCharsets.UTF_8)).doesNotContain(tool);
  }

  /** The simulated provider is not Anthropic, so that it is told of known betas alone. */
  @Test
  void betasThatAProviderMayNotKnowStayHere() throws Exception {
    String body =
        """
        {"model":"m-MESSAGES","max_tokens":9,"messages":[{"role":"user","content":"Hello."}]}
        """;
    var request =
        gateway
            .request("/v1/messages?beta=true")
            .header("anthropic-version", "2023-06-01")
            .header("anthropic-beta", "context-1m-2025-08-07, new-2030-01-01")
            .header("anthropic-beta", "interleaved-thinking-2025-05-14")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> answer =
        gateway.client().send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("x-sluice-dropped"))
        .contains("anthropic-beta.new-2030-01-01");
    var received = PROVIDERS.get(Dialect.MESSAGES).received().getLast();
    assertThat(received.path()).isEqualTo("/v1/messages?beta=true");
    assertThat(received.headers())
        .containsEntry("anthropic-beta", "context-1m-2025-08-07,interleaved-thinking-2025-05-14");
    HttpResponse<String> strict =
        gateway
            .client()
            .send(
                request.header("x-sluice-strict", "true").build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(strict.statusCode()).isEqualTo(400);
    assertThat(strict.body()).contains("anthropic-beta.new-2030-01-01");
  }

  /**
   * A provider of another protocol is told neither of betas nor of the query that goes with them.
   */
  @Test
  void betasAreAnthropicsAlone() throws Exception {
    var request =
        gateway
            .request("/v1/messages?beta=true")
            .header("anthropic-beta", "context-1m-2025-08-07")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    """
                    {"model":"m-CHAT","max_tokens":9,
                     "messages":[{"role":"user","content":"Hello."}]}
                    """));
    HttpResponse<String> answer =
        gateway.client().send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    var received = PROVIDERS.get(Dialect.CHAT).received().getLast();
    assertThat(received.path()).isEqualTo("/v1/chat/completions");
    assertThat(received.headers()).doesNotContainKey("anthropic-beta");
  }

  /** The simulated provider's count is the length of the body that it got. */
  @Test
  void tokensAreCountedByTheProviderWhereItCan() throws Exception {
    String body =
        "{\"model\":\"m-MESSAGES\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    var reply = gateway.post("/v1/messages/count_tokens", body);
    assertThat(reply.status()).isEqualTo(200);
    int sent = body.length() - "m-MESSAGES".length() + "real-model".length();
    assertThat(reply.text()).isEqualTo("{\"input_tokens\":" + sent + "}");
    assertThat(reply.header("x-sluice-estimate")).isEmpty();
    assertThat(genai.models.countTokens("m-GEMINI", "Hello", null).totalTokens())
        .hasValueSatisfying(tokens -> assertThat(tokens).isGreaterThan(20));
  }

  @Test
  void tokensAreEstimatedWhereNobodyCounts() throws Exception {
    String text = "word ".repeat(400);
    for (String model : List.of("m-CHAT", "m-MESSAGES")) {
      PROVIDERS.get(Dialect.MESSAGES).fault(new Fault.Status(404, Map.of()));
      var reply =
          gateway.post(
              "/v1/messages/count_tokens",
              "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                  .formatted(model, text));
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.text()).isEqualTo("{\"input_tokens\":504}");
      assertThat(reply.header("x-sluice-estimate")).isEqualTo("true");
    }
    assertThat(genai.models.countTokens("m-CHAT", text, null).totalTokens()).hasValue(504);
  }

  @Test
  void googlesSdkGetsItsTypedExceptions() {
    assertThatThrownBy(() -> genai.models.generateContent("nothing", "Hello", null))
        .isInstanceOfSatisfying(
            com.google.genai.errors.ClientException.class,
            e -> assertThat(e.code()).isEqualTo(404));
  }
}
