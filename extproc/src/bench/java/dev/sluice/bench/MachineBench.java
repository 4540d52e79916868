package dev.sluice.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the machine does with code that is none of ours; everything else is compared as a multiple
 * of it, so that a slower machine or hour does not look like slower code.
 */
@State(Scope.Thread)
public class MachineBench {
  private final JsonFactory json = new JsonFactory();
  private final byte[] body = Samples.request("100KB");

  /** Reads every token of a request of 100 KB. */
  @Benchmark
  public void reference(Blackhole sink) throws IOException {
    try (JsonParser parser = json.createParser(body)) {
      while (parser.nextToken() != null) {
        sink.consume(parser.getText());
      }
    }
  }
}
