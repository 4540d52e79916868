package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Block.Source;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.FileType;
import dev.sluice.protocol.OpenAi;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parts that the content of a message, the output of a tool and an answer are made of.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI, create a
 *     response</a>
 */
final class Parts {
  private static final String DEFAULT_DETAIL = "auto";

  private Parts() {}

  // ---- reading

  /** A message's or a tool output's content, which is a text or a list of parts. */
  static List<Block> read(@Nullable Json content, String path) throws Refusal {
    return switch (content) {
      case Json.Str(String text) -> List.of(new Block.Text(text));
      case Json.Arr(List<Json> parts) -> {
        var blocks = new ArrayList<Block>();
        for (int i = 0; i < parts.size(); i++) {
          String at = path + "[" + i + "]";
          if (!(parts.get(i) instanceof Json.Obj part)) {
            throw new Refusal(Failure.invalid(at, "A content part must be an object."));
          }
          blocks.add(part(part, at));
        }
        yield blocks;
      }
      case null -> throw missing(path);
      default ->
          throw new Refusal(Failure.invalid(path, "'" + path + "' must be a string or an array."));
    };
  }

  static Refusal missing(String path) {
    return new Refusal(Failure.invalid(path, "Missing required parameter: '" + path + "'."));
  }

  private static Block part(Json.Obj part, String path) throws Refusal {
    CacheMark cache = part.obj("prompt_cache_breakpoint") == null ? null : new CacheMark(null);
    return switch (part.text("type", "")) {
      case "input_text", "text", "summary_text" ->
          new Block.Text(
              required(part, "text", path),
              cache,
              Fields.unknown(
                  Origin.RESPONSES, part, Set.of("type", "text", "prompt_cache_breakpoint")));
      case "output_text" -> {
        required(part, "text", path);
        yield outputText(part);
      }
      case "refusal" ->
          new Block.Refusal(
              required(part, "refusal", path),
              Fields.unknown(Origin.RESPONSES, part, Set.of("type", "refusal")));
      case "input_image" -> image(part, cache);
      case "input_file" -> file(part, cache);
      case "input_audio" -> audio(part);
      default -> new Block.Opaque(Origin.RESPONSES, part.text());
    };
  }

  /** A piece of an answer's text with what it rests on. */
  static Block.Text outputText(Json.Obj part) {
    var citations = new ArrayList<Citation>();
    for (Json annotation : part.items("annotations")) {
      if (annotation instanceof Json.Obj object) {
        citations.add(citation(object));
      }
    }
    return new Block.Text(
        part.text("text", ""),
        citations,
        null,
        null,
        Fields.unknown(Origin.RESPONSES, part, Set.of("type", "text", "annotations", "logprobs")));
  }

  private static Block image(Json.Obj part, @Nullable CacheMark cache) {
    String url = part.text("image_url");
    String id = part.text("file_id");
    if (url == null && id == null) {
      return new Block.Opaque(Origin.RESPONSES, part.text());
    }
    return new Block.Media(
        Block.Kind.IMAGE,
        url != null ? Source.of(url) : new Source.File(String.valueOf(id), Origin.RESPONSES),
        null,
        part.text("detail"),
        cache,
        Fields.unknown(
            Origin.RESPONSES,
            part,
            Set.of("type", "image_url", "file_id", "detail", "prompt_cache_breakpoint")));
  }

  private static Block file(Json.Obj part, @Nullable CacheMark cache) {
    String data = part.text("file_data");
    String id = part.text("file_id");
    String url = part.text("file_url");
    String name = part.text("filename");
    Source source;
    if (data != null) {
      source =
          Source.of(data) instanceof Source.Inline inline
              ? inline
              : new Source.Inline(typeOf(name), data);
    } else if (id != null) {
      source = new Source.File(id, Origin.RESPONSES);
    } else if (url != null) {
      source = Source.of(url);
    } else {
      return new Block.Opaque(Origin.RESPONSES, part.text());
    }
    return new Block.Media(
        Block.Kind.DOCUMENT,
        source,
        name,
        part.text("detail"),
        cache,
        Fields.unknown(
            Origin.RESPONSES,
            part,
            Set.of(
                "type",
                "file_data",
                "file_id",
                "file_url",
                "filename",
                "detail",
                "prompt_cache_breakpoint")));
  }

  /** What a file's name says of its type where its data do not. */
  private static String typeOf(@Nullable String name) {
    String type = name == null ? null : FileType.of(name);
    return type == null ? "application/pdf" : type;
  }

  private static Block audio(Json.Obj part) {
    Json.Obj audio = part.obj("input_audio");
    String data = audio == null ? null : audio.text("data");
    if (audio == null || data == null) {
      return new Block.Opaque(Origin.RESPONSES, part.text());
    }
    String format = audio.text("format", "wav");
    return new Block.Media(
        Block.Kind.AUDIO,
        new Source.Inline("audio/" + (format.equals("mp3") ? "mpeg" : format), data),
        null,
        null,
        null,
        Fields.unknown(Origin.RESPONSES, part, Set.of("type", "input_audio")));
  }

  /** An annotation of an answer's text. */
  static Citation citation(Json.Obj annotation) {
    Long index = annotation.integer("index");
    Long start = annotation.integer("start_index");
    return new Citation(
        start == null ? index : start,
        annotation.integer("end_index"),
        annotation.text("url"),
        annotation.text("title", annotation.text("filename", "")).isEmpty()
            ? null
            : annotation.text("title", annotation.text("filename", "")),
        null,
        Origin.RESPONSES,
        annotation.text());
  }

  /** The likelihoods of an answer's tokens. */
  static List<Likelihood> likelihoods(List<Json> logprobs) {
    var likelihoods = new ArrayList<Likelihood>();
    for (Json each : logprobs) {
      if (each instanceof Json.Obj token
          && token.get("logprob") instanceof Json.Num(String logprob)) {
        likelihoods.add(
            new Likelihood(
                token.text("token", ""), logprob, likelihoods(token.items("top_logprobs"))));
      }
    }
    return likelihoods;
  }

  static String required(Json.Obj object, String name, String path) throws Refusal {
    String text = object.text(name);
    if (text == null) {
      throw missing(path + "." + name);
    }
    return text;
  }

  // ---- writing

  /**
   * A part of what a model reads; null where there is none such.
   *
   * @param own whether it stood in a Responses request, so that no default needs to be filled in
   */
  static @Nullable Json input(
      Block block, OpenAi model, boolean own, String path, List<Loss> losses) {
    return switch (block) {
      case Block.Text text -> {
        Json point = own ? null : model.point(text.cache(), path, losses);
        plain(text, own || point != null, path, losses);
        yield Json.object(
            part -> {
              part.put("type", "input_text")
                  .put("text", text.text())
                  .put("prompt_cache_breakpoint", point);
              Fields.restore(text.extra(), Origin.RESPONSES, path, part, losses);
            });
      }
      case Block.Refusal(String text, var extra) ->
          Json.object(
              part -> {
                part.put("type", own ? "refusal" : "input_text")
                    .put(own ? "refusal" : "text", text);
                Fields.restore(extra, Origin.RESPONSES, path, part, losses);
              });
      case Block.Media media -> media(media, model, own, path, losses);
      case Block.Opaque(Origin origin, String raw) when origin == Origin.RESPONSES ->
          Fields.value(raw);
      case Block.Opaque _,
          Block.Thinking _,
          Block.Redacted _,
          Block.ToolCall _,
          Block.ToolResult _ -> {
        losses.add(new Loss(path, "Responses has no place for it in this message"));
        yield null;
      }
    };
  }

  /** Lists what a text has that no request takes. */
  static void plain(Block.Text text, boolean marked, String path, List<Loss> losses) {
    if (text.cache() != null && !marked) {
      losses.add(new Loss(path + ".cache_control", "Responses caches by itself"));
    }
    if (text.signature() != null) {
      losses.add(new Loss(path + ".signature", "Responses has no place for it"));
    }
  }

  private static @Nullable Json media(
      Block.Media media, OpenAi model, boolean own, String path, List<Loss> losses) {
    Json point = own ? null : model.point(media.cache(), path, losses);
    if (media.cache() != null && !own && point == null) {
      losses.add(new Loss(path + ".cache_control", "Responses caches by itself"));
    }
    if (media.source() instanceof Source.File file && !file.knownTo(Origin.RESPONSES)) {
      losses.add(new Loss(path, "only its own provider has this file"));
      return null;
    }
    return switch (media.kind()) {
      case IMAGE -> image(media, point, own, path, losses);
      case DOCUMENT -> document(media, point, own, path, losses);
      case AUDIO -> audio(media, own, path, losses);
      case VIDEO -> {
        losses.add(new Loss(path, "Responses takes no video"));
        yield null;
      }
    };
  }

  private static Json image(
      Block.Media media, @Nullable Json point, boolean own, String path, List<Loss> losses) {
    return Json.object(
        part -> {
          part.put("type", "input_image").put("prompt_cache_breakpoint", point);
          switch (media.source()) {
            case Source.Url(String url) -> part.put("image_url", url);
            case Source.Inline inline -> part.put("image_url", inline.url());
            case Source.File file -> part.put("file_id", file.id());
          }
          part.put("detail", media.detail() == null && !own ? DEFAULT_DETAIL : media.detail());
          Fields.restore(media.extra(), Origin.RESPONSES, path, part, losses);
        });
  }

  private static Json document(
      Block.Media media, @Nullable Json point, boolean own, String path, List<Loss> losses) {
    return Json.object(
        part -> {
          part.put("type", "input_file").put("prompt_cache_breakpoint", point);
          switch (media.source()) {
            case Source.Url(String url) -> part.put("file_url", url);
            case Source.File file -> part.put("file_id", file.id());
            case Source.Inline inline ->
                part.put("filename", own ? media.name() : FileType.name(media.name(), inline))
                    .put("file_data", inline.url());
          }
          if (own && !(media.source() instanceof Source.Inline)) {
            part.put("filename", media.name());
          } else if (media.name() != null && !(media.source() instanceof Source.Inline)) {
            losses.add(new Loss(path + ".name", "only a file in the request itself has a name"));
          }
          part.put("detail", media.detail());
          Fields.restore(media.extra(), Origin.RESPONSES, path, part, losses);
        });
  }

  /** Sound has no place in the published schema; it goes back to where it came from. */
  private static @Nullable Json audio(
      Block.Media media, boolean own, String path, List<Loss> losses) {
    if (own && media.source() instanceof Source.Inline(String type, String base64)) {
      String format =
          switch (type.substring(type.indexOf('/') + 1)) {
            case "mpeg", "mp3" -> "mp3";
            case "wav", "wave", "x-wav" -> "wav";
            default -> null;
          };
      if (format != null) {
        return Json.object(
            part -> {
              part.put("type", "input_audio")
                  .put(
                      "input_audio",
                      Json.object(audio -> audio.put("data", base64).put("format", format)));
              Fields.restore(media.extra(), Origin.RESPONSES, path, part, losses);
            });
      }
    }
    losses.add(new Loss(path, "Responses takes no sound"));
    return null;
  }

  /** The annotation that says so; null where Responses has none such. */
  static Json.@Nullable Obj annotation(Citation citation, long start, long end) {
    if (citation.origin() == Origin.RESPONSES) {
      return Fields.value(citation.raw()) instanceof Json.Obj raw ? raw : null;
    }
    String url = citation.url();
    String title = citation.title();
    return url == null
        ? null
        : Json.object(
            a ->
                a.put("type", "url_citation")
                    .put("start_index", Long.valueOf(start))
                    .put("end_index", Long.valueOf(end))
                    .put("url", url)
                    .put("title", title == null ? url : title));
  }

  /** A part of an answer's text. */
  static Json.Obj outputText(String text, List<Json> annotations, List<Json> logprobs) {
    return Json.object(
        part ->
            part.put("type", "output_text")
                .put("text", text)
                .put("annotations", annotations)
                .put("logprobs", logprobs));
  }

  /** The model's word that it will not answer. */
  static Json.Obj refusal(String text) {
    return Json.object(part -> part.put("type", "refusal").put("refusal", text));
  }

  /** The likelihoods as an answer's text tells them. */
  static List<Json> logprobs(List<Likelihood> likelihoods) {
    var logprobs = new ArrayList<Json>();
    for (Likelihood each : likelihoods) {
      Json.Obj plain = logprob(each);
      logprobs.add(
          Json.object(
              o ->
                  o.all(plain)
                      .put("top_logprobs", each.top().stream().map(Parts::logprob).toList())));
    }
    return logprobs;
  }

  /** The same as a stream's events tell them, which is without the bytes. */
  static List<Json> withoutBytes(List<Json> logprobs) {
    return logprobs.stream().map(Parts::withoutBytes).toList();
  }

  private static Json withoutBytes(Json logprob) {
    return logprob instanceof Json.Obj each
        ? Json.object(
            o -> {
              o.all(each.without(Set.of("bytes", "top_logprobs")));
              if (each.get("top_logprobs") != null) {
                o.put("top_logprobs", withoutBytes(each.items("top_logprobs")));
              }
            })
        : logprob;
  }

  private static Json.Obj logprob(Likelihood likelihood) {
    var bytes = new ArrayList<Json>();
    for (byte b : likelihood.token().getBytes(StandardCharsets.UTF_8)) {
      bytes.add(Json.of(b & 0xffL));
    }
    return Json.object(
        o ->
            o.put("token", likelihood.token())
                .put("bytes", bytes)
                .put("logprob", new Json.Num(likelihood.logprob())));
  }
}
