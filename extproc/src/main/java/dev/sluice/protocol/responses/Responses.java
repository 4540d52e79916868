package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Gauge;
import dev.sluice.protocol.Gist;
import dev.sluice.protocol.Listed;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Said;
import dev.sluice.protocol.ToolNames;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.WholeGauge;
import dev.sluice.protocol.Written;
import dev.sluice.protos.AttemptLog;
import dev.sluice.wire.Json;
import dev.sluice.wire.Mentions;
import dev.sluice.wire.Splice;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI Responses. Its model list is that of Chat Completions, at the same address.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses">OpenAI, Responses</a>
 */
public final class Responses implements Protocol, Protocol.Translator {
  private static final Gist.Names NAMES =
      new Gist.Names(
          List.of("prompt_cache_key", "conversation", "conversation.id"),
          List.of("safety_identifier", "user"),
          "instructions",
          "input",
          List.of("max_output_tokens"));
  private static final String ROOT = "/v1/responses";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,256}");

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
    String bare = Call.bare(path);
    if (bare.equals(ROOT)) {
      return method.equals("POST") ? new Call(Call.Operation.GENERATE, null, null) : null;
    }
    if (!bare.startsWith(ROOT + "/")) {
      return null;
    }
    String rest = bare.substring(ROOT.length() + 1);
    if (rest.equals("compact") && method.equals("POST")) {
      return new Call(Call.Operation.COMPACT, null, false);
    }
    int slash = rest.indexOf('/');
    String id = slash < 0 ? rest : rest.substring(0, slash);
    Call.Operation operation =
        switch (method + (slash < 0 ? "" : rest.substring(slash))) {
          case "GET" -> Call.Operation.RESPONSE;
          case "DELETE" -> Call.Operation.DELETE_RESPONSE;
          case "GET/input_items" -> Call.Operation.INPUT_ITEMS;
          case "POST/cancel" -> Call.Operation.CANCEL_RESPONSE;
          default -> null;
        };
    boolean stream =
        operation == Call.Operation.RESPONSE
            && "true".equals(Stored.parameters(path).get("stream"));
    return operation != null && ID.matcher(id).matches()
        ? new Call(operation, null, stream, false, id)
        : null;
  }

  @Override
  public Ask ask(Call call, byte[] body) throws Refusal {
    if (call.response() != null) {
      return new Ask(call, "", Boolean.TRUE.equals(call.stream()), body);
    }
    var members = Fields.topLevel(body);
    String model = Fields.model(members);
    if (call.operation() == Call.Operation.COMPACT) {
      return new Ask(call, model, false, body);
    }
    if (!members.containsKey("prompt") && !members.containsKey("previous_response_id")) {
      Fields.required(members, "input", Splice.Kind.ARRAY, Splice.Kind.STRING);
    }
    return Ask.of(call, model, Fields.flag(members, "stream"), body, members, NAMES);
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
  public String path(String baseUrl, String model, Call call, boolean stream) {
    return "/responses"
        + switch (call.operation()) {
          case COMPACT -> "/compact";
          case RESPONSE, DELETE_RESPONSE -> "/" + call.response();
          case INPUT_ITEMS -> "/" + call.response() + "/input_items";
          case CANCEL_RESPONSE -> "/" + call.response() + "/cancel";
          case GENERATE, COUNT, MODELS, MODEL -> "";
        };
  }

  @Override
  public Map<String, String> headers(String credential) {
    return Map.of("authorization", "Bearer " + credential);
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
  public Gauge gauge() {
    return new WholeGauge(Set.of(AttemptLog.USAGE), Answers::usage);
  }

  @Override
  public Mentions pictures() {
    return new Mentions(Set.of("type"), "image_generation_call");
  }

  @Override
  public Said said(Map<String, String> parts) {
    Json.Obj usage = Said.object(parts, AttemptLog.RESPONSE_USAGE);
    return new Said(
        usage == null ? null : Answers.usage(usage),
        false,
        switch (parts.getOrDefault(AttemptLog.RESPONSE_STATUS, "")) {
          case "completed", "incomplete" -> Said.End.WHOLE;
          default -> Said.End.CUT;
        });
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
  public boolean takesBytesAlone(Block.Kind kind, String url, Target target) {
    return false;
  }

  @Override
  public ToolNames.Rule toolNames() {
    return ToolNames.Rule.OPEN_AI;
  }

  @Override
  public Written write(Request asked, Target target) {
    Request request = ToolNames.of(asked, origin(), toolNames()).there(asked);
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
