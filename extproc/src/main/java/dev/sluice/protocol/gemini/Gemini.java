package dev.sluice.protocol.gemini;

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
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Watch;
import dev.sluice.protocol.WholeGauge;
import dev.sluice.protocol.Written;
import dev.sluice.protos.AttemptLog;
import dev.sluice.wire.Json;
import dev.sluice.wire.Mentions;
import dev.sluice.wire.Splice;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gemini generateContent. The model and whether to stream are in the path.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generating content</a>
 */
public final class Gemini implements Protocol, Protocol.Translator {
  private static final Gist.Names NAMES =
      new Gist.Names(
          List.of("cachedContent"),
          List.of(),
          "systemInstruction",
          "contents",
          List.of("generationConfig.maxOutputTokens"));
  private static final List<String> ROOTS = List.of("/v1beta/models", "/v1/models");
  private static final String COUNT = ":countTokens";
  private static final String WHOLE_REQUEST = "generateContentRequest";
  private static final String WHOLE = ":generateContent";
  private static final String STREAM = ":streamGenerateContent";
  private static final String JSON = "application/json";

  private static final ToolNames.Rule TOOL_NAMES = new ToolNames.Rule("a-zA-Z0-9_.-", 64, true);

  private final Carrier carrier;

  /** Takes what others have signed through Gemini's clients in the carrier's tokens. */
  public Gemini(Carrier carrier) {
    this.carrier = carrier;
  }

  @Override
  public Origin origin() {
    return Origin.GEMINI;
  }

  @Override
  public @Nullable Call call(String method, String path, Map<String, String> headers) {
    String bare = Call.bare(path);
    for (String root : ROOTS) {
      if (method.equals("POST") && bare.startsWith(root + "/")) {
        String rest = bare.substring(root.length() + 1);
        if (rest.endsWith(STREAM)) {
          return new Call(Call.Operation.GENERATE, model(rest, STREAM), true, !events(path));
        }
        if (rest.endsWith(COUNT)) {
          return new Call(Call.Operation.COUNT, model(rest, COUNT), false);
        }
        if (rest.endsWith(WHOLE)) {
          return new Call(Call.Operation.GENERATE, model(rest, WHOLE), false);
        }
      }
    }
    String list = ROOTS.getFirst();
    if (method.equals("GET") && bare.equals(list)) {
      return new Call(Call.Operation.MODELS, null, null);
    }
    return method.equals("GET") && bare.startsWith(list + "/")
        ? new Call(Call.Operation.MODEL, model(bare.substring(list.length() + 1), ""), null)
        : null;
  }

  /** Whether the path asks for server-sent events; without, a stream is one JSON array. */
  private static boolean events(String path) {
    int query = path.indexOf('?');
    return query >= 0 && List.of(path.substring(query + 1).split("&")).contains("alt=sse");
  }

  private static String model(String rest, String suffix) {
    String name = rest.substring(0, rest.length() - suffix.length());
    try {
      return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return name;
    }
  }

  @Override
  public Ask ask(Call call, byte[] body) throws Refusal {
    String model = call.model();
    if (model == null || model.isBlank()) {
      throw new Refusal(Failure.invalid("model", "The path names no model."));
    }
    var members = Fields.topLevel(body);
    if (call.operation() != Call.Operation.COUNT || !members.containsKey(WHOLE_REQUEST)) {
      Fields.required(members, "contents", Splice.Kind.ARRAY, Splice.Kind.OBJECT);
    }
    return Ask.of(call, model, Boolean.TRUE.equals(call.stream()), body, members, NAMES);
  }

  @Override
  public Answer refuse(Failure failure) {
    return Failures.write(failure);
  }

  @Override
  public Answer counted(long tokens) {
    return new Answer(
        200, Map.of("content-type", JSON), Json.object(c -> c.put("totalTokens", tokens)).bytes());
  }

  @Override
  public byte[] breakOff(Failure failure) {
    return Failures.breakOff(failure);
  }

  @Override
  public byte[] breakOff(Call call, Failure failure) {
    return call.array() ? Json.array(Failures.object(failure)).bytes() : Failures.breakOff(failure);
  }

  /** White space, which JSON allows before an array as well as within it. */
  @Override
  public byte[] keepAlive(Call call) {
    return call.array() ? new byte[] {'\n'} : keepAlive();
  }

  @Override
  public String streamType(Call call) {
    return call.array() ? JSON : Protocol.super.streamType(call);
  }

  @Override
  public Answer models(List<Listed> models) {
    Json.Obj list = Json.object(r -> r.put("models", models.stream().map(Gemini::entry).toList()));
    return new Answer(200, Map.of("content-type", JSON), list.bytes());
  }

  @Override
  public Answer model(Listed model) {
    return new Answer(200, Map.of("content-type", JSON), entry(model).bytes());
  }

  private static Json.Obj entry(Listed model) {
    return Json.object(
        m ->
            m.put("name", "models/" + model.id())
                .put("displayName", model.id())
                .put(
                    "supportedGenerationMethods",
                    Json.array(Json.of("generateContent"), Json.of("streamGenerateContent"))));
  }

  @Override
  public String path(String baseUrl, String model, boolean stream) {
    String name = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("%2F", "/");
    return "/models/" + name + (stream ? STREAM + "?alt=sse" : WHOLE);
  }

  @Override
  public String path(String baseUrl, String model, Call call, boolean stream) {
    String path = path(baseUrl, model, stream);
    if (call.operation() == Call.Operation.COUNT) {
      return path.replace(WHOLE, COUNT);
    }
    return stream && call.array() ? path.replace("?alt=sse", "") : path;
  }

  @Override
  public Map<String, String> headers(String credential) {
    return Map.of("x-goog-api-key", credential);
  }

  @Override
  public byte[] rename(Ask ask, String model) {
    return ask.body();
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
    return new GeminiWatch();
  }

  @Override
  public Gauge gauge() {
    return new WholeGauge(
        Set.of(AttemptLog.USAGE_METADATA, "usage_metadata"),
        usage -> Responses.usage(Names.camel(usage)));
  }

  @Override
  public Mentions pictures() {
    return new Mentions(Set.of("mimeType", "mime_type"), "image/");
  }

  @Override
  public Said said(Map<String, String> parts) {
    Json.Obj usage = Said.object(parts, AttemptLog.USAGE_METADATA);
    return new Said(
        usage == null ? null : Responses.usage(Names.camel(usage)),
        true,
        Said.End.of(parts.containsKey(AttemptLog.FINISH), parts));
  }

  @Override
  public Translator translator() {
    return this;
  }

  @Override
  public Request read(Ask ask) throws Refusal {
    byte[] body = ask.body();
    if (ask.call().operation() == Call.Operation.COUNT
        && Fields.tree(body).obj(WHOLE_REQUEST) instanceof Json.Obj whole) {
      body = whole.bytes();
    }
    return Requests.read(body, carrier);
  }

  @Override
  public boolean takesBytesAlone(Block.Kind kind, String url, Target target) {
    return Parts.refused(kind, url, Family.of(target.model())) != null;
  }

  @Override
  public ToolNames.Rule toolNames() {
    return TOOL_NAMES;
  }

  @Override
  public Written write(Request asked, Target target) {
    Request request = ToolNames.of(asked, origin(), toolNames()).there(asked);
    return Draft.write(request, target);
  }

  @Override
  public Response readAnswer(byte[] body) throws Refusal {
    return Responses.read(body);
  }

  @Override
  public Written writeAnswer(Response response, Ask ask, Stamp stamp) {
    return Responses.write(response, ask, stamp, carrier);
  }

  @Override
  public Reader reader() {
    return new dev.sluice.protocol.gemini.Reader();
  }

  @Override
  public Writer writer(Ask ask, Stamp stamp) {
    return new dev.sluice.protocol.gemini.Writer(ask, carrier, stamp);
  }
}
