package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Block.Kind;
import dev.sluice.conversation.Block.Source;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.protocol.FileType;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a content, the same in requests and answers.
 *
 * @see <a href="https://ai.google.dev/api/caching#Part">Gemini API, Part</a>
 */
final class Parts {
  private static final String LEVEL = "MEDIA_RESOLUTION_";
  private static final String SIGNATURE = "thoughtSignature";

  private Parts() {}

  // ---- reading

  /**
   * A part as a block; a tool's result is read by who knows the calls.
   *
   * @param part with its members in camel case
   * @param signature what its signature stands for; null: none
   * @param id the call's where the part says none
   */
  static Block block(Json.Obj part, @Nullable Signature signature, String id) {
    boolean thought = part.isTrue("thought");
    String text = part.text("text");
    if (text != null) {
      Extra extra = new Names().keep("", part, Set.of("text", "thought", SIGNATURE)).extra();
      return thought
          ? new Block.Thinking(text, signature, extra)
          : new Block.Text(text, List.of(), signature, null, extra);
    }
    Json.Obj call = Names.obj(part, "functionCall");
    if (call != null && !thought) {
      Json arguments = call.get("args");
      String said = call.text("id", "");
      return new Block.ToolCall(
          said.isEmpty() ? id : said,
          call.text("name", ""),
          arguments == null ? "{}" : arguments.text(),
          false,
          signature,
          null,
          new Names()
              .keep("", part, Set.of("functionCall", "thought", SIGNATURE))
              .keep("functionCall.", call, Set.of("id", "name", "args"))
              .extra());
    }
    Block.Media media = thought ? null : media(part);
    return media == null ? new Block.Opaque(Origin.GEMINI, part.text()) : media.signed(signature);
  }

  /** A part that holds a medium; null where it holds none. */
  static Block.@Nullable Media media(Json.Obj part) {
    Json.Obj resolution = Names.obj(part, "mediaResolution");
    String level = resolution == null ? null : resolution.text("level");
    boolean plain = resolution != null && level != null && level.startsWith(LEVEL);
    String detail =
        plain && level != null ? level.substring(LEVEL.length()).toLowerCase(Locale.ROOT) : null;
    Names rest =
        new Names()
            .keep(
                "",
                part,
                plain
                    ? Set.of("inlineData", "fileData", "thought", SIGNATURE, "mediaResolution")
                    : Set.of("inlineData", "fileData", "thought", SIGNATURE));
    if (plain) {
      rest.keep("mediaResolution.", resolution, Set.of("level"));
    }
    Json.Obj inline = Names.obj(part, "inlineData");
    if (inline != null) {
      String type = inline.text("mimeType", "");
      rest.keep("inlineData.", inline, Set.of("mimeType", "data", "displayName"));
      return new Block.Media(
          Kind.of(type),
          new Source.Inline(type, inline.text("data", "")),
          inline.text("displayName"),
          detail,
          null,
          rest.extra());
    }
    Json.Obj file = Names.obj(part, "fileData");
    String uri = file == null ? null : file.text("fileUri");
    if (file == null || uri == null) {
      return null;
    }
    String said = file.text("mimeType");
    String guess = FileType.of(uri);
    String type = said != null ? said : guess != null ? guess : "";
    boolean kept = uri.startsWith("gs://") || uri.contains("generativelanguage.googleapis.com/");
    boolean derived = said == null || (!kept && said.equals(guess));
    rest.keep(
        "fileData.",
        file,
        derived ? Set.of("fileUri", "displayName", "mimeType") : Set.of("fileUri", "displayName"));
    return new Block.Media(
        youTube(uri) ? Kind.VIDEO : Kind.of(type),
        kept ? new Source.File(uri, Origin.GEMINI) : new Source.Url(uri),
        file.text("displayName"),
        detail,
        null,
        rest.extra());
  }

  private static boolean youTube(String url) {
    return url.matches("https?://(www\\.|m\\.)?(youtube\\.com|youtu\\.be)/.*");
  }

  // ---- writing

  /** The part of a text, be it thought. */
  static Json.Obj text(
      String text,
      boolean thought,
      @Nullable String signature,
      @Nullable Extra extra,
      String path,
      List<Loss> losses) {
    return Json.object(
        p -> {
          p.put("text", text)
              .put("thought", thought ? Boolean.TRUE : null)
              .put(SIGNATURE, signature);
          Names.restore(extra, path, p, Map.of(), losses);
        });
  }

  /** The part of a text and nothing else. */
  static Json.Obj text(String text) {
    return Json.object(p -> p.put("text", text));
  }

  /**
   * The part of a call.
   *
   * @param id empty: none
   */
  static Json.Obj call(
      String id,
      String name,
      Json arguments,
      @Nullable String signature,
      @Nullable Extra extra,
      String path,
      List<Loss> losses) {
    var call = new Json.Builder();
    var part = new Json.Builder();
    call.put("id", id.isEmpty() ? null : id).put("name", name).put("args", arguments);
    Names.restore(extra, path, part, Map.of("functionCall", call), losses);
    return Json.object(
        p -> p.put("functionCall", call.build()).put(SIGNATURE, signature).all(part.build()));
  }

  /** A call's arguments, which must be an object here. */
  static Json arguments(String arguments, String path, List<Loss> losses) {
    if (arguments.isBlank()) {
      return Json.empty();
    }
    if (object(arguments) instanceof Json.Obj object) {
      return object;
    }
    losses.add(new Loss(path + ".input", "arguments that are no JSON object were wrapped in one"));
    return Json.object(o -> o.put("arguments", arguments));
  }

  /** A text as a JSON object; null where it is none. */
  static Json.@Nullable Obj object(String text) {
    String begin = text.stripLeading();
    if (!begin.startsWith("{")) {
      return null;
    }
    try {
      return Json.parse(text) instanceof Json.Obj object ? object : null;
    } catch (Malformed e) {
      return null;
    }
  }

  /**
   * The part of a medium; null where Gemini takes no such one, with the loss.
   *
   * @param own whether it came in this protocol
   * @param signature what it is signed with; null: nothing
   */
  static Json.@Nullable Obj media(
      Block.Media media,
      Family family,
      boolean own,
      @Nullable String signature,
      String path,
      List<Loss> losses) {
    var inline = new Json.Builder();
    var file = new Json.Builder();
    var resolution = new Json.Builder();
    var part = new Json.Builder();
    String why = source(media, family, own, inline, file);
    if (why != null) {
      losses.add(new Loss(path, why));
      return null;
    }
    String name = media.name();
    if (name != null) {
      if (!own) {
        losses.add(new Loss(path + ".name", "Gemini takes no file names"));
      } else if (media.source() instanceof Source.Inline) {
        inline.put("displayName", name);
      } else {
        file.put("displayName", name);
      }
    }
    String detail = media.detail();
    if (detail != null && !detail.equals("auto")) {
      if (own || (family.three() && Set.of("low", "medium", "high").contains(detail))) {
        resolution.put("level", LEVEL + detail.toUpperCase(Locale.ROOT));
      } else {
        losses.add(new Loss(path + ".detail", "this model looks at every medium alike"));
      }
    }
    Names.restore(
        media.extra(),
        path,
        part,
        Map.of("inlineData", inline, "fileData", file, "mediaResolution", resolution),
        losses);
    return Json.object(
        p -> {
          for (var member :
              Map.of("inlineData", inline, "fileData", file, "mediaResolution", resolution)
                  .entrySet()
                  .stream()
                  .sorted(Map.Entry.comparingByKey())
                  .toList()) {
            Json.Obj object = member.getValue().build();
            if (!object.members().isEmpty()) {
              p.put(member.getKey(), object);
            }
          }
          p.put(SIGNATURE, signature).all(part.build());
        });
  }

  private static @Nullable String source(
      Block.Media media, Family family, boolean own, Json.Builder inline, Json.Builder file) {
    return switch (media.source()) {
      case Source.Inline(String type, String base64) -> {
        inline.put("mimeType", type).put("data", base64);
        yield null;
      }
      case Source.File kept -> {
        file.put("fileUri", kept.id());
        yield kept.knownTo(Origin.GEMINI) ? null : "only its own provider has this file";
      }
      case Source.Url(String url) -> {
        String type = FileType.of(url);
        file.put("mimeType", type).put("fileUri", url);
        yield own ? null : refused(media.kind(), url, family);
      }
    };
  }

  /** Why a model does not fetch an address by itself; null where it does. */
  static @Nullable String refused(Kind kind, String url, Family family) {
    if (youTube(url) || url.startsWith("gs://")) {
      return null;
    }
    return !family.fetches()
        ? "this model fetches no addresses"
        : kind == Kind.AUDIO || kind == Kind.VIDEO
            ? "Gemini fetches neither sound nor film"
            : url.startsWith("https://") || url.startsWith("http://")
                ? null
                : "Gemini fetches no such address";
  }

  /** Another protocol's signature is none here. */
  static boolean foreign(@Nullable Signature signature) {
    return signature != null && signature.origin() != Origin.GEMINI;
  }
}
