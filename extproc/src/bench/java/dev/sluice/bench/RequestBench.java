package dev.sluice.bench;

import dev.sluice.conversation.Request;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A request of Chat Completions on its way to a provider. */
@State(Scope.Thread)
public class RequestBench {
  private static final Call CALL = new Call(Call.Operation.GENERATE, null, null);

  /** About how large its body is. */
  @Param({"1KB", "100KB", "5MB"})
  public String size = "";

  private byte[] body = new byte[0];
  private Ask ask = new Ask(CALL, "m", true, body);
  private Request request = EMPTY;

  private static final Request EMPTY = empty();

  private static Request empty() {
    try {
      return Samples.of(Samples.CHAT).read(Samples.CHAT.ask(CALL, Samples.request("1KB")));
    } catch (Refusal e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads it once. */
  @Setup
  public void read() throws Refusal {
    body = Samples.request(size);
    ask = Samples.CHAT.ask(CALL, body);
    request = Samples.of(Samples.CHAT).read(ask);
  }

  /** What routing must know. */
  @Benchmark
  public Ask glance() throws Refusal {
    return Samples.CHAT.ask(CALL, body);
  }

  /** The same, and the body for a provider that speaks Chat Completions too. */
  @Benchmark
  public byte[] rename() throws Refusal {
    return Samples.CHAT.rename(Samples.CHAT.ask(CALL, body), "other");
  }

  /** Into the canonical model. */
  @Benchmark
  public Request model() throws Refusal {
    return Samples.of(Samples.CHAT).read(ask);
  }

  /** From the canonical model to Messages. */
  @Benchmark
  public Written write() {
    return Samples.of(Samples.MESSAGES).write(request, new Protocol.Target("m", true, "issuer"));
  }

  /** All of it: a glance, the model, and Messages. */
  @Benchmark
  public Written translate() throws Refusal {
    return Samples.of(Samples.MESSAGES)
        .write(
            Samples.of(Samples.CHAT).read(Samples.CHAT.ask(CALL, body)),
            new Protocol.Target("m", true, "issuer"));
  }
}
