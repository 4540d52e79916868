package dev.sluice.protocol.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of a response and how a request goes on from it. */
final class StoredTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | null true false false",
        "{\"previous_response_id\":null,\"store\":null} | null true false false",
        "{\"previous_response_id\":\"resp_1\",\"store\":false} | resp_1 false false false",
        "{\"background\":true,\"conversation\":null,\"store\":true} | null true true false",
        "{\"conversation\":{\"id\":\"conv_1\"}} | null true false true",
      })
  void whatARequestSays(String body, String said) throws Refusal {
    Stored.Said read = Stored.said(utf8(body));
    assertThat(
            read.previous()
                + " "
                + read.store()
                + " "
                + read.background()
                + " "
                + read.conversation())
        .isEqualTo(said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{\"previous_response_id\":7}", "{\"store\":\"yes\"}", "{"})
  void whatItMustNotSay(String body) {
    assertThatThrownBy(() -> Stored.said(utf8(body))).isInstanceOf(Refusal.class);
  }

  private static final String INPUT =
      "[{\"id\":\"msg_a\",\"type\":\"message\",\"role\":\"user\",\"content\":[]},"
          + "{\"id\":\"rs_a\",\"type\":\"reasoning\",\"summary\":[]}]";
  private static final String RESPONSE =
      "{\"id\":\"resp_1\",\"instructions\":\"rhyme\",\"output\":[{\"id\":\"fc_a\","
          + "\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}]}";
  private static final String BEFORE =
      "{\"type\":\"message\",\"role\":\"user\",\"content\":[]},"
          + "{\"id\":\"rs_a\",\"type\":\"reasoning\",\"summary\":[]},"
          + "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ \"n\": 1.0, \"previous_response_id\" : \"resp_1\",\"input\": [ {\"a\":1} ]}"
            + "| { \"n\": 1.0, \"previous_response_id\" : null,\"input\": [BEFORE,{\"a\":1}]}",
        "{\"input\":\"hi\",\"previous_response_id\":\"resp_1\"}"
            + "| {\"input\":[BEFORE,{\"type\":\"message\",\"role\":\"user\",\"content\":"
            + "[{\"type\":\"input_text\",\"text\":\"hi\"}]}],\"previous_response_id\":null}",
        "{\"previous_response_id\":\"resp_1\",\"x\":2}"
            + "| {\"previous_response_id\":null,\"input\":[BEFORE],\"x\":2}",
        "{\"previous_response_id\":\"resp_1\",\"input\":null}"
            + "| {\"previous_response_id\":null,\"input\":[BEFORE]}",
      })
  void aRequestGoesOn(String body, String whole) throws Refusal {
    assertThat(text(Stored.goOn(utf8(body), utf8(INPUT), utf8(RESPONSE))))
        .isEqualTo(whole.replace("BEFORE", BEFORE));
  }

  @Test
  void anInputThatIsNoneIsNamed() {
    byte[] body = utf8("{\"previous_response_id\":\"resp_1\",\"input\":7}");
    assertThatThrownBy(() -> Stored.goOn(body, utf8(INPUT), utf8(RESPONSE)))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.failure().field()).isEqualTo("input"));
  }

  @Test
  void itemsAreKeptInTheirLongFormWithIds() throws Refusal {
    String body =
        "{\"input\":[{\"role\":\"user\",\"content\":\"hi\"},"
            + "{\"role\":\"assistant\",\"content\":\"ho\",\"phase\":\"final\"},"
            + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"1\"},"
            + "{\"id\":\"own\",\"type\":\"reasoning\",\"summary\":[]}]}";
    assertThat(text(Stored.kept(utf8(body), "resp_9")))
        .isEqualTo(
            "[{\"id\":\"msg_9_in_0\",\"type\":\"message\",\"role\":\"user\",\"content\":"
                + "[{\"type\":\"input_text\",\"text\":\"hi\"}]},"
                + "{\"id\":\"msg_9_in_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"ho\",\"annotations\":[]}],"
                + "\"phase\":\"final\"},"
                + "{\"id\":\"fco_9_in_2\",\"type\":\"function_call_output\",\"call_id\":\"c\","
                + "\"output\":\"1\"},"
                + "{\"id\":\"own\",\"type\":\"reasoning\",\"summary\":[]}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "/x | c b a | c | a | false",
        "/x?order=asc&limit=2 | a b | a | b | true",
        "/x?limit=2&after=b | a | a | a | false",
        "/x?order=asc&after=c | - | null | null | false",
        "/x?order=asc&after=a&limit=1 | b | b | b | true",
      })
  void aPageOfItems(String path, @Nullable String ids, String first, String last, boolean more)
      throws Refusal {
    byte[] input = utf8("[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]");
    var data = new StringBuilder();
    if (ids != null) {
      for (String id : ids.split(" ", -1)) {
        data.append(data.isEmpty() ? "" : ",").append("{\"id\":\"").append(id).append("\"}");
      }
    }
    assertThat(text(Stored.inputItems(input, path).body()))
        .isEqualTo(
            "{\"object\":\"list\",\"data\":[%s],\"first_id\":%s,\"last_id\":%s,\"has_more\":%s}"
                .formatted(
                    data,
                    ids == null ? "null" : "\"" + first + "\"",
                    ids == null ? "null" : "\"" + last + "\"",
                    more));
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=101", "limit=x", "order=up", "after=z"})
  void aWrongParameterIsNamed(String query) {
    assertThatThrownBy(() -> Stored.inputItems(utf8("[]"), "/x?" + query))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal ->
                assertThat(refusal.failure().field())
                    .isEqualTo(query.substring(0, query.indexOf('='))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "POST | /v1/responses | GENERATE | - | - | /responses",
        "GET | /v1/responses | - | - | - | -",
        "POST | /v1/responses/compact | COMPACT | - | false | /responses/compact",
        "GET | /v1/responses/resp_1 | RESPONSE | resp_1 | false | /responses/resp_1",
        "GET | /v1/responses/resp_1?stream=true | RESPONSE | resp_1 | true | /responses/resp_1",
        "DELETE | /v1/responses/r-1?x | DELETE_RESPONSE | r-1 | false | /responses/r-1",
        "GET | /v1/responses/r/input_items | INPUT_ITEMS | r | false | /responses/r/input_items",
        "POST | /v1/responses/r/cancel | CANCEL_RESPONSE | r | false | /responses/r/cancel",
        "PUT | /v1/responses/r | - | - | - | -",
        "GET | /v1/responses/ | - | - | - | -",
        "GET | /v1/responses/r/other | - | - | - | -",
        "GET | /v1/responses/r%2f1 | - | - | - | -",
        "GET | /v1/responsesx | - | - | - | -",
      })
  void whatARequestLineAsksFor(
      String method,
      String path,
      Call.@Nullable Operation operation,
      @Nullable String id,
      @Nullable Boolean stream,
      @Nullable String provider) {
    var responses = new Responses(new Carrier(() -> new byte[] {1}));
    Call call = responses.call(method, path, Map.of());
    assertThat(call)
        .isEqualTo(operation == null ? null : new Call(operation, null, stream, false, id));
    if (call != null) {
      assertThat(responses.path("", "m", call, false)).isEqualTo(provider);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1000})
  void anAnswerIsLookedAtHoweverItIsCut(int size) {
    byte[] stream =
        utf8(
            "event: response.created\n"
                + "data:"
                + " {\"type\":\"response.created\",\"response\":{\"tools\":[{\"id\":\"no\"}],\"id\":\"resp_ü\"}}\n\n"
                + "event: response.completed\n"
                + "data: {\"response\":{\"id\":\"resp_ü\",\"n\":1}}\n\n");
    var lookout = new Lookout(true);
    String early = null;
    for (int from = 0; from < stream.length; from += size) {
      lookout.see(java.util.Arrays.copyOfRange(stream, from, Math.min(stream.length, from + size)));
      early = lookout.response() == null ? lookout.id() : early;
    }
    assertThat(lookout.id()).isEqualTo("resp_ü");
    assertThat(size < 100 ? early : "resp_ü").isEqualTo("resp_ü");
    assertThat(lookout.response()).isEqualTo(utf8("{\"id\":\"resp_ü\",\"n\":1}"));
  }

  @Test
  void theBeginningOfAWholeAnswerIsEnough() {
    var lookout = new Lookout(false);
    lookout.see(utf8("{\"usage\":{\"id\":\"no\"},\"id\":\"resp_1\",\"output\":[{\"te"));
    assertThat(lookout.id()).isEqualTo("resp_1");
    var none = new Lookout(false);
    none.see(utf8("<html>"));
    assertThat(none.id()).isNull();
  }

  private static final String KEPT =
      """
      {"id":"resp_x","output":[
       {"id":"rs_x_0","type":"reasoning","summary":[],"encrypted_content":"e"},
       {"id":"fc_x_1","type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fc_x_1 | {`type`:`function_call`,`call_id`:`c`,`name`:`f`,`arguments`:`{}`}",
        "rs_x_0 | {`id`:`rs_x_0`,`type`:`reasoning`,`summary`:[],`encrypted_content`:`e`}",
        "msg_x_in_0 | {`type`:`message`,`role`:`user`,`content`:[]}",
        "fc_x_2 | {`type`:`item_reference`,`id`:`fc_x_2`}",
        "fc_y_1 | {`type`:`item_reference`,`id`:`fc_y_1`}",
        "strange | {`type`:`item_reference`,`id`:`strange`}",
      })
  void anItemThatIsOnlyNamed(String id, String item) throws Exception {
    String input =
        "[{\"id\":\"msg_x_in_0\",\"type\":\"message\",\"role\":\"user\",\"content\":[]}]";
    Stored.Finder finder =
        response -> response.equals("resp_x") ? new Stored.Earlier(utf8(KEPT), utf8(input)) : null;
    String body =
        "{ \"n\": 1.0, \"input\": [{\"type\":\"item_reference\",\"id\":\"" + id + "\"}, 7]}";
    assertThat(Stored.refers(utf8(body))).isTrue();
    assertThat(Json.parse(text(Stored.resolved(utf8(body), finder))))
        .isEqualTo(Json.parse("{\"n\": 1.0, \"input\": [" + item.replace('`', '"') + ", 7]}"));
  }

  @Test
  void whatNamesNothingStaysByteForByte() throws Exception {
    byte[] body = utf8("{ \"input\" : \"item_reference\" }");
    assertThat(Stored.resolved(body, _ -> null)).isSameAs(body);
    assertThat(Stored.refers(utf8("{\"input\":[{\"type\":\"message\"}]}"))).isFalse();
  }
}
