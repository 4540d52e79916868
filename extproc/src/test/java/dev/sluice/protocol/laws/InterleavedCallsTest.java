package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Response;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** So many calls at once that time which grows with their square shows. */
final class InterleavedCallsTest {
  private static final int MANY = 20_000;

  /** Of the processor; what grows with the square takes 5 s and more. */
  private static final Duration MOST = Duration.ofSeconds(3);

  private static void reads(Side side, String begin, IntFunction<String> event, String end) {
    var stream = new StringBuilder(begin);
    for (int i = 0; i < 2 * MANY; i++) {
      stream.append(event.apply(i));
    }
    byte[] bytes = stream.append(end).toString().getBytes(StandardCharsets.UTF_8);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    List<Event> events = Streams.read(side.translator().reader(), bytes);
    long took = threads.getCurrentThreadCpuTime() - before;
    Response answer = Streams.fold(events);
    assertThat(answer.blocks()).hasSize(MANY);
    assertThat(answer.blocks())
        .first()
        .isEqualTo(new Block.ToolCall("c0", "f", "{\"a\":0}", null, null));
    assertThat(answer.blocks())
        .last()
        .isEqualTo(new Block.ToolCall("c" + (MANY - 1), "f", "{\"a\":0}", null, null));
    assertThat(Duration.ofNanos(took)).as("of " + side).isLessThan(MOST);
  }

  private static String chunk(int index, String id, String arguments) {
    return """
    data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d%s,"function":{"arguments":%s}}]}}]}

    """
        .formatted(index, id, arguments);
  }

  @Test
  void ofChatCompletions() {
    reads(
        Side.CHAT,
        "",
        i ->
            i < MANY
                ? chunk(i, ",\"id\":\"c" + i + "\"", "\"{\\\"a\\\"\"")
                    .replace("\"function\":{", "\"function\":{\"name\":\"f\",")
                : chunk(i - MANY, "", "\":0}\""),
        """
        data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: [DONE]

        """);
  }

  @Test
  void ofResponses() {
    reads(
        Side.RESPONSES,
        "",
        i ->
            i < MANY
                ? """
                data: {"type":"response.output_item.added","output_index":%d,"item":{"type":"function_call","id":"fc_%d","call_id":"c%d","name":"f","arguments":"{\\"a\\""}}

                """
                    .formatted(i, i, i)
                : """
                data: {"type":"response.function_call_arguments.done","output_index":%d,"item_id":"fc_%d","arguments":"{\\"a\\":0}"}

                """
                    .formatted(i - MANY, i - MANY),
        """
        data: {"type":"response.completed","response":{"status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}}

        """);
  }
}
