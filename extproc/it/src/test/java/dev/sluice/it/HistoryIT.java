package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.inputitems.InputItemListParams;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import java.net.ConnectException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * OpenAI's SDK with state on the other side: ours where the provider is none, its own elsewhere.
 */
final class HistoryIT {
  private static final Map<String, Provider> PROVIDERS = new LinkedHashMap<>();
  private static Gateway gateway;
  private static OpenAIClient openai;
  private static OpenAIClient other;

  @BeforeAll
  static void start() {
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [chat, messages, one, two, both, mixed], ambiguous: score}
              begun: {parent: default, commit_after: 100ms, channels: []}
            channels:
            %s%s%s%s%s%s
            """
                .formatted(
                    channel("chat", Dialect.CHAT, "m-chat"),
                    channel("messages", Dialect.MESSAGES, "m-messages"),
                    channel("one", Dialect.RESPONSES, "m-responses"),
                    channel("two", Dialect.RESPONSES, "m-responses"),
                    channel("both", Dialect.MESSAGES, "m-mixed"),
                    channel("mixed", Dialect.RESPONSES, "m-mixed")
                        .replace("priority: 1", "priority: 2")),
            "  - {name: other, key: sk-other, group: default}\n"
                + "  - {name: begun, key: sk-begun, group: begun}");
    openai = client(Gateway.KEY);
    other = client("sk-other");
  }

  private static String channel(String name, Dialect dialect, String model) {
    Provider provider = Provider.start(name, dialect, 0);
    PROVIDERS.put(name, provider);
    String protocol =
        switch (dialect) {
          case CHAT -> "openai-chat";
          case RESPONSES -> "openai-responses";
          case MESSAGES -> "anthropic";
          case GEMINI -> "gemini";
        };
    return """
      %s:
        protocol: %s
        base_urls: ["%s"]
        accounts: [{name: a, key: secret-a}, {name: b, key: secret-b, priority: 2}]
        models: [{alias: %s, model: real-model}]
        priority: 1
    """
        .formatted(name, protocol, provider.baseUrl(), model);
  }

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(gateway.base() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  @AfterAll
  static void stop() {
    openai.close();
    other.close();
    gateway.close();
    PROVIDERS.values().forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    PROVIDERS.values().forEach(Provider::forget);
  }

  private static ResponseCreateParams.Builder ask(String model, String text) {
    return ResponseCreateParams.builder().model(model).input(text);
  }

  private static Response answer(ResponseCreateParams.Builder asked, boolean stream) {
    if (!stream) {
      return openai.responses().create(asked.build());
    }
    try (var events = openai.responses().createStreaming(asked.build())) {
      return events.stream()
          .flatMap(event -> event.completed().stream())
          .findFirst()
          .orElseThrow()
          .response();
    }
  }

  private static String text(Response response) {
    return response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(content -> content.outputText().stream())
        .map(part -> part.text())
        .collect(Collectors.joining());
  }

  private static Received last(String provider) {
    return PROVIDERS.get(provider).received().getLast();
  }

  private static String body(Received received) {
    return new String(received.body(), StandardCharsets.UTF_8);
  }

  // ---- kept by us

  static Stream<Arguments> foreign() {
    return Stream.of("chat", "messages")
        .flatMap(name -> Stream.of(Arguments.of(name, true), Arguments.of(name, false)));
  }

  @ParameterizedTest(name = "{0} stream={1}")
  @MethodSource("foreign")
  void aConversationGoesOnByItsId(String provider, boolean stream) {
    String model = "m-" + provider;
    Response first = answer(ask(model, "the first words").instructions("Say it in rhyme."), stream);
    assertThat(first.id()).startsWith("resp_");
    Response second = answer(ask(model, "the second words").previousResponseId(first.id()), stream);
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(second.previousResponseId()).contains(first.id());
    assertThat(text(second)).contains("the second words");
    assertThat(body(last(provider)))
        .containsSubsequence("the first words", text(first).strip(), "the second words")
        .doesNotContain("rhyme", "resp_", "previous");
    Response third = answer(ask(model, "the third words").previousResponseId(second.id()), stream);
    assertThat(body(last(provider)))
        .containsSubsequence(
            "the first words", "the second words", text(second).strip(), "the third words");
    assertThat(openai.responses().retrieve(third.id()).output()).isEqualTo(third.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "messages"})
  void aToolsResultAloneGoesOn(String provider) {
    var tool =
        FunctionTool.builder()
            .name("weather")
            .strict(false)
            .parameters(
                FunctionTool.Parameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty("properties", JsonValue.from(Map.of()))
                    .build())
            .build();
    Response first =
        answer(ask("m-" + provider, "How is the weather?").addTool(tool), provider.equals("chat"));
    List<ResponseFunctionToolCall> calls =
        first.output().stream().flatMap(item -> item.functionCall().stream()).toList();
    assertThat(calls).hasSize(2);
    var results =
        calls.stream()
            .map(
                call ->
                    ResponseInputItem.ofFunctionCallOutput(
                        ResponseInputItem.FunctionCallOutput.builder()
                            .callId(call.callId())
                            .output("sunny " + call.callId())
                            .build()))
            .toList();
    Response second =
        openai
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model("m-" + provider)
                    .addTool(tool)
                    .previousResponseId(first.id())
                    .inputOfResponse(results)
                    .build());
    assertThat(text(second)).contains("sunny");
  }

  @Test
  void anotherProviderGoesOnInItsOwnProtocol() {
    Response first = answer(ask("m-messages", "said to Messages"), false);
    Response second = answer(ask("m-chat", "said to Chat").previousResponseId(first.id()), true);
    assertThat(body(last("chat"))).containsSubsequence("said to Messages", "said to Chat");
    Response third =
        answer(ask("m-responses", "said to Responses").previousResponseId(second.id()), false);
    Received received =
        Stream.of("one", "two")
            .flatMap(name -> PROVIDERS.get(name).received().stream())
            .findFirst()
            .orElseThrow();
    assertThat(body(received))
        .containsSubsequence("said to Messages", "said to Chat", "said to Responses")
        .contains("\"previous_response_id\":null")
        .doesNotContain("resp_");
    assertThat(third.id()).isIn("resp_one", "resp_two");
  }

  @Test
  void whatIsKeptIsShownAndDeleted() {
    Response first = answer(ask("m-messages", "shown"), false);
    Response second = answer(ask("m-messages", "again").previousResponseId(first.id()), true);
    Response shown = openai.responses().retrieve(first.id());
    assertThat(shown).isEqualTo(first);
    var page =
        openai
            .responses()
            .inputItems()
            .list(
                second.id(),
                InputItemListParams.builder()
                    .order(InputItemListParams.Order.ASC)
                    .limit(2)
                    .build());
    assertThat(page.items()).hasSize(2);
    assertThat(page.hasNextPage()).isTrue();
    assertThat(page.autoPager().stream().toList()).hasSize(3);
    openai.responses().delete(first.id());
    assertThatThrownBy(() -> openai.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(first.id());
    assertThatThrownBy(() -> openai.responses().delete(first.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> openai.responses().inputItems().list(first.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> answer(ask("m-messages", "x").previousResponseId(first.id()), false))
        .isInstanceOf(BadRequestException.class);
    assertThat(openai.responses().retrieve(second.id()).id()).isEqualTo(second.id());
    assertThatThrownBy(() -> openai.responses().cancel(second.id()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("synchronous");
  }

  @Test
  void aKeySeesItsOwnAlone() {
    for (String model : List.of("m-chat", "m-responses")) {
      Response mine = answer(ask(model, "mine"), false);
      String id = mine.id();
      assertThatThrownBy(() -> other.responses().retrieve(id))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> other.responses().delete(id)).isInstanceOf(NotFoundException.class);
      assertThatThrownBy(
              () -> other.responses().create(ask(model, "theirs").previousResponseId(id).build()))
          .isInstanceOf(BadRequestException.class)
          .hasMessageContaining("not found");
      assertThat(openai.responses().retrieve(id).id()).isEqualTo(id);
    }
  }

  @Test
  void anUnknownIdIsNamed() throws Exception {
    for (String model : List.of("m-chat", "m-responses")) {
      Gateway.Reply reply =
          gateway.post(
              "/v1/responses",
              """
              {"model":"%s","input":"x","previous_response_id":"resp_never"}
              """
                  .formatted(model));
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.text())
          .contains("\"type\":\"invalid_request_error\"")
          .contains("\"code\":\"previous_response_not_found\"")
          .contains("\"param\":\"previous_response_id\"");
    }
    assertThatThrownBy(() -> openai.responses().retrieve("resp_never"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void whatShallNotBeKeptIsNot() throws Exception {
    String body = "{\"model\":\"m-chat\",\"input\":\"x\"}";
    assertThat(gateway.post("/v1/responses", body).text()).contains("\"store\":true");
    String not = body.replace("{", "{\"store\":false,");
    assertThat(gateway.post("/v1/responses", not).text()).contains("\"store\":false");
    Response first = answer(ask("m-chat", "forget it").store(false), false);
    assertThatThrownBy(() -> openai.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aStreamThatBreaksOffIsNotKept() throws Exception {
    PROVIDERS.get("messages").fault(new Fault.EndsAfter(5));
    Gateway.Reply reply =
        gateway.post(
            "/v1/responses",
            "{\"model\":\"m-messages\",\"stream\":true,\"input\":\"one two three\"}");
    String id = reply.text().replaceAll("(?s).*?\"id\":\"(resp_\\w+)\".*", "$1");
    assertThat(id).startsWith("resp_").hasSizeLessThan(60);
    assertThat(reply.text()).doesNotContain("response.completed");
    assertThatThrownBy(() -> openai.responses().retrieve(id)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void aStreamThatTheKeeperBeganIsKept() {
    OpenAIClient begun = client("sk-begun");
    PROVIDERS.get("messages").fault(new Fault.Slow(Duration.ofMillis(600)));
    String id = "";
    for (String words : List.of("the first words", "the second words")) {
      var asked = ask("m-messages", words);
      if (!id.isEmpty()) {
        asked.previousResponseId(id);
      }
      try (var events = begun.responses().createStreaming(asked.build())) {
        id =
            events.stream()
                .flatMap(event -> event.completed().stream())
                .findFirst()
                .orElseThrow()
                .response()
                .id();
      }
    }
    assertThat(body(last("messages"))).containsSubsequence("the first words", "second words");
    assertThat(PROVIDERS.get("messages").received()).hasSize(2);
    assertThat(begun.responses().retrieve(id).id()).isEqualTo(id);
    begun.close();
  }

  @Test
  void thinkingThatWasSignedGoesBackToItsIssuerAlone() {
    var thinking = Reasoning.builder().effort(ReasoningEffort.HIGH).build();
    Response first = answer(ask("m-messages", "think").reasoning(thinking), false);
    answer(ask("m-messages", "more").reasoning(thinking).previousResponseId(first.id()), false);
    assertThat(body(last("messages"))).contains("\"signature\":\"");
    String signature =
        body(last("messages")).replaceAll("(?s).*\"signature\":\"([^\"]+)\".*", "$1");
    answer(ask("m-responses", "elsewhere").previousResponseId(first.id()), false);
    openai
        .responses()
        .compact(compact("m-mixed").previousResponseId(first.id()).input("x").build());
    assertThat(body(last("mixed")))
        .contains("think")
        .doesNotContain(signature, "sluice-1-", "\"store\"", "\"stream\"", "\"include\"");
    Stream.of("one", "two")
        .flatMap(name -> PROVIDERS.get(name).received().stream())
        .forEach(
            received ->
                assertThat(body(received))
                    .contains("think")
                    .doesNotContain(signature, "sluice-1-"));
  }

  @Test
  void itOutlivesTheProcess() throws Exception {
    Response first = answer(ask("m-chat", "before the end"), true);
    Response theirs = answer(ask("m-responses", "theirs"), true);
    String channel = theirs.id().substring("resp_".length());
    Thread.sleep(300);
    gateway.killExtproc();
    gateway.startExtproc();
    gateway.awaitServed();
    answer(ask("m-messages", "after it").previousResponseId(first.id()), false);
    assertThat(body(last("messages"))).containsSubsequence("before the end", "after it");
    PROVIDERS.values().forEach(Provider::forget);
    openai.responses().retrieve(theirs.id());
    assertThat(PROVIDERS.get(channel).received()).hasSize(1);
    assertThat(health()).contains("\"status\":\"UP\"", "\"lost\":0", "/data\"");
  }

  private static String health() throws Exception {
    var request = HttpRequest.newBuilder(gateway.console("/health")).build();
    for (int i = 0; ; i++) {
      try {
        return gateway.client().send(request, HttpResponse.BodyHandlers.ofString()).body();
      } catch (ConnectException e) {
        // The console comes after the service.
        if (i == 100) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  // ---- kept by the provider

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheProviderKeepsStaysWithItsAccount(boolean stream) {
    for (int round = 0; round < 6; round++) {
      forget();
      String name = round % 2 == 0 ? "one" : "two";
      String rival = round % 2 == 0 ? "two" : "one";
      // Only the second account of this one answers.
      PROVIDERS.get(rival).fault(new Fault.Status(500));
      PROVIDERS.get(name).credential("secret-b");
      Response first = answer(ask("m-responses", "first"), stream);
      assertThat(first.id()).isEqualTo("resp_" + name);
      PROVIDERS.values().forEach(Provider::forget);
      PROVIDERS.get(name).credential("");
      answer(ask("m-responses", "second").previousResponseId(first.id()), stream);
      assertThat(PROVIDERS.get(rival).received()).isEmpty();
      assertThat(body(last(name)))
          .contains("\"" + first.id() + "\"")
          .contains("second")
          .doesNotContain("first");
      openai.responses().retrieve(first.id());
      assertThat(last(name).method()).isEqualTo("GET");
      assertThat(last(name).path()).isEqualTo("/v1/responses/" + first.id());
      var _ = openai.responses().inputItems().list(first.id());
      assertThat(last(name).path()).startsWith("/v1/responses/" + first.id() + "/input_items");
      openai.responses().cancel(first.id());
      assertThat(last(name).method()).isEqualTo("POST");
      assertThat(last(name).path()).isEqualTo("/v1/responses/" + first.id() + "/cancel");
      openai.responses().delete(first.id());
      assertThat(last(name).method()).isEqualTo("DELETE");
      assertThat(PROVIDERS.get(rival).received()).isEmpty();
      assertThat(PROVIDERS.get(name).received())
          .hasSize(5)
          .allSatisfy(
              received ->
                  assertThat(received.headers()).containsEntry("authorization", "Bearer secret-b"));
      assertThatThrownBy(() -> openai.responses().retrieve(first.id()))
          .isInstanceOf(NotFoundException.class);
    }
  }

  @Test
  void theProvidersWordIsTheClients() throws Exception {
    Response first = answer(ask("m-responses", "first"), false);
    String name = first.id().substring("resp_".length());
    PROVIDERS.get(name).forget();
    PROVIDERS.get(name).fault(new Fault.Status(404));
    assertThatThrownBy(() -> openai.responses().retrieve(first.id()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("simulated failure 404");
    assertThat(PROVIDERS.get(name).received()).hasSize(1);
    // A body where there need not be one is passed on too.
    PROVIDERS.get(name).fault(new Fault.None());
    var request =
        gateway
            .request("/v1/responses/" + first.id())
            .method("DELETE", HttpRequest.BodyPublishers.ofString("{}"));
    assertThat(
            gateway
                .client()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(200);
    assertThat(body(last(name))).isEqualTo("{}");
  }

  @Test
  void aModelThatTheKeepingChannelDoesNotServeIsSaid() {
    Response first = answer(ask("m-responses", "first"), false);
    assertThatThrownBy(() -> answer(ask("m-chat", "second").previousResponseId(first.id()), false))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("does not serve the model 'm-chat'");
  }

  @Test
  void whatOnlyAResponsesProviderCanGoesThere() throws Exception {
    for (String field : Set.of("\"background\":true", "\"conversation\":\"conv_1\"")) {
      forget();
      String name = field.substring(1, field.indexOf(':') - 1);
      Gateway.Reply no =
          gateway.post("/v1/responses", "{\"model\":\"m-chat\",\"input\":\"x\"," + field + "}");
      assertThat(no.status()).isEqualTo(400);
      assertThat(no.text()).contains("\"param\":\"" + name + "\"");
      // The channel that comes first speaks Messages.
      Gateway.Reply yes =
          gateway.post("/v1/responses", "{\"model\":\"m-mixed\",\"input\":\"x\"," + field + "}");
      assertThat(yes.status()).isEqualTo(200);
      assertThat(PROVIDERS.get("both").received()).isEmpty();
      assertThat(body(last("mixed"))).contains(field);
    }
  }

  @Test
  void compactGoesToAResponsesProvider() throws Exception {
    openai.responses().compact(compact("m-mixed").input("to be shorter").build());
    assertThat(PROVIDERS.get("both").received()).isEmpty();
    assertThat(last("mixed").path()).isEqualTo("/v1/responses/compact");
    assertThat(body(last("mixed"))).contains("\"real-model\"").contains("to be shorter");
    Response kept = answer(ask("m-chat", "kept by us"), false);
    openai.responses().compact(compact("m-mixed").previousResponseId(kept.id()).build());
    assertThat(body(last("mixed"))).contains("kept by us").doesNotContain(kept.id());
    Gateway.Reply no =
        gateway.post("/v1/responses/compact", "{\"model\":\"m-chat\",\"input\":\"x\"}");
    assertThat(no.status()).isEqualTo(501);
    assertThat(no.text()).contains("compact_not_supported");
  }

  private static ResponseCompactParams.Builder compact(String model) {
    return ResponseCompactParams.builder().model(model);
  }
}
