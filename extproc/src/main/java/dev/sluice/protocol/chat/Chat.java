package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.EventWatch;
import dev.sluice.protocol.Fields;
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
import dev.sluice.wire.Mentions;
import dev.sluice.wire.Splice;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI Chat Completions.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat">OpenAI, chat completions</a>
 */
public final class Chat implements Protocol, Protocol.Translator {
  private static final Gist.Names NAMES =
      new Gist.Names(
          List.of("prompt_cache_key"),
          List.of("safety_identifier", "user"),
          null,
          "messages",
          List.of("max_completion_tokens", "max_tokens"));
  private static final String MODELS = "/v1/models";

  private final Carrier carrier;

  /** Takes foreign signatures through its clients with this. */
  public Chat(Carrier carrier) {
    this.carrier = carrier;
  }

  @Override
  public Origin origin() {
    return Origin.CHAT;
  }

  @Override
  public @Nullable Call call(String method, String path, Map<String, String> headers) {
    String bare = Call.bare(path);
    if (method.equals("POST") && bare.equals("/v1/chat/completions")) {
      return new Call(Call.Operation.GENERATE, null, null);
    }
    if (method.equals("GET") && bare.equals(MODELS)) {
      return new Call(Call.Operation.MODELS, null, null);
    }
    return method.equals("GET") && bare.startsWith(MODELS + "/")
        ? new Call(Call.Operation.MODEL, bare.substring(MODELS.length() + 1), null)
        : null;
  }

  @Override
  public Ask ask(Call call, byte[] body) throws Refusal {
    var members = Fields.topLevel(body);
    String model = Fields.model(members);
    Fields.required(members, "messages", Splice.Kind.ARRAY);
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
    return new Answer(
        200,
        Map.of("content-type", "application/json"),
        Json.object(
                root ->
                    root.put("object", "list")
                        .put("data", models.stream().map(Chat::entry).toList()))
            .bytes());
  }

  @Override
  public Answer model(Listed model) {
    return new Answer(200, Map.of("content-type", "application/json"), entry(model).bytes());
  }

  private static Json.Obj entry(Listed model) {
    return Json.object(
        m ->
            m.put("id", model.id())
                .put("object", "model")
                .put("created", model.since().getEpochSecond())
                .put("owned_by", model.owner()));
  }

  @Override
  public String path(String baseUrl, String model, boolean stream) {
    return "/chat/completions";
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
    return Unreadable.judge(body, Responses::read);
  }

  @Override
  public Watch watch() {
    return new EventWatch(new dev.sluice.protocol.chat.Reader());
  }

  @Override
  public Gauge gauge() {
    return new WholeGauge(Set.of(AttemptLog.USAGE), Responses::usage);
  }

  /** As providers give them that make pictures by this protocol, such as OpenRouter. */
  @Override
  public Mentions pictures() {
    return new Mentions(Set.of("type"), "image_url");
  }

  @Override
  public Gauge streamGauge() {
    return new Unasked();
  }

  @Override
  public Said said(Map<String, String> parts) {
    Json.Obj usage = Said.object(parts, AttemptLog.USAGE);
    // It comes after everything else, be it on the last chunk or on one of its own.
    return new Said(
        usage == null ? null : Responses.usage(usage),
        false,
        Said.End.of((usage != null) || parts.containsKey(AttemptLog.FINISH), parts));
  }

  @Override
  public byte @Nullable [] metered(Ask ask) {
    return ask.stream() ? Unasked.asking(ask.body()) : null;
  }

  @Override
  public Translator translator() {
    return this;
  }

  @Override
  public Request read(Ask ask) throws Refusal {
    return new Requests(carrier).read(ask.body());
  }

  @Override
  public boolean takesBytesAlone(Block.Kind kind, String url, Target target) {
    return kind == Block.Kind.AUDIO || kind == Block.Kind.DOCUMENT;
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
    return Responses.read(body);
  }

  @Override
  public Written writeAnswer(Response response, Ask ask, Stamp stamp) {
    return new Responses.Writing(carrier, stamp, custom(body(ask))).write(response);
  }

  @Override
  public Reader reader() {
    return new dev.sluice.protocol.chat.Reader();
  }

  @Override
  public Writer writer(Ask ask, Stamp stamp) {
    Json.Obj asked = body(ask);
    Json.Obj options = asked.obj("stream_options");
    return new dev.sluice.protocol.chat.Writer(
        carrier, stamp, options != null && options.isTrue("include_usage"), custom(asked));
  }

  private static Json.Obj body(Ask ask) {
    return Objects.requireNonNullElse(ask.around(), Json.empty());
  }

  /** The names of the tools that take plain text. */
  private static Set<String> custom(Json.Obj asked) {
    var names = new HashSet<String>();
    for (Json tool : asked.items("tools")) {
      if (tool instanceof Json.Obj object
          && object.obj("custom") instanceof Json.Obj custom
          && custom.text("name") instanceof String name) {
        names.add(name);
      }
    }
    return names;
  }
}
