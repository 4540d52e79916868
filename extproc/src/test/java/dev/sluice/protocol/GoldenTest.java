package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks the golden cases: each is read in its own protocol and written in every other one that
 * translates, and there must be a file that says what comes out. Losses stand in {@code .loss.json}
 * as a sorted list of fields; no such file, no loss. What a model of another kind gets stands below
 * {@code model}, see {@link #aRequestForAModel}. Tokens are readable there, see {@link Tokens}.
 */
final class GoldenTest {
  private static final Path ROOT = Path.of("src", "test", "golden");
  private static final Carrier CARRIER = new Carrier(() -> Tokens.KEY);
  private static final List<Protocol> PROTOCOLS =
      List.of(
          new Chat(CARRIER), new Messages(CARRIER), new Responses(CARRIER), new Gemini(CARRIER));
  private static final Protocol.Stamp STAMP = new Protocol.Stamp("stamp", 7, "issuer");
  private static final Map<Origin, String> MODELS =
      Map.of(
          Origin.CHAT,
          "target",
          Origin.RESPONSES,
          "gpt-5.4",
          Origin.MESSAGES,
          "claude-sonnet-4-6",
          Origin.GEMINI,
          "gemini-3.1-pro-preview");

  /** What the client of an answer had asked for: usage in streams, and thoughts. */
  private static final byte[] CLIENT =
      ("{\"stream_options\":{\"include_usage\":true},"
              + "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}}")
          .getBytes(StandardCharsets.UTF_8);

  private static final Call GENERATE = new Call(Call.Operation.GENERATE, "m", null);

  private static String name(Protocol protocol) {
    return protocol.origin().name().toLowerCase(Locale.ROOT);
  }

  private static Protocol.Translator translator(Protocol protocol) {
    return Objects.requireNonNull(protocol.translator());
  }

  private static Protocol.Target target(Protocol protocol, boolean stream) {
    return new Protocol.Target(
        Objects.requireNonNull(MODELS.get(protocol.origin())), stream, "issuer");
  }

  private static Stream<Arguments> cases(String kind, String ending) throws IOException {
    var cases = new ArrayList<Arguments>();
    for (Protocol from : PROTOCOLS) {
      try (var files = Files.list(ROOT.resolve(kind).resolve(name(from)))) {
        List<Path> inputs =
            files
                .filter(file -> file.getFileName().toString().matches("[^.]+\\." + ending))
                .sorted()
                .toList();
        for (Path input : inputs) {
          for (Protocol to : PROTOCOLS) {
            if (to.origin() != from.origin()) {
              cases.add(Arguments.of(input, from, to));
            }
          }
        }
      }
    }
    assertThat(cases).isNotEmpty();
    return cases.stream();
  }

  private static Path beside(Path input, String ending) {
    String name = input.getFileName().toString();
    return input.resolveSibling(name.substring(0, name.indexOf('.')) + "." + ending);
  }

  private static void assertJson(byte[] written, Path golden) throws Exception {
    assertThat(golden).exists();
    assertThat(Json.parse(Tokens.open(Json.parse(written).text())))
        .isEqualTo(Json.parse(Files.readString(golden)));
  }

  private static byte[] input(Path file) throws IOException {
    return Tokens.seal(Files.readString(file)).getBytes(StandardCharsets.UTF_8);
  }

  private static void assertLosses(List<Loss> losses, Path golden) throws Exception {
    String expected = Files.exists(golden) ? Json.parse(Files.readString(golden)).text() : "[]";
    String said =
        losses.stream()
            .map(Loss::field)
            .distinct()
            .sorted()
            .map(field -> "\"" + field + "\"")
            .collect(Collectors.joining(",", "[", "]"));
    assertThat(said).isEqualTo(expected);
  }

  static Stream<Arguments> requests() throws IOException {
    return cases("request", "json");
  }

  @ParameterizedTest(name = "{0} → {2}")
  @MethodSource("requests")
  void aRequest(Path input, Protocol from, Protocol to) throws Exception {
    Ask ask = from.ask(GENERATE, input(input));
    Written written = translator(to).write(translator(from).read(ask), target(to, ask.stream()));
    assertJson(written.bytes(), beside(input, name(to) + ".json"));
    assertLosses(written.losses(), beside(input, name(to) + ".loss.json"));
  }

  static Stream<Arguments> requestsOfModels() throws IOException {
    Path models = ROOT.resolve("model");
    try (var walk = Files.walk(models)) {
      return walk
          .filter(file -> file.getFileName().toString().matches("[^.]+\\.[a-z]+\\.json"))
          .sorted()
          .map(file -> Arguments.of(models.relativize(file).toString(), file))
          .toList()
          .stream();
    }
  }

  /** The same requests for models of other kinds: {@code model/gpt-5/chat/text.gemini.json}. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("requestsOfModels")
  void aRequestForAModel(String name, Path golden) throws Exception {
    String[] of = name.split("[/\\\\]", -1);
    String[] file = of[2].split("\\.", -1);
    Protocol from = protocol(of[1]);
    Protocol to = protocol(file[1]);
    Path input = ROOT.resolve("request").resolve(of[1]).resolve(file[0] + ".json");
    Ask ask = from.ask(GENERATE, input(input));
    var target = new Protocol.Target(of[0], ask.stream(), "issuer");
    Written written = translator(to).write(translator(from).read(ask), target);
    assertJson(written.bytes(), golden);
    assertLosses(written.losses(), beside(golden, file[1] + ".loss.json"));
  }

  private static Protocol protocol(String name) {
    return PROTOCOLS.stream().filter(each -> name(each).equals(name)).findFirst().orElseThrow();
  }

  static Stream<Arguments> answers() throws IOException {
    return cases("response", "json");
  }

  @ParameterizedTest(name = "{0} → {2}")
  @MethodSource("answers")
  void anAnswer(Path input, Protocol from, Protocol to) throws Exception {
    byte[] body = input(input);
    assertThat(from.judge(body)).isNull();
    Ask ask = new Ask(GENERATE, "m", false, CLIENT);
    Written written = translator(to).writeAnswer(translator(from).readAnswer(body), ask, STAMP);
    assertJson(written.bytes(), beside(input, name(to) + ".json"));
    assertLosses(written.losses(), beside(input, name(to) + ".loss.json"));
  }

  static Stream<Arguments> streams() throws IOException {
    return cases("stream", "sse");
  }

  @ParameterizedTest(name = "{0} → {2}")
  @MethodSource("streams")
  void aStreamUnderEveryCut(Path input, Protocol from, Protocol to) throws Exception {
    byte[] body = input(input);
    String events = Files.readString(beside(input, "events.jsonl")).strip();
    String golden = Files.readString(beside(input, name(to) + ".sse"));
    for (int cut : new int[] {1, 2, 3, 7, 64, body.length}) {
      List<Event> read = read(translator(from).reader(), body, cut);
      assertThat(read.stream().map(GoldenTest::line).collect(Collectors.joining("\n")))
          .isEqualTo(events);
      assertGrammar(read);
      var writer = translator(to).writer(new Ask(GENERATE, "m", true, CLIENT), STAMP);
      var written = new ByteArrayOutputStream();
      read.forEach(event -> written.writeBytes(writer.write(event)));
      assertThat(Tokens.open(written.toString(StandardCharsets.UTF_8))).isEqualTo(golden);
      assertLosses(writer.losses(), beside(input, name(to) + ".loss.json"));
    }
  }

  private static List<Event> read(Protocol.Reader reader, byte[] body, int cut) {
    var events = new ArrayList<Event>();
    for (int at = 0; at < body.length; at += cut) {
      events.addAll(reader.read(Arrays.copyOfRange(body, at, Math.min(body.length, at + cut))));
    }
    events.addAll(reader.end());
    return events;
  }

  /** A record as JSON, with its own name as {@code is}; what is empty is left out. */
  private static Json json(Object value) {
    return switch (value) {
      case String text -> Json.of(text);
      case Number number -> new Json.Num(number.toString());
      case Boolean flag -> Json.of(flag.booleanValue());
      case Enum<?> word -> Json.of(word.name());
      case List<?> list -> new Json.Arr(list.stream().map(GoldenTest::json).toList());
      case Record record ->
          Json.object(
              o -> {
                o.put("is", record.getClass().getSimpleName().toLowerCase(Locale.ROOT));
                for (var component : record.getClass().getRecordComponents()) {
                  Object held = held(record, component);
                  if (held != null && !held.equals(List.of()) && !held.equals(false)) {
                    o.put(component.getName(), json(held));
                  }
                }
              });
      default -> throw new IllegalArgumentException(value.getClass().getName());
    };
  }

  private static @Nullable Object held(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String line(Event event) {
    return json(event).text();
  }

  /** One block is open at a time, indices count up, and the end comes once, at the end. */
  private static void assertGrammar(List<Event> events) {
    int next = 0;
    boolean open = false;
    assertThat(events.getFirst()).isInstanceOf(Event.Start.class);
    for (int i = 0; i < events.size(); i++) {
      boolean last = i == events.size() - 1;
      switch (events.get(i)) {
        case Event.Start _ -> assertThat(i).isZero();
        case Event.Open(int index, var _) -> {
          assertThat(open).isFalse();
          assertThat(index).isEqualTo(next++);
          open = true;
        }
        case Event.Delta(int index, var _) -> assertThat(open && index == next - 1).isTrue();
        case Event.Signed(int index, var _) -> assertThat(open && index == next - 1).isTrue();
        case Event.Close(int index) -> {
          assertThat(open && index == next - 1).isTrue();
          open = false;
        }
        case Event.Cited(int index, var _) -> assertThat(open && index == next - 1).isTrue();
        case Event.Odds(int index, var _) -> assertThat(open && index == next - 1).isTrue();
        case Event.Lost _, Event.Tally _ -> assertThat(last).isFalse();
        case Event.Finish _ -> assertThat(last && !open).isTrue();
        case Event.Failed _ -> assertThat(last).isTrue();
      }
    }
  }

  static Stream<Arguments> failures() throws IOException {
    return cases("failure", "json");
  }

  @ParameterizedTest(name = "{0} → {2}")
  @MethodSource("failures")
  void aFailure(Path input, Protocol from, Protocol to) throws Exception {
    int status = Integer.parseInt(input.getFileName().toString().replace(".json", ""));
    Failure failure = from.failure(status, Map.of("retry-after", "3"), input(input));
    Answer answer = to.refuse(failure);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("retry-after", "3");
    assertJson(answer.body(), beside(input, name(to) + ".json"));
  }

  static Stream<Arguments> own() throws IOException {
    return requests();
  }

  /** What was written and read again is written the same: the model loses nothing of its own. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("own")
  void aRequestIsStableThroughTheModel(Path input, Protocol from, Protocol other) throws Exception {
    assertThat(other.origin()).isNotEqualTo(from.origin());
    Ask ask = from.ask(GENERATE, input(input));
    byte[] once =
        translator(from).write(translator(from).read(ask), target(from, ask.stream())).bytes();
    Ask again = from.ask(GENERATE, once);
    byte[] twice =
        translator(from).write(translator(from).read(again), target(from, ask.stream())).bytes();
    assertThat(Json.parse(twice)).isEqualTo(Json.parse(once));
  }
}
