package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import dev.sluice.it.MatrixTalk.Called;
import dev.sluice.it.MatrixTalk.End;
import dev.sluice.it.MatrixTalk.Result;
import dev.sluice.it.MatrixTalk.Seen;
import dev.sluice.it.MatrixTalk.Trouble;
import dev.sluice.it.MatrixTalk.Want;
import dev.sluice.protocol.Carrier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every client protocol at every provider protocol: the official SDKs understand what comes, whole
 * and streamed, and providers as strict as the real ones take what they send.
 */
final class MatrixIT {
  private static final Map<Dialect, Provider> PROVIDERS = new EnumMap<>(Dialect.class);
  private static Gateway gateway;
  private static MatrixTalk.Sdks sdks;

  @BeforeAll
  static void start() {
    var channels = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      Provider provider = Provider.start(name(dialect), dialect, 0);
      provider.credential("secret");
      PROVIDERS.put(dialect, provider);
      channels.append(channel(dialect, provider)).append(aloud(dialect, provider));
    }
    gateway =
        Gateway.start(
            """
            groups:
              default:
                channels: [CHAT, RESPONSES, MESSAGES, GEMINI,
                  aloud-CHAT, aloud-RESPONSES, aloud-MESSAGES, aloud-GEMINI]
            channels:
            %s
            """
                .formatted(channels));
    sdks =
        new MatrixTalk.Sdks(
            OpenAIOkHttpClient.builder()
                .baseUrl(gateway.base() + "/v1")
                .apiKey(Gateway.KEY)
                .maxRetries(0)
                .build(),
            AnthropicOkHttpClient.builder()
                .baseUrl(gateway.base())
                .apiKey(Gateway.KEY)
                .maxRetries(0)
                .build(),
            Client.builder()
                .apiKey(Gateway.KEY)
                .httpOptions(
                    HttpOptions.builder()
                        .baseUrl(gateway.base())
                        .retryOptions(HttpRetryOptions.builder().attempts(1).build())
                        .build())
                .build());
  }

  private static String channel(Dialect dialect, Provider provider) {
    var models = new StringBuilder();
    models.append("{alias: m-%s, model: %s}".formatted(dialect, model(dialect)));
    models.append(", {alias: %s, model: %s}".formatted(family(dialect), model(dialect)));
    for (Dialect other : Dialect.values()) {
      if (other != dialect) {
        models.append(", {alias: %s, model: %s}".formatted(both(dialect, other), model(dialect)));
      }
    }
    return """
      %s:
        protocol: %s
        priority: %d
        base_urls: ["%s"]
        accounts: [{name: a, key: secret}]
        models: [%s]
    """
        .formatted(dialect, protocol(dialect), PROVIDERS.size(), provider.baseUrl(), models);
  }

  /** The same provider as a channel that says its thinking as text. */
  private static String aloud(Dialect dialect, Provider provider) {
    return """
      aloud-%1$s:
        protocol: %2$s
        base_urls: ["%3$s"]
        accounts: [{name: a, key: secret}]
        models: [{alias: aloud-%1$s, model: %4$s}]
        thinking_to_content: true
    """
        .formatted(dialect, protocol(dialect), provider.baseUrl(), model(dialect));
  }

  private static String protocol(Dialect dialect) {
    return switch (dialect) {
      case CHAT -> "openai-chat";
      case RESPONSES -> "openai-responses";
      case MESSAGES -> "anthropic";
      case GEMINI -> "gemini";
    };
  }

  /** A public name whose end may say how the model shall think. */
  private static String family(Dialect dialect) {
    return switch (dialect) {
          case CHAT, RESPONSES -> "gpt-";
          case MESSAGES -> "claude-";
          case GEMINI -> "gemini-";
        }
        + dialect;
  }

  /** The model that two channels have. */
  private static String both(Dialect one, Dialect other) {
    return one.compareTo(other) < 0 ? "b-" + one + "-" + other : both(other, one);
  }

  private static String model(Dialect dialect) {
    return switch (dialect) {
      case CHAT -> "gpt-5.5";
      case RESPONSES -> "gpt-5.1";
      case MESSAGES -> "claude-haiku-4-5";
      case GEMINI -> "gemini-3.6-flash";
    };
  }

  @AfterAll
  static void stop() {
    sdks.close();
    gateway.close();
    PROVIDERS.values().forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    PROVIDERS.values().forEach(Provider::forget);
  }

  /** Nothing that is ours, and nothing that another signed, ever reaches a provider. */
  @AfterEach
  void everyProviderGetsItsOwnAlone() {
    PROVIDERS.forEach(
        (dialect, provider) -> {
          for (Received received : provider.received()) {
            assertThat(Carrier.in(received.body())).as("a token of ours at " + dialect).isFalse();
            String body = new String(received.body(), StandardCharsets.UTF_8);
            PROVIDERS.forEach(
                (other, issuer) -> {
                  if (other != dialect) {
                    issuer
                        .sealed()
                        .forEach(
                            seal ->
                                assertThat(body)
                                    .as("signed by %s, at %s", other, dialect)
                                    .doesNotContain(seal));
                  }
                });
          }
        });
  }

  static Stream<Arguments> rows() {
    var rows = new ArrayList<Arguments>();
    for (Dialect client : Dialect.values()) {
      for (Dialect provider : Dialect.values()) {
        rows.add(Arguments.of(client, provider, false));
        rows.add(Arguments.of(client, provider, true));
      }
    }
    return rows.stream();
  }

  private static MatrixTalk talk(Dialect client, Dialect provider, boolean stream, Want... wants) {
    return talk(client, "m-" + provider, stream, wants);
  }

  private static MatrixTalk talk(Dialect client, String model, boolean stream, Want... wants) {
    Set<Want> all = EnumSet.noneOf(Want.class);
    all.addAll(List.of(wants));
    if (stream) {
      all.add(Want.STREAM);
    }
    return sdks.talk(client, model, all);
  }

  private static String name(Dialect provider) {
    return "sim-" + provider.name().toLowerCase(Locale.ROOT);
  }

  private static void addsUp(Seen seen) {
    assertThat(seen.prompt()).as("prompt").isEqualTo(20);
    assertThat(seen.cached()).as("cached").isEqualTo(8);
    assertThat(seen.output()).as("output").isPositive();
    Long total = seen.total();
    if (total != null) {
      assertThat(total).as("total").isEqualTo(seen.prompt() + seen.output());
    }
    Long reasoning = seen.reasoning();
    if (reasoning != null) {
      assertThat(reasoning).as("reasoning").isLessThan(seen.output());
    }
  }

  // ---- text

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void text(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream);
    talk.said("Good morning", "Good morning to you.");
    Seen seen = talk.say("Hello");
    assertThat(seen.text()).isEqualTo(name(provider) + " says: Hello");
    assertThat(seen.end()).isEqualTo(End.COMPLETE);
    assertThat(seen.calls()).isEmpty();
    addsUp(seen);
    Seen next = talk.say("And again");
    assertThat(next.text()).isEqualTo(name(provider) + " says: And again");
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aLimit(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream, Want.SHORT).say("one two ".repeat(20));
    assertThat(seen.end()).isEqualTo(End.LIMIT);
    assertThat(seen.text()).startsWith(name(provider) + " says: one two");
    addsUp(seen);
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aStopSequence(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream, Want.HALT).say("go, then halt, then go");
    if (client == Dialect.RESPONSES || provider == Dialect.RESPONSES) {
      assertThat(seen.end()).as("Responses has no stop sequences").isEqualTo(End.COMPLETE);
      return;
    }
    assertThat(seen.text()).isEqualTo(name(provider) + " says: go, then ");
    assertThat(seen.end())
        .isEqualTo(
            client == Dialect.MESSAGES && provider == Dialect.MESSAGES
                ? End.SEQUENCE
                : End.COMPLETE);
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aFilteredAnswer(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream).say("something filtered");
    assertThat(seen.end()).isEqualTo(End.FILTER);
    assertThat(seen.text() + seen.refusal())
        .isEqualTo(name(provider) + " says: something filtered");
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aRefusal(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream).say("something forbidden");
    assertThat(seen.text() + seen.refusal()).isEqualTo(name(provider) + " will not.");
    boolean openAis = client == Dialect.CHAT || client == Dialect.RESPONSES;
    assertThat(seen.end()).isIn(openAis ? Set.of(End.FILTER, End.COMPLETE) : Set.of(End.FILTER));
  }

  // ---- tools

  private static List<String> cities(Seen seen) {
    return seen.calls().stream().map(c -> String.valueOf(c.arguments().get("city"))).toList();
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void oneCall(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream, Want.TOOLS);
    Seen seen = talk.say("How is the weather in Bern? Think aloud.");
    assertThat(seen.text()).isEqualTo("Let me look.");
    assertThat(cities(seen)).containsExactly("Bern");
    assertThat(seen.end()).isEqualTo(End.CALLS);
    addsUp(seen);
    Seen end = talk.results(List.of(new Result("10 degrees", false, true)));
    assertThat(end.text()).contains(name(provider) + " heard: 10 degrees");
    if (client != Dialect.CHAT && provider != Dialect.CHAT) {
      assertThat(end.text()).contains("[image image/png 12]");
    }
    assertThat(talk.say("Thanks").text()).startsWith(name(provider) + " says: Thanks");
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void parallelCalls(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream, Want.TOOLS);
    Seen seen = talk.say("How is the weather?");
    assertThat(seen.text()).isEmpty();
    assertThat(cities(seen)).containsExactly("Bern", "Oslo");
    assertThat(seen.calls()).extracting(Called::id).doesNotHaveDuplicates();
    assertThat(seen.end()).isEqualTo(End.CALLS);
    Seen end = talk.results(List.of(Result.of("10 degrees"), new Result("no such", true, false)));
    boolean told = client == Dialect.MESSAGES || client == Dialect.GEMINI;
    boolean hears = provider == Dialect.MESSAGES || provider == Dialect.GEMINI;
    assertThat(end.text())
        .isEqualTo(
            name(provider)
                + " heard: 10 degrees and "
                + (told && hears ? "[error] " : "")
                + "no such");
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aForcedTool(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream, Want.TOOLS, Want.FORCED).say("Hello");
    assertThat(cities(seen)).containsExactly(name(provider));
    assertThat(seen.end()).isEqualTo(End.CALLS);
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void oneCallAtATime(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream, Want.TOOLS, Want.SINGLE);
    boolean single = client != Dialect.GEMINI && provider != Dialect.GEMINI;
    assertThat(talk.say("How is the weather?").calls()).hasSize(single ? 1 : 2);
  }

  /** OpenAI's SDK gathers no streamed Chat Completions that call such tools. */
  static Stream<Arguments> openAis() {
    return rows()
        .filter(
            row ->
                row.get()[0].equals(Dialect.RESPONSES)
                    || (row.get()[0].equals(Dialect.CHAT) && row.get()[2].equals(false)));
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("openAis")
  void aToolThatTakesPlainText(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream, Want.FREEFORM, Want.THINKING);
    assertThat(cities(talk.say("How is the weather?"))).containsExactly("Bern", "Oslo");
    Seen end = talk.results(List.of(Result.of("10 degrees"), Result.of("11 degrees")));
    assertThat(end.text()).isEqualTo(name(provider) + " heard: 10 degrees and 11 degrees");
  }

  // ---- thinking

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void thinking(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, provider, stream, Want.THINKING);
    Seen seen = talk.say("Hello");
    assertThat(seen.text()).isEqualTo(name(provider) + " says: Hello");
    assertThat(seen.thoughts()).isEqualTo("Let me think.");
    addsUp(seen);
    if (seen.reasoning() != null && provider != Dialect.MESSAGES) {
      assertThat(seen.reasoning()).isEqualTo(5);
    }
    assertThat(talk.say("And again").text()).isEqualTo(name(provider) + " says: And again");
    assertThat(talk.say("a secret").text()).isEqualTo(name(provider) + " says: a secret");
    assertThat(talk.say("At last").text()).isEqualTo(name(provider) + " says: At last");
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aLoopOfThinkingAndTools(Dialect client, Dialect provider, boolean stream) {
    for (String word : stream ? List.of("", " secret, aloud") : List.of(" aloud", " secret")) {
      MatrixTalk talk = talk(client, provider, stream, Want.TOOLS, Want.THINKING);
      Seen first = talk.say("How is the weather in Bern and Oslo, then in Rome?" + word);
      assertThat(cities(first)).containsExactly("Bern");
      Seen second = talk.results(List.of(Result.of("10 degrees")));
      assertThat(cities(second)).containsExactly("Oslo");
      assertThat(second.calls()).doesNotContainAnyElementsOf(first.calls());
      Seen third = talk.results(List.of(Result.of("11 degrees")));
      assertThat(cities(third)).containsExactly("Rome");
      Seen last = talk.results(List.of(Result.of("12 degrees")));
      assertThat(last.text())
          .isEqualTo(name(provider) + " heard: 10 degrees and 11 degrees and 12 degrees");
      assertThat(last.end()).isEqualTo(End.COMPLETE);
      addsUp(last);
      Seen again = talk.say("And how is the weather in Lima and Cairo?");
      assertThat(cities(again)).containsExactly("Lima", "Cairo");
      assertThat(talk.results(List.of(Result.of("1"), Result.of("2"))).text())
          .isEqualTo(name(provider) + " heard: 1 and 2");
    }
    thought(provider);
  }

  /** What the provider signed came back to it. */
  private static void thought(Dialect provider) {
    Received last = PROVIDERS.get(provider).received().getLast();
    String body = new String(last.body(), StandardCharsets.UTF_8);
    if (provider != Dialect.CHAT) {
      assertThat(PROVIDERS.get(provider).sealed())
          .as("signatures that came back")
          .anyMatch(body::contains);
    }
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void thinkingThatIsSaid(Dialect client, Dialect provider, boolean stream) {
    MatrixTalk talk = talk(client, "aloud-" + provider, stream, Want.THINKING);
    Seen seen = talk.say("Hello");
    assertThat(seen.text())
        .isEqualTo("<think>\nLet me think.\n</think>\n\n" + name(provider) + " says: Hello");
    assertThat(seen.thoughts()).isEmpty();
    addsUp(seen);
    assertThat(talk.say("And again").text()).endsWith(name(provider) + " says: And again");
  }

  @ParameterizedTest(name = "{0} at {1}")
  @MethodSource("pairs")
  void aModelsNameSaysHowItThinks(Dialect client, Dialect provider) {
    String said = provider == Dialect.MESSAGES ? "-thinking-2048" : "-high";
    Seen seen = talk(client, family(provider) + said, false).say("Hello");
    assertThat(seen.text()).isEqualTo(name(provider) + " says: Hello");
    Received received = PROVIDERS.get(provider).received().getLast();
    assertThat(new String(received.body(), StandardCharsets.UTF_8) + received.path())
        .contains(model(provider))
        .contains(
            switch (provider) {
              case CHAT -> "\"reasoning_effort\":\"high\"";
              case RESPONSES -> "\"effort\":\"high\"";
              case MESSAGES -> "\"budget_tokens\":2048";
              case GEMINI -> "\"thinkingLevel\":\"HIGH\"";
            });
  }

  // ---- shapes and pictures

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void anAnswerInAShape(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream, Want.SCHEMA).say("Who are you?");
    assertThat(MatrixChat.arguments(seen.text()))
        .containsEntry("name", name(provider))
        .containsEntry("age", 7)
        .containsEntry("tags", List.of(name(provider)));
    assertThat(seen.end()).isEqualTo(End.COMPLETE);
  }

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aPicture(Dialect client, Dialect provider, boolean stream) {
    Seen seen = talk(client, provider, stream).say("Look", true);
    assertThat(seen.text()).isEqualTo(name(provider) + " says: Look [image image/png 12]");
  }

  // ---- errors

  @ParameterizedTest(name = "{0} at {1}, streamed {2}")
  @MethodSource("rows")
  void aRequestThatTheProviderRefuses(Dialect client, Dialect provider, boolean stream) {
    PROVIDERS.get(provider).fault(new Fault.Status(400));
    Trouble trouble = talk(client, provider, stream).fails("Hello");
    assertThat(trouble.status()).isEqualTo(400);
    assertThat(trouble.text()).contains("simulated failure 400");
  }

  @ParameterizedTest(name = "{0} at {1}")
  @MethodSource("pairs")
  void aRateLimit(Dialect client, Dialect provider) {
    boolean stream = client.compareTo(provider) < 0;
    PROVIDERS.get(provider).fault(new Fault.Status(429, Map.of("retry-after", "3")));
    Trouble trouble = talk(client, provider, stream).fails("Hello");
    assertThat(trouble.status()).isEqualTo(429);
    assertThat(trouble.text()).contains("simulated failure 429");
    if (client != Dialect.GEMINI) {
      assertThat(trouble.retryAfter()).isEqualTo("3");
    }
  }

  static Stream<Arguments> pairs() {
    return rows().filter(row -> row.get()[2].equals(false));
  }

  @ParameterizedTest(name = "{0} at {1}")
  @MethodSource("pairs")
  void anErrorAfterTheFirstToken(Dialect client, Dialect provider) {
    PROVIDERS
        .get(provider)
        .fault(
            new Fault.ErrorAfter(
                switch (provider) {
                  case GEMINI -> 2;
                  case CHAT -> 3;
                  case RESPONSES, MESSAGES -> 5;
                }));
    Trouble trouble = talk(client, provider, true).fails("one two three four");
    assertThat(trouble.text()).contains("simulated failure");
  }

  // ---- the providers are as strict as the real ones

  static Stream<Arguments> refused() {
    String call =
        """
        {"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[
        {"functionCall":{"name":"weather","args":{}}%s}]},{"role":"user","parts":[
        {"functionResponse":{"name":"weather","response":{}}}]}],"tools":[
        {"functionDeclarations":[{"name":"weather"}]}]}
        """;
    String used =
        """
        {"model":"m-MESSAGES","max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":2000},
        "tools":[{"name":"weather","input_schema":{"type":"object"}}],"messages":[
        {"role":"user","content":"hi"},{"role":"assistant","content":[%s
        {"type":"tool_use","id":"t","name":"weather","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1"}]}]}
        """;
    String sealed =
        """
        {"model":"m-RESPONSES","store":false,"input":[{"role":"user","content":"hi"},%s
        {"type":"function_call","call_id":"c","name":"weather","arguments":"{}"},
        {"type":"function_call_output","call_id":"%s","output":"1"}]}
        """;
    return Stream.of(
        Arguments.of(Dialect.GEMINI, call.formatted(""), "missing a thought_signature"),
        Arguments.of(
            Dialect.GEMINI,
            call.formatted(
                ",\"thoughtSignature\":\"c2lnbmVkIGJ5IGFub3RoZXIgcHJvdmlkZXIgdGhhbiB0aGlz\""),
            "Thought signature is not valid"),
        Arguments.of(Dialect.MESSAGES, used.formatted(""), "must start with a thinking block"),
        Arguments.of(
            Dialect.MESSAGES,
            used.formatted("{\"type\":\"thinking\",\"thinking\":\"a\",\"signature\":\"b\"},"),
            "Invalid `signature`"),
        Arguments.of(Dialect.RESPONSES, sealed.formatted("", "d"), "No tool call found"),
        Arguments.of(
            Dialect.RESPONSES,
            sealed.formatted(
                "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\"x\"},",
                "c"),
            "could not be verified"),
        Arguments.of(
            Dialect.CHAT,
            "{\"model\":\"m-CHAT\",\"top_k\":1,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
            "Unrecognized request argument supplied: top_k"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("refused")
  void whatTheRealOneRefuses(Dialect dialect, String body, String why) throws Exception {
    Gateway.Reply reply = gateway.post(Requests.path(dialect, "m-" + dialect, false), body);
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.text()).contains(why);
  }

  // ---- failover

  static Stream<Arguments> moves() {
    return Stream.of(Dialect.values())
        .flatMap(
            client ->
                Stream.of(Dialect.values())
                    .flatMap(
                        from ->
                            Stream.of(Dialect.values())
                                .filter(to -> to != from)
                                .map(to -> Arguments.of(client, from, to))));
  }

  @ParameterizedTest(name = "{0} from {1} to {2}")
  @MethodSource("moves")
  void aConversationMoves(Dialect client, Dialect from, Dialect to) {
    boolean stream = from.compareTo(to) < 0;
    MatrixTalk talk = talk(client, both(from, to), stream, Want.TOOLS, Want.THINKING);
    fails(to, from);
    assertThat(cities(talk.say("How is the weather in Bern and Oslo, then in Rome?")))
        .containsExactly("Bern");
    fails(from, to);
    assertThat(cities(talk.results(List.of(Result.of("10 degrees"))))).containsExactly("Oslo");
    assertThat(cities(talk.results(List.of(Result.of("11 degrees"))))).containsExactly("Rome");
    fails(to, from);
    assertThat(talk.results(List.of(Result.of("12 degrees"))).text())
        .isEqualTo(name(from) + " heard: 10 degrees and 11 degrees and 12 degrees");
    fails(from, to);
    assertThat(talk.say("Thanks").text()).isEqualTo(name(to) + " says: Thanks");
  }

  private static void fails(Dialect one, Dialect not) {
    PROVIDERS.get(one).fault(new Fault.Status(503));
    PROVIDERS.get(not).fault(new Fault.None());
  }
}
