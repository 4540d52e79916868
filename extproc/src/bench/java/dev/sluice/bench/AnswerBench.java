package dev.sluice.bench;

import dev.sluice.conversation.Event;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Answers on their way to a client; of streams, each figure is for one event. */
@State(Scope.Thread)
public class AnswerBench {
  private static final Ask CHAT = ask(Samples.CHAT, Samples.request("1KB"));
  private static final Ask RESPONSES =
      ask(
          Samples.RESPONSES,
          "{\"model\":\"m\",\"stream\":true,\"store\":false,\"input\":\"Hello\"}"
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));

  private final byte[] answer = Samples.answer();
  private final List<byte[]> messages = Samples.stream(Samples.MESSAGES);
  private final List<byte[]> gemini = Samples.stream(Samples.GEMINI);
  private final byte[] joined = joined(messages);

  private static Ask ask(Protocol protocol, byte[] body) {
    try {
      return protocol.ask(new Call(Call.Operation.GENERATE, null, null), body);
    } catch (Refusal e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] joined(List<byte[]> events) {
    var all = new ByteArrayOutputStream();
    events.forEach(all::writeBytes);
    return all.toByteArray();
  }

  /** A whole answer of 1 KB from Messages to Chat Completions. */
  @Benchmark
  public Written whole() throws Refusal {
    return Samples.of(Samples.CHAT)
        .writeAnswer(Samples.of(Samples.MESSAGES).readAnswer(answer), CHAT, Samples.STAMP);
  }

  /** A stream from Messages to Chat Completions. */
  @Benchmark
  @OperationsPerInvocation(Samples.EVENTS)
  public void messagesToChat(Blackhole sink) {
    stream(Samples.MESSAGES, messages, Samples.CHAT, CHAT, sink);
  }

  /** A stream from Gemini to Responses. */
  @Benchmark
  @OperationsPerInvocation(Samples.EVENTS)
  public void geminiToResponses(Blackhole sink) {
    stream(Samples.GEMINI, gemini, Samples.RESPONSES, RESPONSES, sink);
  }

  private static void stream(
      Protocol from, List<byte[]> events, Protocol to, Ask ask, Blackhole sink) {
    Protocol.Reader reader = Samples.of(from).reader();
    Protocol.Writer writer = Samples.of(to).writer(ask, Samples.STAMP);
    for (byte[] chunk : events) {
      for (Event event : reader.read(chunk)) {
        sink.consume(writer.write(event));
      }
    }
    for (Event event : reader.end()) {
      sink.consume(writer.write(event));
    }
  }

  /** Splits a stream that comes event by event. */
  @Benchmark
  @OperationsPerInvocation(Samples.EVENTS)
  public void split(Blackhole sink) throws Malformed {
    var sse = new Sse();
    for (byte[] chunk : messages) {
      sse.feed(chunk, sink::consume);
    }
  }

  /** Splits a stream that comes at once. */
  @Benchmark
  @OperationsPerInvocation(Samples.EVENTS)
  public void splitAtOnce(Blackhole sink) throws Malformed {
    new Sse().feed(joined, sink::consume);
  }
}
