package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.EventWatch;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.FileType;
import dev.sluice.protocol.Gauge;
import dev.sluice.protocol.Gist;
import dev.sluice.protocol.Listed;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Said;
import dev.sluice.protocol.ToolNames;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.WholeGauge;
import dev.sluice.protocol.Written;
import dev.sluice.protos.AttemptLog;
import dev.sluice.wire.Json;
import dev.sluice.wire.Splice;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic Messages.
 *
 * @see <a href="https://docs.anthropic.com/en/api/messages">Anthropic, Messages</a>
 */
public final class Messages implements Protocol, Protocol.Translator {
  private static final Gist.Names NAMES =
      new Gist.Names(
          List.of("metadata.user_id"), List.of(), "system", "messages", List.of("max_tokens"));
  private static final String MODELS = "/v1/models";
  private static final String VERSION = "anthropic-version";

  private static final ToolNames.Rule TOOL_NAMES = new ToolNames.Rule("a-zA-Z0-9_-", 128, false);

  private final Carrier carrier;

  /** Takes foreign signatures through its clients with this. */
  public Messages(Carrier carrier) {
    this.carrier = carrier;
  }

  @Override
  public Origin origin() {
    return Origin.MESSAGES;
  }

  @Override
  public @Nullable Call call(String method, String path, Map<String, String> headers) {
    String bare = Call.bare(path);
    if (method.equals("POST") && bare.equals("/v1/messages")) {
      return new Call(Call.Operation.GENERATE, null, null);
    }
    if (method.equals("POST") && bare.equals("/v1/messages/count_tokens")) {
      return new Call(Call.Operation.COUNT, null, false);
    }
    if (!method.equals("GET") || !headers.containsKey(VERSION)) {
      return null;
    }
    if (bare.equals(MODELS)) {
      return new Call(Call.Operation.MODELS, null, null);
    }
    return bare.startsWith(MODELS + "/")
        ? new Call(Call.Operation.MODEL, bare.substring(MODELS.length() + 1), null)
        : null;
  }

  @Override
  public Ask ask(Call call, byte[] body) throws Refusal {
    var members = Fields.topLevel(body);
    String model = Fields.model(members);
    Fields.required(members, "messages", Splice.Kind.ARRAY);
    if (call.operation() == Call.Operation.COUNT) {
      return new Ask(call, model, false, body);
    }
    Fields.required(members, "max_tokens", Splice.Kind.NUMBER);
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
    Json.Obj list =
        Json.object(
            root ->
                root.put("data", models.stream().map(Messages::entry).toList())
                    .put("has_more", false)
                    .put(
                        "first_id", models.isEmpty() ? Json.nil() : Json.of(models.getFirst().id()))
                    .put(
                        "last_id", models.isEmpty() ? Json.nil() : Json.of(models.getLast().id())));
    return new Answer(200, Map.of("content-type", "application/json"), list.bytes());
  }

  @Override
  public Answer model(Listed model) {
    return new Answer(200, Map.of("content-type", "application/json"), entry(model).bytes());
  }

  private static Json.Obj entry(Listed model) {
    return Json.object(
        m ->
            m.put("type", "model")
                .put("id", model.id())
                .put("display_name", model.id())
                .put("created_at", model.since().toString()));
  }

  @Override
  public String path(String baseUrl, String model, boolean stream) {
    return baseUrl.endsWith("/v1") ? "/messages" : "/v1/messages";
  }

  @Override
  public String path(String baseUrl, String model, Call call, boolean stream) {
    String messages = path(baseUrl, model, stream);
    return call.operation() == Call.Operation.COUNT ? messages + "/count_tokens" : messages;
  }

  @Override
  public Answer counted(long tokens) {
    return new Answer(
        200,
        Map.of("content-type", "application/json"),
        Json.object(c -> c.put("input_tokens", tokens)).bytes());
  }

  @Override
  public Map<String, String> headers(String credential) {
    return Map.of("x-api-key", credential, VERSION, "2023-06-01");
  }

  @Override
  public boolean forwards(String header) {
    return header.equals(VERSION);
  }

  @Override
  public Failure failure(int status, Map<String, String> headers, byte[] body) {
    return Failures.read(status, headers, body);
  }

  @Override
  public @Nullable Failure judge(byte[] body) {
    return Unreadable.judge(body, Responses::read);
  }

  @Override
  public Watch watch() {
    return new EventWatch(new dev.sluice.protocol.messages.Reader());
  }

  @Override
  public Gauge gauge() {
    return new WholeGauge(Set.of(AttemptLog.USAGE), usage -> Responses.usage(usage, Usage.NONE));
  }

  @Override
  public Said said(Map<String, String> parts) {
    Json.Obj first = Said.object(parts, AttemptLog.MESSAGE_USAGE);
    Json.Obj last = Said.object(parts, AttemptLog.USAGE);
    Usage usage = Responses.usage(last, Responses.usage(first, Usage.NONE));
    return new Said(usage, false, Said.End.of(parts.containsKey(AttemptLog.STOP_REASON), parts));
  }

  @Override
  public Translator translator() {
    return this;
  }

  @Override
  public Request read(Ask ask) throws Refusal {
    return new Requests(carrier).read(ask.body());
  }

  /** Anthropic fetches pictures and PDFs over {@code https} alone. */
  @Override
  public boolean takesBytesAlone(Block.Kind kind, String url, Target target) {
    String type = FileType.of(url);
    boolean pdf = type == null || type.equals("application/pdf");
    return switch (kind) {
      case IMAGE -> !url.startsWith("https://");
      case DOCUMENT -> !pdf || !url.startsWith("https://");
      case AUDIO, VIDEO -> false;
    };
  }

  @Override
  public ToolNames.Rule toolNames() {
    return TOOL_NAMES;
  }

  @Override
  public Written write(Request asked, Target target) {
    Request request = ToolNames.of(asked, origin(), toolNames()).there(asked);
    return Requests.write(request, target);
  }

  @Override
  public Response readAnswer(byte[] body) throws Refusal {
    return Responses.read(body);
  }

  @Override
  public Written writeAnswer(Response response, Ask ask, Stamp stamp) {
    return new Responses.Writing(carrier, stamp).write(response);
  }

  @Override
  public Reader reader() {
    return new dev.sluice.protocol.messages.Reader();
  }

  @Override
  public Writer writer(Ask ask, Stamp stamp) {
    return new dev.sluice.protocol.messages.Writer(carrier, stamp);
  }
}
