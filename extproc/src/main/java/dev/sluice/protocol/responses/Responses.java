package dev.sluice.protocol.responses;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Listed;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.Written;
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
public final class Responses implements Protocol, Protocol.Translator {
  private final Carrier carrier;

  /** Hands foreign signatures to its clients in tokens of {@code carrier}. */
  public Responses(Carrier carrier) {
    this.carrier = carrier;
  }

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
    return Answers.judge(body);
  }

  @Override
  public Watch watch() {
    return new ResponsesWatch();
  }

  @Override
  public Translator translator() {
    return this;
  }

  @Override
  public Request read(Ask ask) throws Refusal {
    return Requests.read(ask.body(), carrier);
  }

  @Override
  public Written write(Request request, Target target) {
    return Requests.write(request, target);
  }

  @Override
  public Response readAnswer(byte[] body) throws Refusal {
    return Answers.read(body, carrier);
  }

  @Override
  public Written writeAnswer(Response response, Ask ask, Stamp stamp) {
    return Answers.write(response, carrier, ask, stamp);
  }

  @Override
  public Reader reader() {
    return new dev.sluice.protocol.responses.Reader();
  }

  @Override
  public Writer writer(Ask ask, Stamp stamp) {
    return new dev.sluice.protocol.responses.Writer(carrier, ask, stamp);
  }
}
