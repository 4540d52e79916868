package dev.sluice.extproc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

/** From requests as the admin API tells them to a table. */
final class ReplayingTest {
  /** Half of them went to the cheap channel, half to the fast one. */
  private static String drawn(int each) {
    String cheap =
        """
        {"status":200,"settlement":"complete","cost":0.01,"first_token_ms":4000,"decisions":[\
        {"channel":"cheap","verdict":"answered","why":"score -0.10, best 0.00 of 2, p=0.500",\
        "ordinal":1,"probability":0.5,"score":{"total":0,"cost":0,"latency":-1.4}},\
        {"channel":"fast","verdict":"passed","why":"another was chosen","probability":0.5,\
        "score":{"total":0,"cost":-1.4,"latency":0}},\
        {"channel":"dead","verdict":"skipped","why":"breaker open","probability":0,\
        "score":{"total":0,"cost":0,"latency":0}}]}
        """;
    String fast =
        """
        {"status":200,"settlement":"complete","cost":0.04,"first_token_ms":1000,"decisions":[\
        {"channel":"cheap","verdict":"passed","why":"another was chosen","probability":0.5,\
        "score":{"total":0,"cost":0,"latency":-1.4}},\
        {"channel":"fast","verdict":"answered","why":"score 0.00, best 0.00 of 2, p=0.500",\
        "ordinal":1,"probability":0.5,"score":{"total":0,"cost":-1.4,"latency":0}}]}
        """;
    return (cheap + fast).repeat(each);
  }

  @Test
  void eachModeHasItsRow() throws IOException {
    String told = Replaying.run(new StringReader(drawn(200)), null);
    assertThat(told)
        .contains("400 requests whose channel was drawn by its score.")
        .containsPattern("as it was +0\\.025000 .* 2\\.500 .* 100\\.00 .* 400\n")
        .containsPattern("economy +0\\.010000 .* 4\\.000 .* 200\n")
        .containsPattern("performance +0\\.040000 .* 1\\.000 .* 200\n")
        .containsPattern("by chance +0\\.025000 .* 400\n")
        .doesNotContain("too few");
  }

  @Test
  void tooFewAreSaidToBe() throws IOException {
    assertThat(Replaying.run(new StringReader(drawn(40)), null))
        .containsPattern("economy .* 40  too few like it: not to be relied on\n");
    assertThat(Replaying.run(new StringReader("\n"), null)).contains("Nothing can be told.");
  }

  @Test
  void whatWasNotDrawnIsLeftAside() throws IOException {
    String lines =
        """
        {"status":404,"decisions":""}
        {"status":200,"decisions":[{"channel":"a","ordinal":1,"why":"its session stays","score":{}}]}
        {"status":200,"decisions":[{"channel":"a","ordinal":1,"why":"a probe: it","score":{}}]}
        {"status":200,"decisions":[{"channel":"a","ordinal":1,"why":"the least bad"}]}
        """;
    assertThat(Replaying.run(new StringReader(lines), null))
        .contains("0 requests whose channel")
        .contains("1 left aside: they were not sent to any channel.")
        .contains("1 left aside: they stayed where their session was, whatever the scores.")
        .contains("2 left aside: they were probes, or went where nothing else was possible.");
  }

  @Test
  void aLineThatIsNoJsonIsNamed() {
    assertThatThrownBy(() -> Replaying.run(new StringReader("{}\n{no\n"), null))
        .isInstanceOf(IOException.class)
        .hasMessage("line 2 is no JSON document.");
  }
}
