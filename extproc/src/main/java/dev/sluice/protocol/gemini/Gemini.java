package dev.sluice.protocol.gemini;

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
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gemini generateContent. The model and whether to stream are in the path.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generating content</a>
 */
public final class Gemini implements Protocol {
  private static final List<String> ROOTS = List.of("/v1beta/models", "/v1/models");
  private static final String WHOLE = ":generateContent";
  private static final String STREAM = ":streamGenerateContent";

  @Override
  public Origin origin() {
    return Origin.GEMINI;
  }

  @Override
  public @Nullable Call call(String method, String path, Map<String, String> headers) {
    String bare = path.indexOf('?') < 0 ? path : path.substring(0, path.indexOf('?'));
    for (String root : ROOTS) {
      if (method.equals("POST") && bare.startsWith(root + "/")) {
        String rest = bare.substring(root.length() + 1);
        if (rest.endsWith(STREAM)) {
          return new Call(Call.Operation.GENERATE, model(rest, STREAM), true);
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
    Fields.required(Fields.topLevel(body), "contents", Splice.Kind.ARRAY, Splice.Kind.OBJECT);
    return new Ask(call, model, Boolean.TRUE.equals(call.stream()), body);
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
    Json.Obj list = Json.object(r -> r.put("models", models.stream().map(Gemini::entry).toList()));
    return new Answer(200, Map.of("content-type", "application/json"), list.bytes());
  }

  @Override
  public Answer model(Listed model) {
    return new Answer(200, Map.of("content-type", "application/json"), entry(model).bytes());
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
  public Map<String, String> headers(String credential) {
    return Map.of("x-goog-api-key", credential);
  }

  @Override
  public boolean forwards(String header) {
    return false;
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
    Json json;
    try {
      json = Json.parse(body);
    } catch (Malformed e) {
      return Unreadable.noJson(body, String.valueOf(e.getMessage()));
    }
    Failure failure = Failures.error(json, 0);
    if (failure != null) {
      return failure;
    }
    return json instanceof Json.Obj root && GeminiWatch.begun(root)
        ? null
        : Unreadable.noAnswer("a candidate");
  }

  @Override
  public Watch watch() {
    return new GeminiWatch();
  }

  @Override
  public @Nullable Translator translator() {
    return null;
  }
}
