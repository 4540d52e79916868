package dev.sluice.protocol.responses;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Listed;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Splice;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI Responses. Its model list is that of Chat Completions, at the same address.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses">OpenAI, Responses</a>
 */
public final class Responses implements Protocol {
  @Override
  public Origin origin() {
    return Origin.RESPONSES;
  }

  @Override
  public @Nullable Call call(String method, String path, Map<String, String> headers) {
    String bare = path.indexOf('?') < 0 ? path : path.substring(0, path.indexOf('?'));
    return method.equals("POST") && bare.equals("/v1/responses")
        ? new Call(Call.Operation.GENERATE, null, null)
        : null;
  }

  @Override
  public Ask ask(Call call, byte[] body) throws Refusal {
    var members = Fields.topLevel(body);
    String model = Fields.model(members);
    if (!members.containsKey("prompt") && !members.containsKey("previous_response_id")) {
      Fields.required(members, "input", Splice.Kind.ARRAY, Splice.Kind.STRING);
    }
    return new Ask(call, model, Fields.flag(members, "stream"), body);
  }

  @Override
  public Answer refuse(Failure failure) {
    return Failures.write(failure);
  }

  @Override
  public byte[] breakOff(Failure failure) {
    return Failures.breakOff(failure);
  }

  @Override
  public byte[] keepAlive() {
    return ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Answer models(List<Listed> models) {
    throw new IllegalStateException("the model list is Chat Completions'");
  }

  @Override
  public Answer model(Listed model) {
    throw new IllegalStateException("the model list is Chat Completions'");
  }

  @Override
  public String path(String baseUrl, String model, boolean stream) {
    return "/responses";
  }

  @Override
  public Map<String, String> headers(String credential) {
    return Map.of("authorization", "Bearer " + credential);
  }

  @Override
  public boolean forwards(String header) {
    return false;
  }

  @Override
  public byte[] rename(Ask ask, String model) {
    return Fields.rename(ask.body(), model);
  }

  @Override
  public Failure failure(int status, Map<String, String> headers, byte[] body) {
    return Failures.read(status, headers, body);
  }

  @Override
  public @Nullable Failure judge(byte[] body) {
    Json json;
    try {
      json = Json.parse(body);
    } catch (Malformed e) {
      return Unreadable.noJson(body, String.valueOf(e.getMessage()));
    }
    if (!(json instanceof Json.Obj root)) {
      return Unreadable.noAnswer("a JSON object");
    }
    Json.Obj error = root.obj("error");
    if (error != null) {
      return Failures.error(error, 0);
    }
    return root.get("output") instanceof Json.Arr ? null : Unreadable.noAnswer("output");
  }

  @Override
  public Watch watch() {
    return new ResponsesWatch();
  }

  @Override
  public @Nullable Translator translator() {
    return null;
  }
}
