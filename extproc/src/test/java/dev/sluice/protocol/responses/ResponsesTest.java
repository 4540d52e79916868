package dev.sluice.protocol.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.ObjectMappers;
import com.openai.models.responses.ResponseStreamEvent;
import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Aloud;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of Responses whatever stands on the other side. */
final class ResponsesTest {
  private static final Carrier CARRIER = new Carrier(() -> utf8("key"));
  private static final Responses RESPONSES = new Responses(CARRIER);
  private static final Call GENERATE = new Call(Call.Operation.GENERATE, null, null);
  private static final Protocol.Stamp STAMP = new Protocol.Stamp("stamp", 7, "claude");
  private static final Protocol.Target TARGET = new Protocol.Target("gpt-5.4", false, "openai");
  private static final Sampling NO_SAMPLING =
      new Sampling(null, null, null, null, List.of(), null, null, null, null, null, null);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Ask ask(String body) {
    return new Ask(GENERATE, "m", false, utf8(body));
  }

  private static List<Path> golden(String kind, String ending) throws IOException {
    try (var files = Files.list(Path.of("src", "test", "golden", kind, "responses"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("[^.]+\\." + ending))
          .sorted()
          .toList();
    }
  }

  /** But for those with tokens, of which the next request has none. */
  static Stream<Path> requests() throws IOException {
    return golden("request", "json").stream()
        .filter(
            file -> !Set.of("signed.json", "drawn.json").contains(file.getFileName().toString()));
  }

  static Stream<Path> answers() throws IOException {
    return golden("response", "json").stream();
  }

  static Stream<Path> streams() throws IOException {
    return golden("stream", "sse").stream();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void aRequestComesBackAsItWas(Path file) throws Exception {
    byte[] body = Files.readAllBytes(file);
    Ask ask = RESPONSES.ask(GENERATE, body);
    var target = new Protocol.Target(ask.model(), ask.stream(), "openai");
    Written written = RESPONSES.write(RESPONSES.read(ask), target);
    assertThat(Json.parse(written.bytes())).isEqualTo(Json.parse(body));
    assertThat(written.losses()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerComesBackAsItWas(Path file) throws Exception {
    byte[] body = Files.readAllBytes(file);
    assertThat(RESPONSES.judge(body)).isNull();
    Written written = RESPONSES.writeAnswer(RESPONSES.readAnswer(body), ask("{}"), STAMP);
    assertThat(Json.parse(written.bytes())).isEqualTo(Json.parse(body));
    assertThat(written.losses()).isEmpty();
  }

  private static List<Event> events(byte[] body, int cut) {
    var reader = RESPONSES.reader();
    var events = new ArrayList<Event>();
    for (int at = 0; at < body.length; at += cut) {
      events.addAll(reader.read(Arrays.copyOfRange(body, at, Math.min(body.length, at + cut))));
    }
    events.addAll(reader.end());
    return events;
  }

  @ParameterizedTest
  @MethodSource("streams")
  void anyCutGivesTheSameEvents(Path file) throws Exception {
    byte[] body = Files.readAllBytes(file);
    List<Event> whole = events(body, body.length);
    for (int cut : new int[] {1, 2, 3, 7, 64}) {
      assertThat(events(body, cut)).isEqualTo(whole);
    }
  }

  /** The answer that a stream's events make up; null where it failed. */
  private static @Nullable Response fold(List<Event> events) {
    var blocks = new ArrayList<Block>();
    var text = new StringBuilder();
    var citations = new ArrayList<Citation>();
    var likelihoods = new ArrayList<Likelihood>();
    Shape open = new Shape.Prose();
    Signature signature = null;
    Usage usage = Usage.NONE;
    String id = "";
    String model = "";
    for (Event event : events) {
      switch (event) {
        case Event.Start start -> {
          id = start.id();
          model = start.model();
        }
        case Event.Open(int _, Shape shape) -> open = shape;
        case Event.Delta delta -> text.append(delta.text());
        case Event.Signed signed -> signature = signed.signature();
        case Event.Cited cited -> citations.add(cited.citation());
        case Event.Odds odds -> likelihoods.addAll(odds.likelihoods());
        case Event.Close _ -> {
          blocks.add(block(open, text.toString(), citations, signature));
          text.setLength(0);
          citations.clear();
          signature = null;
        }
        case Event.Tally tally -> usage = tally.usage();
        case Event.Finish finish -> {
          return new Response(
              id,
              model,
              blocks,
              finish.stop(),
              finish.sequence(),
              usage,
              likelihoods,
              null,
              List.of(),
              null);
        }
        case Event.Lost _, Event.Failed _ -> {}
      }
    }
    return null;
  }

  private static Block block(
      Shape shape, String text, List<Citation> citations, @Nullable Signature signature) {
    return switch (shape) {
      case Shape.Prose() -> new Block.Text(text, citations, signature, null, null);
      case Shape.Thought() -> new Block.Thinking(text, signature, null);
      case Shape.Sealed(Signature data) -> new Block.Redacted(data, null);
      case Shape.Call(var id, var name, boolean freeform, var own) ->
          new Block.ToolCall(id, name, text, freeform, own, null, null);
      case Shape.Declined() -> new Block.Refusal(text, null);
      case Shape.Medium(Block.Media media) -> media;
      case Shape.Foreign(Block.Opaque opaque) -> opaque;
    };
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aFoldedStreamIsTheWholeAnswer(Path file) throws Exception {
    byte[] body = Files.readAllBytes(file);
    Response folded = fold(events(body, body.length));
    for (Sse.Frame frame : new Sse().feed(body)) {
      if (folded != null
          && frame.data().startsWith("{")
          && Json.parse(frame.data()) instanceof Json.Obj event
          && event.text("type", "").matches("response\\.(completed|incomplete)")) {
        Response whole =
            RESPONSES.readAnswer(Objects.requireNonNull(event.get("response")).bytes());
        assertThat(folded.blocks()).isEqualTo(whole.blocks());
        assertThat(folded.stop()).isEqualTo(whole.stop());
        assertThat(folded.usage()).isEqualTo(whole.usage());
        assertThat(folded.likelihoods()).isEqualTo(whole.likelihoods());
      }
    }
  }

  private static List<Json.Obj> written(List<Event> events, Ask ask) throws Exception {
    var writer = RESPONSES.writer(ask, STAMP);
    var bytes = new ByteArrayOutputStream();
    events.forEach(event -> bytes.writeBytes(writer.write(event)));
    var frames = new ArrayList<Json.Obj>();
    for (Sse.Frame frame : new Sse().feed(bytes.toByteArray())) {
      Json.Obj event = (Json.Obj) Json.parse(frame.data());
      assertThat(event.text("type")).isEqualTo(frame.event());
      assertThat(event.integer("sequence_number")).isEqualTo((long) frames.size());
      frames.add(event);
    }
    return frames;
  }

  /** OpenAI's own SDK finds every field that it requires. */
  private static void assertValid(Json.Obj event) throws IOException {
    ObjectMappers.jsonMapper().readValue(event.text(), ResponseStreamEvent.class).validate();
  }

  private static Json.Obj last(List<Json.Obj> frames) {
    return Objects.requireNonNull(frames.getLast().obj("response"));
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aWrittenStreamIsValidAndEndsWithTheWholeAnswer(Path file) throws Exception {
    byte[] body = Files.readAllBytes(file);
    List<Event> events = events(body, body.length);
    Ask ask =
        ask(
            "{\"include\":[\"message.output_text.logprobs\"],\"tools\":[{\"type\":\"function\","
                + "\"name\":\"f\",\"parameters\":{},\"strict\":true}],\"temperature\":0.5}");
    List<Json.Obj> frames = written(events, ask);
    for (Json.Obj frame : frames) {
      assertValid(frame);
    }
    var items = new ArrayList<Json>();
    for (Json.Obj frame : frames) {
      if (frame.text("type", "").equals("response.output_item.done")) {
        assertThat(frame.integer("output_index")).isEqualTo((long) items.size());
        items.add(Objects.requireNonNull(frame.get("item")));
      }
    }
    Response folded = fold(events);
    if (folded == null) {
      assertThat(last(frames).text("status")).isEqualTo("failed");
      return;
    }
    assertThat(last(frames).items("output")).isEqualTo(items);
    byte[] whole = RESPONSES.writeAnswer(folded, ask, STAMP).bytes();
    assertThat(last(frames)).isEqualTo(Json.parse(whole));
    ObjectMappers.jsonMapper()
        .readValue(whole, com.openai.models.responses.Response.class)
        .validate();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"background\":true}              | background",
        "{\"conversation\":\"conv_1\"}      | conversation",
        "{\"prompt\":{\"id\":\"pmpt_1\"}}   | prompt",
        "{\"previous_response_id\":\"r\"}   | previous_response_id",
        "{\"input\":1}                      | input",
        "{\"input\":[1]}                    | input[0]",
        "{\"input\":[{\"role\":\"x\",\"content\":\"\"}]} | input[0].role",
        "{\"input\":[{\"role\":\"user\"}]}  | input[0].content",
        "{\"input\":[{\"type\":\"function_call\",\"name\":\"f\"}]} | input[0].call_id",
        "{\"max_output_tokens\":\"1\"}      | max_output_tokens",
        "{\"tool_choice\":\"x\"}            | tool_choice",
      })
  void whatCannotBeServedIsNamed(String body, String field) {
    Ask ask = ask(body.contains("input\"") ? body : body.replaceFirst("}$", ",\"input\":\"\"}"));
    assertThatThrownBy(() -> RESPONSES.read(ask))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.failure().field()).isEqualTo(field);
              assertThat(refusal.failure().status()).isEqualTo(400);
            });
  }

  private static Response answer(Block... blocks) {
    return new Response(
        "",
        "claude",
        List.of(blocks),
        Stop.TOOL_CALLS,
        null,
        Usage.NONE,
        List.of(),
        null,
        List.of(),
        null);
  }

  private static Block.ToolCall call(@Nullable Signature signature) {
    return new Block.ToolCall("call_1", "f", "{}", false, signature, null, null);
  }

  private static Block.Text text(@Nullable Signature signature) {
    return new Block.Text("t", List.of(), signature, null, null);
  }

  static Stream<List<Block>> signed() {
    var claude = new Signature("sig", Origin.MESSAGES, "claude");
    var gemini = new Signature("gem", Origin.GEMINI, "claude");
    return Stream.of(
        List.of(new Block.Thinking("Hm.", claude, null), call(null)),
        List.of(new Block.Thinking("Hm.", null, null), text(null)),
        List.of(new Block.Redacted(claude, null), new Block.Thinking("x", claude, null)),
        List.of(new Block.Thinking("Hm.", null, null), call(gemini), call(gemini)),
        List.of(text(gemini)),
        List.of(text(gemini), call(gemini)),
        List.of(call(gemini), text(null)));
  }

  /** What a client got is sent back by it, and is what it was. */
  @ParameterizedTest
  @MethodSource("signed")
  void aClientCarriesForeignSignatures(List<Block> blocks) throws Exception {
    Written written = RESPONSES.writeAnswer(answer(blocks.toArray(Block[]::new)), ask("{}"), STAMP);
    assertThat(written.losses()).isEmpty();
    var root = (Json.Obj) Json.parse(written.bytes());
    String input = new Json.Arr(root.items("output")).text();
    Request request = RESPONSES.read(ask("{\"input\":" + input + "}"));
    assertThat(request.turns()).hasSize(1);
    assertThat(request.turns().getFirst().blocks()).isEqualTo(blocks);
    Written back = RESPONSES.write(request, TARGET);
    assertThat(back.losses()).isNotEmpty();
    assertThat(new String(back.bytes(), StandardCharsets.UTF_8)).doesNotContain(Carrier.MARK);
  }

  @Test
  void aTokenThatDoesNotOpenLeavesItsText() throws Exception {
    Request request =
        RESPONSES.read(
            ask(
                "{\"input\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\","
                    + "\"text\":\"Hm.\"}],\"encrypted_content\":\"sluice-1-AAAA\"}]}"));
    assertThat(request.turns().getFirst().blocks())
        .containsExactly(new Block.Thinking("Hm.", null, null));
  }

  @Test
  void aSignatureBeforeAnUnsignedCallIsTheTextsAndNotTheCalls() throws Exception {
    var gemini = new Signature("gem", Origin.GEMINI, null);
    Written written = RESPONSES.writeAnswer(answer(text(gemini), call(null)), ask("{}"), STAMP);
    assertThat(written.losses()).isEmpty();
    Json.Obj root = (Json.Obj) Json.parse(written.bytes());
    Json.Obj next = Json.object(r -> r.put("model", "m").put("input", root.items("output")));
    List<Block> blocks = RESPONSES.read(ask(next.text())).turns().getFirst().blocks();
    assertThat(blocks.getFirst())
        .isInstanceOfSatisfying(Block.Text.class, said -> assertThat(said.signature()).isNotNull());
    assertThat(blocks.getLast())
        .isInstanceOfSatisfying(
            Block.ToolCall.class, call -> assertThat(call.signature()).isNull());
  }

  @Test
  void aCustomToolsCallIsPlainText() throws Exception {
    List<Event> events =
        List.of(
            new Event.Start("", "claude"),
            new Event.Open(0, new Shape.Call("", "patch")),
            new Event.Delta(0, "{\"inp"),
            new Event.Delta(0, "ut\":\"a\\nb\"}"),
            new Event.Close(0),
            new Event.Finish(Stop.TOOL_CALLS, null));
    List<Json.Obj> frames =
        written(events, ask("{\"tools\":[{\"type\":\"custom\",\"name\":\"patch\"}]}"));
    assertThat(frames.stream().map(frame -> frame.text("type", "")))
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done",
            "response.output_item.done",
            "response.completed");
    Json.Obj item = (Json.Obj) last(frames).items("output").getFirst();
    assertThat(item.text("input")).isEqualTo("a\nb");
    assertThat(item.text("call_id")).isEqualTo("call_stamp_0");
    assertThat(item.text("id")).isEqualTo("ctc_stamp_0");
  }

  @Test
  void aFailureKeepsItsNumberAndEndsTheResponse() throws Exception {
    var failure = new Failure(Failure.Kind.OVERLOADED, 529, "busy", "overloaded_error", null, null);
    List<Json.Obj> frames =
        written(
            List.of(
                new Event.Start("", "claude"),
                new Event.Open(0, new Shape.Thought()),
                new Event.Delta(0, "Hm."),
                new Event.Failed(failure)),
            ask("{}"));
    assertThat(frames.get(frames.size() - 2).text("type")).isEqualTo("error");
    assertThat(last(frames).obj("error"))
        .isEqualTo(Json.object(e -> e.put("code", "server_is_overloaded").put("message", "busy")));
  }

  /** As Codex gives the tools of its MCP servers; one of its own is called as another's whole. */
  private static final String SPACES =
      """
      {"tools": [{"type": "function", "name": "docs__read"},
        {"type": "namespace", "name": "docs", "tools": [
          {"type": "function", "name": "read"}, {"type": "function", "name": "find"}]},
        {"type": "namespace", "name": "notes_", "tools": [{"type": "custom", "name": "add"}]}]}
      """;

  @ParameterizedTest
  @CsvSource({
    "docs__find, docs, find, function_call",
    "docs__read, , docs__read, function_call",
    "docs__read_, docs, read, function_call",
    "notes_add, notes_, add, custom_tool_call",
    "other, , other, function_call",
  })
  void aCallOfANamespacesTool(String called, @Nullable String namespace, String name, String type)
      throws Exception {
    var call = new Block.ToolCall("c", called, "{\"input\":\"x\"}", null, null);
    Response answer =
        new Response(
            "1",
            "m",
            List.of(call),
            Stop.TOOL_CALLS,
            null,
            Usage.NONE,
            List.of(),
            null,
            List.of(),
            null);
    Written whole = RESPONSES.writeAnswer(answer, ask(SPACES), STAMP);
    var told = (Json.Obj) ((Json.Obj) Json.parse(whole.bytes())).items("output").getFirst();
    assertThat(told.text("namespace")).isEqualTo(namespace);
    assertThat(told.text("name")).isEqualTo(name);
    assertThat(told.text("type")).isEqualTo(type);
    List<Json.Obj> frames =
        written(
            List.of(
                new Event.Start("1", "m"),
                new Event.Open(0, new Shape.Call("c", called)),
                new Event.Delta(0, call.arguments()),
                new Event.Close(0),
                new Event.Finish(Stop.TOOL_CALLS, null)),
            ask(SPACES));
    assertThat(
            frames.stream()
                .flatMap(frame -> Stream.ofNullable(frame.obj("item")))
                .map(item -> item.text("namespace") + " " + item.text("name")))
        .containsOnly(namespace + " " + name);
    assertThat(last(frames).items("output")).containsExactly(told);
  }

  private static Request foreign(List<Turn> turns, List<Tool> tools, Sampling sampling) {
    return new Request(
        Origin.CHAT,
        turns,
        tools,
        new ToolChoice.Named("patch"),
        null,
        sampling,
        Output.ANY,
        new Reasoning(Reasoning.Effort.HIGH, null, true, null),
        new Terms("x".repeat(100), null, null, null, null, null, java.util.Map.of()),
        null);
  }

  @Test
  void aForeignRequestIsToldWhatResponsesWouldDoOtherwise() throws Exception {
    String longId = "i".repeat(65);
    var turns =
        List.of(
            new Turn(
                Turn.Role.SYSTEM,
                List.of(new Block.Text("a", new CacheMark(null), null), new Block.Text("b")),
                "system",
                null),
            new Turn(
                Turn.Role.ASSISTANT,
                List.of(
                    new Block.Thinking("Hm.", new Signature("s", Origin.MESSAGES), null),
                    new Block.Thinking("Hm.", new Signature("r", Origin.RESPONSES, "openai"), null),
                    new Block.Redacted(new Signature("q", Origin.RESPONSES, "other"), null),
                    new Block.Text("One"),
                    new Block.Text("Two"),
                    new Block.ToolCall(longId, "f", "", null, null)),
                "messages[0]",
                null),
            new Turn(
                Turn.Role.USER,
                List.of(
                    new Block.ToolResult(longId, null, List.of(), true, null, null),
                    new Block.Media(
                        Block.Kind.IMAGE, new Block.Source.Url("u"), null, null, null, null)),
                "messages[1]",
                null));
    List<Tool> tools =
        List.of(
            new Tool.Function("f", null, null, null, null, null),
            new Tool.Custom("patch", null, null, null));
    var sampling =
        new Sampling(1L, "0.5", "1", 5L, List.of("x"), null, null, null, null, null, null);
    Written written = RESPONSES.write(foreign(turns, tools, sampling), TARGET);
    String id =
        ((Json.Obj) Json.parse(written.bytes()))
            .items("input").stream()
                .map(item -> ((Json.Obj) item).text("call_id", ""))
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElseThrow();
    assertThat(id).hasSizeLessThanOrEqualTo(64);
    assertThat(Json.parse(written.bytes()))
        .isEqualTo(
            Json.parse(
                """
                {"model":"gpt-5.4","instructions":"a\\n\\nb","input":[
                {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],
                "encrypted_content":"r"},
                {"type":"message","role":"assistant","content":[
                {"type":"output_text","text":"One","annotations":[]},
                {"type":"output_text","text":"Two","annotations":[]}]},
                {"type":"function_call","call_id":"ID","name":"f","arguments":"{}"},
                {"type":"function_call_output","call_id":"ID","output":""},
                {"type":"message","role":"user","content":[
                {"type":"input_image","image_url":"u","detail":"auto"}]}],
                "tools":[{"type":"function","name":"f",
                "parameters":{"type":"object","properties":{}},"strict":false},
                {"type":"custom","name":"patch"}],
                "tool_choice":{"type":"custom","name":"patch"},
                "max_output_tokens":16,"include":["reasoning.encrypted_content"],
                "reasoning":{"effort":"high","summary":"auto"},
                "user":"HASH","store":false}
                """
                    .replace("ID", id)
                    .replace("HASH", Objects.requireNonNull(Items.name("x".repeat(100))))));
    assertThat(written.losses())
        .extracting(Loss::field)
        .containsExactlyInAnyOrder(
            "system[0].cache_control",
            "messages[0].content[0]",
            "messages[0].content[2]",
            "messages[1].content[0].is_error",
            "max_tokens",
            "temperature",
            "top_k",
            "stop");
  }

  @ParameterizedTest
  @CsvSource({"gpt-4.1,false", "gpt-5.4,true", "o3,true", "gpt-5-chat-latest,false", "llama,true"})
  void onlyModelsThatReasonAreAskedForTheirReasoning(String model, boolean asked) {
    Written written =
        RESPONSES.write(
            foreign(List.of(), List.of(), NO_SAMPLING), new Protocol.Target(model, false, ""));
    assertThat(new String(written.bytes(), StandardCharsets.UTF_8).contains(Requests.ENCRYPTED))
        .isEqualTo(asked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"status\":\"queued\",\"output\":[]}                                      | good",
        "{\"status\":\"completed\",\"output\":[]}                                   | INTERNAL 500",
        "{\"status\":\"incomplete\",\"output\":[]}                                  | good",
        "{\"status\":\"cancelled\",\"output\":[]}                                   | INTERNAL 500",
        "{\"status\":\"completed\",\"output\":[],\"usage\":{\"output_tokens\":1}}   | good",
        "{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\"}}       | RATE_LIMIT"
            + " 429",
        "{\"output\":1}                                                             | INTERNAL 500",
        "<html>                                                                     | INTERNAL 500",
      })
  void anAnswerIsJudged(String body, String verdict) {
    Failure failure = RESPONSES.judge(utf8(body));
    assertThat(failure == null ? "good" : failure.kind() + " " + failure.status())
        .isEqualTo(verdict);
  }

  @Test
  void whatChangedOnTheWayIsNotPutBack() throws Exception {
    Request request = RESPONSES.read(ask("{\"input\":\"\",\"reasoning\":null}"));
    Written written =
        RESPONSES.write(
            request.thinking(new Reasoning(Reasoning.Effort.LOW, null, null, null)), TARGET);
    assertThat(((Json.Obj) Json.parse(written.bytes())).obj("reasoning"))
        .isEqualTo(Json.object(r -> r.put("effort", "low")));
    Response answer =
        RESPONSES.readAnswer(
            utf8(
                "{\"id\":\"resp_1\",\"output\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":"
                    + "[{\"type\":\"summary_text\",\"text\":\"Hm.\"}]}]}"));
    var root =
        (Json.Obj) Json.parse(RESPONSES.writeAnswer(Aloud.of(answer), ask("{}"), STAMP).bytes());
    assertThat(root.text("id")).isEqualTo("resp_1");
    assertThat(root.items("output").getFirst().text())
        .isEqualTo(
            "{\"id\":\"msg_stamp_0\",\"type\":\"message\",\"status\":\"completed\","
                + "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
                + "\"text\":\"<think>\\nHm.\\n</think>\\n\\n\",\"annotations\":[],"
                + "\"logprobs\":[]}]}");
  }

  @Test
  void aProvidersOwnToolAtWorkIsABeginning() {
    var watch = RESPONSES.watch();
    assertThat(
            watch.see(
                utf8(
                    "data: {\"type\":\"response.output_item.added\",\"item\":"
                        + "{\"type\":\"web_search_call\",\"id\":\"ws_1\"}}\n\n")))
        .isEqualTo(new dev.sluice.protocol.Watch.Begun());
  }

  @Test
  void anExtraOfAnotherProtocolIsALoss() {
    var answer =
        new Response(
            "c1",
            "m",
            List.of(new Block.Text("t", null, new Extra(Origin.CHAT, "{\"a\":1}"))),
            Stop.END,
            "stop!",
            Usage.NONE,
            List.of(),
            null,
            List.of(new Loss("choices[1]", "")),
            new Extra(Origin.CHAT, "{\"b\":1}"));
    assertThat(RESPONSES.writeAnswer(answer, ask("{}"), STAMP).losses())
        .extracting(Loss::field)
        .containsExactlyInAnyOrder("choices[1]", "content[0].a", "b", "stop_sequence");
  }
}
