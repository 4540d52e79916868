package dev.sluice.protocol.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Reasoning.Effort;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of Gemini no golden case shows: its own requests, arrays, tokens and model families. */
final class GeminiTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1, 2, 3});
  private static final Gemini GEMINI = new Gemini(CARRIER);
  private static final Protocol.Stamp STAMP = new Protocol.Stamp("s", 7, "anthropic");
  private static final Sampling ANYHOW =
      new Sampling(null, null, null, null, List.of(), null, null, null, null, null, null);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Ask ask(String body, boolean array) {
    return new Ask(new Call(Call.Operation.GENERATE, "m", true, array), "m", true, utf8(body));
  }

  private static Request request(Turn... turns) {
    return request(null, turns);
  }

  private static Request request(@Nullable Reasoning reasoning, Turn... turns) {
    return new Request(
        Origin.CHAT,
        List.of(turns),
        List.of(),
        null,
        null,
        ANYHOW,
        Output.ANY,
        reasoning,
        Terms.NONE,
        null);
  }

  private static Turn turn(Role role, Block... blocks) {
    return new Turn(role, List.of(blocks), "messages[0]", null);
  }

  private static Written write(Request request, String model) {
    return GEMINI.write(request, new Protocol.Target(model, false, "google"));
  }

  private static String text(Written written) {
    return new String(written.bytes(), StandardCharsets.UTF_8);
  }

  // ---- requests

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]},"
            + "{\"role\":\"user\",\"parts\":[{\"text\":\"\"},{\"text\":\"b\",\"x\":{\"y_z\":1}}]}]}",
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"s\"}],\"role\":\"system\"},"
            + "\"contents\":[{\"role\":\"user\",\"parts\":[]}],\"cachedContent\":\"c\"}",
        "{\"contents\":[{\"role\":\"model\",\"parts\":[{\"text\":\"t\",\"thought\":true,"
            + "\"thoughtSignature\":\"YQ==\"},{\"functionCall\":{\"name\":\"f\",\"args\":{\"n\":1.0}}}]},"
            + "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{\"a\":[]},"
            + "\"scheduling\":\"SILENT\"}}]}]}",
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}],\"toolConfig\":{"
            + "\"functionCallingConfig\":{\"mode\":\"VALIDATED\"}},\"generationConfig\":{"
            + "\"temperature\":1.0,\"candidateCount\":2,\"responseMimeType\":\"text/x.enum\","
            + "\"thinkingConfig\":{\"thinkingBudget\":-1},\"new\":[1e3]}}",
      })
  void aRequestComesBackAsItWas(String body) throws Exception {
    Request read = GEMINI.read(ask(body, false));
    Written written = write(read, "gemini-2.5-flash");
    assertThat(written.losses()).isEmpty();
    Json expected = Json.parse(body.replace(",\"role\":\"system\"", ""));
    assertThat(Json.parse(written.bytes())).isEqualTo(expected);
  }

  @Test
  void aRoleThatIsNoneIsRefused() {
    assertThatThrownBy(
            () -> GEMINI.read(ask("{\"contents\":[{\"role\":\"x\",\"parts\":[]}]}", false)))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> assertThat(refusal.failure().field()).isEqualTo("contents[0].role"));
  }

  @Test
  void anotherModelsCallIsSignedForGemini3Alone() {
    var signature = new Signature("U0lH", Origin.GEMINI, "google");
    var foreign = new Signature("U0lH", Origin.GEMINI, "another");
    Block bare = new Block.ToolCall("a", "f", "{}", null, null);
    Block own = new Block.ToolCall("a", "f", "{}", false, signature, null, null);
    Block others = new Block.ToolCall("a", "f", "{}", false, foreign, null, null);
    assertThat(text(write(request(turn(Role.ASSISTANT, bare, bare)), "gemini-3-flash")))
        .containsOnlyOnce("\"thoughtSignature\":\"skip_thought_signature_validator\"");
    assertThat(text(write(request(turn(Role.ASSISTANT, bare)), "gemini-2.5-pro")))
        .doesNotContain("thoughtSignature");
    assertThat(text(write(request(turn(Role.ASSISTANT, own)), "gemini-3-flash")))
        .contains("\"thoughtSignature\":\"U0lH\"");
    Written written = write(request(turn(Role.ASSISTANT, others)), "gemini-3-flash");
    assertThat(text(written)).contains("skip_thought_signature_validator");
    assertThat(written.losses())
        .extracting(Loss::field)
        .containsExactly("messages[0].content[0].signature");
  }

  @ParameterizedTest
  @CsvSource({
    "gemini-2.5-pro, NONE, , 128",
    "gemini-2.5-flash, NONE, , 0",
    "gemini-2.5-flash-lite, , 100, 512",
    "gemini-2.5-flash, MAX, , 24576",
    "gemini-3-pro-preview, MINIMAL, , LOW",
    "gemini-3-pro-preview, MEDIUM, , HIGH",
    "gemini-3.1-pro-preview, MEDIUM, , MEDIUM",
    "gemini-3-flash-preview, MINIMAL, , MINIMAL",
    "gemini-3.8-flash, NONE, , LOW",
    "gemini-flash-latest, , 20000, HIGH",
    "gemini-2.0-flash, HIGH, , ''",
  })
  void thinkingIsAskedForAsTheModelTakesIt(
      String model, @Nullable Effort effort, @Nullable Long budget, String said) throws Malformed {
    Written written =
        write(
            request(
                new Reasoning(effort, budget, null, null), turn(Role.USER, new Block.Text("a"))),
            model);
    Json.Obj config = ((Json.Obj) Json.parse(written.bytes())).obj("generationConfig");
    Json.Obj thinking = config == null ? null : config.obj("thinkingConfig");
    String value =
        thinking == null
            ? ""
            : thinking.text("thinkingLevel") instanceof String level
                ? level
                : String.valueOf(thinking.integer("thinkingBudget"));
    assertThat(value).isEqualTo(said);
  }

  // ---- streams

  private static List<Event> read(String stream, int cut) {
    var reader = GEMINI.reader();
    byte[] bytes = utf8(stream);
    var events = new ArrayList<Event>();
    for (int at = 0; at < bytes.length; at += cut) {
      events.addAll(reader.read(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + cut))));
    }
    events.addAll(reader.end());
    return events;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"m\"}}]",
        " \uFEFF",
        "<html>",
        "",
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}",
        "[1]",
        "data: {\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}\n\n",
      })
  void whatIsNoAnswerFailsUnderEveryCut(String stream) {
    List<Event> whole = read(stream, 1 << 20);
    assertThat(whole.getLast()).isInstanceOf(Event.Failed.class);
    for (int cut = 1; cut < 8; cut++) {
      assertThat(read(stream, cut)).isEqualTo(whole);
    }
  }

  @Test
  void aReasonInEveryChunkEndsNothing() {
    String chunk =
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]},"
            + "\"finishReason\":\"STOP\"}]}\r\n\r\n";
    assertThat(read(chunk.formatted("a") + chunk.formatted("b"), 5))
        .containsExactly(
            new Event.Start("", ""),
            new Event.Open(0, new Shape.Prose()),
            new Event.Delta(0, "a"),
            new Event.Delta(0, "b"),
            new Event.Close(0),
            new Event.Finish(Stop.END, null));
  }

  @Test
  void textAfterASignedPartIsABlockOfItsOwn() {
    String part = "data: {\"candidates\":[{\"content\":{\"parts\":[%s]}}]}\n\n";
    List<Event> events =
        read(
            part.formatted("{\"text\":\"a\",\"thoughtSignature\":\"UQ==\"}")
                + part.formatted("{\"text\":\"b\"}")
                + "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
            1 << 20);
    assertThat(events).contains(new Event.Open(1, new Shape.Prose()), new Event.Delta(1, "b"));
  }

  @Test
  void aLongElementIsReadInTime() {
    var text = new StringBuilder("[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"");
    text.append("[{\\\"}]".repeat(400_000));
    text.append("\"}]},\"finishReason\":\"STOP\"}]}]");
    String stream = text.toString();
    assertThat(assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read(stream, 7)))
        .last()
        .isEqualTo(new Event.Finish(Stop.END, null));
  }

  private static String write(Ask ask, Event... events) {
    var writer = GEMINI.writer(ask, STAMP);
    var written = new StringBuilder();
    for (Event event : events) {
      written.append(new String(writer.write(event), StandardCharsets.UTF_8));
    }
    return written.toString();
  }

  @Test
  void anArrayIsOneHoweverItEnds() throws Malformed {
    Event start = new Event.Start("r", "m");
    Event open = new Event.Open(0, new Shape.Prose());
    Event more = new Event.Delta(0, "a");
    Event end = new Event.Finish(Stop.END, null);
    Event failed = new Event.Failed(Failure.of(Failure.Kind.UNAVAILABLE, "gone"));
    String good = write(ask("{}", true), start, open, more, new Event.Close(0), end);
    assertThat(((Json.Arr) Json.parse(good)).items()).hasSize(2);
    String broken = write(ask("{}", true), start, open, more, failed);
    assertThat(((Json.Arr) Json.parse(broken)).items()).hasSize(2);
    assertThat(((Json.Arr) Json.parse(write(ask("{}", true), start, failed))).items()).hasSize(1);
    Call call = new Call(Call.Operation.GENERATE, "m", true, true);
    String kept =
        new String(GEMINI.keepAlive(call), StandardCharsets.UTF_8)
            + new String(
                GEMINI.breakOff(call, Failure.of(Failure.Kind.TIMEOUT, "late")),
                StandardCharsets.UTF_8);
    assertThat(((Json.Arr) Json.parse(kept)).items()).hasSize(1);
    assertThat(GEMINI.streamType(call)).isEqualTo("application/json");
    assertThat(GEMINI.path("", "m", call, true)).isEqualTo("/models/m:streamGenerateContent");
  }

  @Test
  void aPathTellsTheFormOfItsStream() {
    String path = "/v1beta/models/m:streamGenerateContent";
    for (var form : Map.of("", true, "?key=k", true, "?key=k&alt=sse", false).entrySet()) {
      assertThat(GEMINI.call("POST", path + form.getKey(), Map.of()))
          .extracting(Call::array)
          .isEqualTo(form.getValue());
    }
  }

  // ---- tokens

  private static final Block.Thinking THOUGHT =
      new Block.Thinking("Hm.", new Signature("SIG", Origin.MESSAGES, "anthropic"), null);
  private static final Block.Redacted SEALED =
      new Block.Redacted(new Signature("DATA", Origin.MESSAGES, "anthropic"), null);

  private static String answer(Block... blocks) {
    return text(
        GEMINI.writeAnswer(
            new Response(
                "r",
                "m",
                List.of(blocks),
                Stop.END,
                null,
                Usage.NONE,
                List.of(),
                null,
                List.of(),
                null),
            ask("{\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}}", false),
            STAMP));
  }

  private static List<Block> again(String answer, boolean thoughts) throws Exception {
    Json.Obj root = (Json.Obj) Json.parse(answer);
    Json.Obj content = ((Json.Obj) root.items("candidates").getFirst()).obj("content");
    List<Json> parts = new ArrayList<>();
    for (Json part : content == null ? List.<Json>of() : content.items("parts")) {
      if (thoughts || !((Json.Obj) part).isTrue("thought")) {
        parts.add(part);
      }
    }
    Json.Obj body =
        Json.object(
            b ->
                b.put(
                    "contents",
                    Json.array(Json.object(c -> c.put("role", "model").put("parts", parts)))));
    return GEMINI.read(ask(body.text(), false)).turns().getFirst().blocks();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatOthersSignComesBack(boolean thoughts) throws Exception {
    Block text = new Block.Text("I look.");
    Block call = new Block.ToolCall("a", "f", "{\"x\":1}", null, null);
    assertThat(again(answer(THOUGHT, SEALED, text, call), thoughts))
        .containsExactly(THOUGHT, SEALED, text, call);
    assertThat(again(answer(THOUGHT, text), thoughts)).containsExactly(THOUGHT, text);
  }

  @Test
  void theFirstCallOfAnAnswerIsSigned() throws Exception {
    var call = new Block.ToolCall("c", "f", "{}", null, null);
    String whole = answer(call, call);
    assertThat(whole.split(Tokens.BEGIN, -1)).hasSize(2);
    assertThat(again(whole, true)).containsExactly(call, call);
    String streamed =
        write(
            ask("{}", false),
            new Event.Open(0, new Shape.Call("c", "f")),
            new Event.Close(0),
            new Event.Open(1, new Shape.Call("d", "f")),
            new Event.Close(1));
    assertThat(streamed.split(Tokens.BEGIN, -1)).hasSize(2);
  }

  @Test
  void thoughtsAreAskedForWhereNothingIsSaid() {
    var high = new Reasoning(Effort.HIGH, null, null, null);
    Turn hi = turn(Role.USER, new Block.Text("hi"));
    assertThat(text(write(request(high, hi), "gemini-3-pro"))).contains("\"includeThoughts\":true");
    var none = new Reasoning(Effort.NONE, null, null, null);
    assertThat(text(write(request(none, hi), "gemini-2.5-flash")))
        .doesNotContain("includeThoughts");
  }

  @Test
  void aTokenThatIsNotOursLeavesThePlainText() throws Exception {
    String forged =
        new Carrier(() -> new byte[] {9})
            .pack(new Carrier.Load(List.of(THOUGHT), null), "x")
            .orElseThrow();
    String signature = Base64.getEncoder().encodeToString(utf8(forged));
    String body =
        "{\"contents\":[{\"role\":\"model\",\"parts\":[{\"text\":\"a\"},"
            + "{\"text\":\"\",\"thoughtSignature\":\""
            + signature
            + "\"}]}]}";
    assertThat(GEMINI.read(ask(body, false)).turns().getFirst().blocks())
        .containsExactly(new Block.Text("a"));
  }

  @Test
  void thoughtsAreHiddenFromThoseWhoDidNotAsk() {
    Event[] events = {
      new Event.Start("r", "m"),
      new Event.Open(0, new Shape.Thought()),
      new Event.Delta(0, "secret"),
      new Event.Close(0),
      new Event.Finish(Stop.END, null)
    };
    assertThat(write(ask("{}", false), events)).doesNotContain("secret");
    assertThat(
            write(
                ask(
                    "{\"generation_config\":{\"thinking_config\":{\"include_thoughts\":true}}}",
                    false),
                events))
        .contains("secret");
  }
}
