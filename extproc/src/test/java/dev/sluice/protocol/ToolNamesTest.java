package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.ToolNames.Rule;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of tools on their way to a provider and back. */
final class ToolNamesTest {
  private static final Rule STRICT = new Rule("a-zA-Z0-9_.-", 64, true);

  private static Request asking(String... names) {
    return new Request(
        Origin.MESSAGES,
        List.of(),
        Arrays.stream(names)
            .<Tool>map(name -> new Tool.Function(name, null, null, null, null, null))
            .toList(),
        names.length == 0 ? null : new ToolChoice.Named(names[0]),
        null,
        new Sampling(null, null, null, null, List.of(), null, null, null, null, null, null),
        Output.ANY,
        null,
        Terms.NONE,
        null);
  }

  private static List<String> there(ToolNames names, Request request) {
    return names.there(request).tools().stream()
        .map(tool -> ((Tool.Function) tool).name())
        .toList();
  }

  private static Response calling(String name) {
    return new Response(
        "1",
        "m",
        List.of(new Block.ToolCall("c", name, "{}", null, null)),
        Stop.TOOL_CALLS,
        null,
        Usage.NONE,
        List.of(),
        null,
        List.of(),
        null);
  }

  private static String back(ToolNames names, String name) {
    var whole = (Block.ToolCall) names.back(calling(name)).blocks().getFirst();
    var reader =
        names.back(
            new Protocol.Reader() {
              @Override
              public List<Event> read(byte[] bytes) {
                return List.of(new Event.Open(0, new Shape.Call("c", name)));
              }

              @Override
              public List<Event> end() {
                return List.of();
              }
            });
    var open = (Event.Open) reader.read(new byte[0]).getFirst();
    assertThat(((Shape.Call) open.shape()).name()).isEqualTo(whole.name());
    return whole.name();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "_a", "get-weather.v2", "A_9"})
  void aNameThatIsTakenStays(String name) {
    assertThat(ToolNames.of(asking(name), Origin.GEMINI, STRICT)).isSameAs(ToolNames.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "9lives, _9lives_bc867356",
    "-dash, _-dash_",
    "a b, a_b_",
    "ünïcode, _n_code_",
    "'', _",
    "😀, __",
  })
  void anotherGetsOneThatFollowsFromIt(String name, String begin) {
    Request request = asking(name);
    ToolNames names = ToolNames.of(request, Origin.GEMINI, STRICT);
    String theirs = there(names, request).getFirst();
    assertThat(theirs).startsWith(begin).matches("[a-zA-Z_][a-zA-Z0-9_.-]{0,63}");
    assertThat(names.there(request).choice()).isEqualTo(new ToolChoice.Named(theirs));
    assertThat(back(names, theirs)).isEqualTo(name);
    assertThat(back(names, "other")).isEqualTo("other");
    Request later = asking("more", name, "tools");
    assertThat(there(ToolNames.of(later, Origin.GEMINI, STRICT), later)).contains(theirs);
  }

  @Test
  void noTwoAreEverCalledTheSame() {
    String longer = "x".repeat(60);
    String taken = there(asking(longer + "12345")).getFirst();
    Request request =
        asking(longer + "12345", longer + "12346", "a.b", "a_b", "a b", "a:b", "a/b", taken);
    ToolNames names = ToolNames.of(request, Origin.CHAT, Rule.OPEN_AI);
    List<String> theirs = there(names, request);
    assertThat(theirs).doesNotHaveDuplicates().contains("a_b", taken);
    assertThat(theirs.getFirst()).isNotEqualTo(taken);
    Set<String> ours =
        theirs.stream().map(name -> back(names, name)).collect(Collectors.toUnmodifiableSet());
    assertThat(ours).hasSize(8).contains(longer + "12345", longer + "12346", "a.b", "a b", taken);
  }

  private static List<String> there(Request request) {
    return there(ToolNames.of(request, Origin.CHAT, Rule.OPEN_AI), request);
  }

  @Test
  void aProvidersOwnProtocolIsNotTouched() {
    assertThat(ToolNames.of(asking("a b"), Origin.MESSAGES, STRICT)).isSameAs(ToolNames.NONE);
  }
}
