package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON keeps what it was given, splices touch nothing else, and frames do not depend on cuts. */
final class WireTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "1.50",
        "1e400",
        "-0.0",
        "123456789012345678901234567890",
        "{\"b\":1,\"a\":[true,false,null,\"\\u0000 \\\" ü 🙂\"]}"
      })
  void whatIsReadIsWritten(String json) throws Exception {
    assertThat(Json.parse(json).text()).isEqualTo(json);
    assertThat(Json.parse(utf8(json)).bytes()).isEqualTo(utf8(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "{", "[1,]", "{\"a\":1}}", "nul", "<html>", "{\"a\" 1}"})
  void whatIsNoJsonIsMalformed(String json) {
    assertThatThrownBy(() -> Json.parse(json)).isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> Json.parse(utf8(json))).isInstanceOf(Malformed.class);
  }

  @Test
  void nestingIsBounded() {
    String deep = "[".repeat(Json.MAX_DEPTH + 1) + "]".repeat(Json.MAX_DEPTH + 1);
    assertThatThrownBy(() -> Json.parse(deep)).isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":\"a\",\"x\":1.50}          | {\"model\":\"b\",\"x\":1.50}",
        "{ \"x\" : {\"model\":\"no\"} , \"model\" : \"a\" } | { \"x\" : {\"model\":\"no\"} ,"
            + " \"model\" : \"b\" }",
        "{\"s\":\"\\\"model\\\":\",\"model\":\"ü\\u00fc\"} |"
            + " {\"s\":\"\\\"model\\\":\",\"model\":\"b\"}"
      })
  void aSpliceChangesNothingElse(String before, String after) throws Exception {
    assertThat(new String(Splice.text(utf8(before), "model", "b"), StandardCharsets.UTF_8))
        .isEqualTo(after);
  }

  @Test
  void aByteOrderMarkIsPassedOver() throws Exception {
    byte[] bytes = utf8("\uFEFF{\"x\":1,\"model\":\"ü\"}");
    assertThat(Json.parse(bytes).text()).isEqualTo("{\"x\":1,\"model\":\"ü\"}");
    assertThat(Splice.text(bytes, "model", "b")).isEqualTo(utf8("\uFEFF{\"x\":1,\"model\":\"b\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-32BE", "UTF-32LE"})
  void jsonIsInUtf8Alone(String charset) throws Exception {
    byte[] bytes = "{\"model\":\"a\"}".getBytes(Charset.forName(charset));
    assertThatThrownBy(() -> Json.parse(bytes)).isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> Splice.members(bytes)).isInstanceOf(Malformed.class);
  }

  @Test
  void whatCameBeforeAnEventThatIsTooLargeIsHandedOn() {
    var sse = new Sse(10);
    var frames = new ArrayList<Sse.Frame>();
    assertThatThrownBy(() -> sse.feed(utf8("data: 1\n\ndata: 234567890\n\n"), frames::add))
        .isInstanceOf(Malformed.class);
    assertThat(frames).containsExactly(new Sse.Frame(null, "1"));
  }

  @Test
  void aSpliceOfTheSameValueIsTheSameArray() throws Exception {
    byte[] bytes = utf8("{\"model\":\"a\"}");
    assertThat(Splice.text(bytes, "model", "a")).isSameAs(bytes);
  }

  @Property
  void aSpliceInsertsAnyText(@ForAll String value) throws Exception {
    byte[] spliced = Splice.text(utf8("{\"a\":1,\"model\":\"x\",\"z\":2}"), "model", value);
    assertThat(Json.parse(spliced) instanceof Json.Obj o ? o.text("model") : null)
        .isEqualTo(new String(utf8(value), StandardCharsets.UTF_8));
  }

  private static List<Sse.Frame> frames(byte[] stream, int cut) throws Malformed {
    var sse = new Sse();
    var frames = new ArrayList<Sse.Frame>();
    for (int at = 0; at < stream.length; at += cut) {
      frames.addAll(
          sse.feed(java.util.Arrays.copyOfRange(stream, at, Math.min(stream.length, at + cut))));
    }
    return frames;
  }

  @Provide
  Arbitrary<String> streams() {
    return Arbitraries.of(
            "data: a",
            "data:b",
            "event: x",
            ": comment",
            "data: ü🙂",
            "id: 7",
            "retry: 1",
            "",
            "data")
        .list()
        .ofMaxSize(20)
        .flatMap(
            lines ->
                Arbitraries.of("\n", "\r", "\r\n").map(end -> String.join(end, lines) + end + end));
  }

  @Property
  void framesDoNotDependOnCuts(
      @ForAll("streams") String stream, @ForAll @IntRange(min = 1, max = 9) int cut)
      throws Exception {
    byte[] bytes = utf8(stream);
    assertThat(frames(bytes, cut)).isEqualTo(frames(bytes, bytes.length));
    assertThat(frames(utf8(stream.replace("\r\n", "\n").replace("\r", "\n")), cut))
        .isEqualTo(frames(bytes, bytes.length));
  }

  @Test
  void aFrameHasItsNameAndItsLines() throws Exception {
    byte[] stream = utf8("\uFEFFevent: e\ndata: 1\ndata: 2\n\n: ping\n\ndata\n\ndata: open");
    assertThat(frames(stream, 3))
        .containsExactly(new Sse.Frame("e", "1\n2"), new Sse.Frame(null, ""));
  }

  @Test
  void anEventIsBounded() {
    var sse = new Sse(100);
    assertThatThrownBy(() -> sse.feed(utf8("data: " + "x".repeat(200))))
        .isInstanceOf(Malformed.class);
  }

  @Test
  void anObjectDoesNotChangeWithWhatMadeIt() {
    var builders = new ArrayList<Json.Builder>();
    Json.Obj object =
        Json.object(
            builder -> {
              builder.put("a", 1L);
              builders.add(builder);
            });
    builders.getFirst().put("b", 2L);
    assertThat(object.text()).isEqualTo("{\"a\":1}");
    assertThatThrownBy(() -> object.members().put("b", Json.nil()))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> object.members().entrySet().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
