package dev.sluice.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is counted as a good answer, and what is not. */
final class AnswerTest {
  private static final int ID = 7;
  private static final Order ORDER = new Order(true, ID, 2, 0);
  private static final Question QUESTION = Question.of(Dialect.CHAT, "m", Map.of(), ORDER, 0);

  private final List<String> heard = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "200 | 7.0 7.1 [DONE] | first event event whole",
        "200 | 7.0 7.1 [DONE] 7.0 | first event event whole",
        "200 | 7.0 7.1 | first event event wrong: its end is missing",
        "200 | 7.0 [DONE] | first event wrong: it ended after 1 of 2 events",
        "200 | 7.1 7.0 [DONE] | first event wrong: mixed or lost: mark 1 of answer 7 where 0 of 7"
            + " was due",
        "200 | 7.0 8.1 [DONE] | first event wrong: mixed or lost: mark 1 of answer 8 where 1 of 7"
            + " was due",
        "503 | no | wrong: status 503: no",
      })
  void isGoodOnlyWhereAllOfItIsThereOnceAndInOrder(int status, String body, String expected) {
    var text = new StringBuilder();
    for (String word : body.split(" ", -1)) {
      int dot = word.indexOf('.');
      text.append(
          dot < 0
              ? word
              : mark(
                  Integer.parseInt(word.substring(0, dot)),
                  Integer.parseInt(word.substring(dot + 1))));
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      heard.clear();
      answer(status, bytes, cut);
      assertThat(String.join(" ", heard)).as("cut at " + cut).isEqualTo(expected);
    }
  }

  @Test
  void anOrderIsFoundInTheRequestThatCarriesIt() {
    byte[] body = QUESTION.body();
    assertThat(Order.find(body, body.length)).isEqualTo(ORDER);
    assertThat(Order.find("no order".getBytes(StandardCharsets.UTF_8), 8)).isNull();
  }

  private static String mark(int stream, int event) {
    var buffer = Unpooled.copiedBuffer(Mark.BLANK, StandardCharsets.UTF_8);
    Mark.set(buffer, 0, stream, event, System.nanoTime());
    return buffer.toString(StandardCharsets.UTF_8);
  }

  private void answer(int status, byte[] bytes, int cut) {
    var answer =
        new Answer(
            QUESTION,
            ID,
            System.nanoTime(),
            new Answer.Watcher() {
              @Override
              public void first(long intended, long nanos) {
                heard.add("first");
              }

              @Override
              public void event(long nanos) {
                heard.add("event");
              }

              @Override
              public void whole(long intended, long nanos) {
                heard.add("whole");
              }

              @Override
              public void wrong(long intended, String why) {
                heard.add("wrong: " + why);
              }
            });
    answer.take(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status)));
    answer.take(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, 0, cut)));
    answer.take(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut)));
    assertThat(answer.take(LastHttpContent.EMPTY_LAST_CONTENT)).isTrue();
  }
}
