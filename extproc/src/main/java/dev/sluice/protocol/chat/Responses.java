package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Tier;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whole Chat Completions answers to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/object">OpenAI, the chat
 *     completion object</a>
 */
final class Responses {
  private static final Set<String> ROOT =
      Set.of("id", "object", "created", "model", "choices", "usage", "service_tier");

  private Responses() {}

  private record Chosen(Json.Obj root, Json.Obj choice, Json.Obj message) {}

  private static Chosen choice(byte[] body) throws Refusal {
    Json.Obj root = Unreadable.object(Unreadable.json(body));
    Failure failure = Failures.error(root, 0);
    if (failure != null) {
      throw new Refusal(failure);
    }
    if (!root.items("choices").isEmpty()
        && root.items("choices").getFirst() instanceof Json.Obj choice
        && choice.obj("message") instanceof Json.Obj message) {
      return new Chosen(root, choice, message);
    }
    throw new Refusal(Unreadable.noAnswer("a choice"));
  }

  static Response read(byte[] body) throws Refusal {
    Chosen chosen = choice(body);
    Json.Obj root = chosen.root();
    Json.Obj message = chosen.message();
    var losses = new ArrayList<Loss>();
    for (int i = 1; i < root.items("choices").size(); i++) {
      losses.add(new Loss("choices[" + i + "]", "only one answer is carried between protocols"));
    }
    var blocks = new ArrayList<Block>();
    String thought = thought(message);
    if (thought != null && !thought.isEmpty()) {
      blocks.add(new Block.Thinking(thought, null, null));
    }
    said(message, blocks, losses);
    String refusal = message.text("refusal");
    if (refusal != null) {
      blocks.add(new Block.Refusal(refusal, null));
    }
    for (Json json : message.items("images")) {
      if (json instanceof Json.Obj part && image(part) instanceof Block.Media image) {
        blocks.add(image);
      }
    }
    Json.Obj audio = message.obj("audio");
    if (audio != null) {
      blocks.addAll(audio(audio, message.text("content", "").isEmpty()));
    }
    boolean calls = false;
    for (Json json : message.items("tool_calls")) {
      if (json instanceof Json.Obj call) {
        calls = true;
        blocks.add(call(call));
      }
    }
    Json.Obj odds = chosen.choice().obj("logprobs");
    return new Response(
        root.text("id", ""),
        root.text("model", ""),
        blocks,
        stop(chosen.choice().text("finish_reason", "stop"), refusal != null, calls),
        null,
        usage(root.obj("usage")),
        odds == null ? List.of() : likelihoods(odds.items("content")),
        root.text("service_tier"),
        losses,
        Fields.unknown(
            Origin.CHAT,
            Json.object(r -> r.all(root).put("message", message)),
            ROOT,
            "message",
            Set.of(
                "role",
                "content",
                "refusal",
                "tool_calls",
                "annotations",
                "audio",
                "images",
                thoughtName(message))));
  }

  private static void said(Json.Obj message, List<Block> blocks, List<Loss> losses) {
    List<Citation> citations = citations(message.items("annotations"), losses);
    switch (message.get("content")) {
      case Json.Str(String text) when !text.isEmpty() ->
          blocks.add(new Block.Text(text, citations, null, null, null));
      case Json.Arr(List<Json> parts) -> {
        for (Json part : parts) {
          if (part instanceof Json.Obj object && object.text("text") instanceof String text) {
            blocks.add(new Block.Text(text, citations, null, null, null));
            citations = List.of();
          }
        }
      }
      case null, default -> {}
    }
  }

  static List<Citation> citations(List<Json> annotations, List<Loss> losses) {
    var citations = new ArrayList<Citation>();
    for (Json json : annotations) {
      if (json instanceof Json.Obj note && note.obj("url_citation") instanceof Json.Obj url) {
        citations.add(
            new Citation(
                url.integer("start_index"),
                url.integer("end_index"),
                url.text("url"),
                url.text("title"),
                null,
                Origin.CHAT,
                note.text()));
      } else {
        losses.add(new Loss("annotations", "an annotation that the model has no word for"));
      }
    }
    return citations;
  }

  static Block.@Nullable Media image(Json.Obj part) {
    Json.Obj image = part.obj("image_url");
    String url = image == null ? null : image.text("url");
    return url == null
        ? null
        : new Block.Media(Block.Kind.IMAGE, Block.Source.of(url), null, null, null, null);
  }

  /** Sound, with what is said in it as text where the message has no other. */
  static List<Block> audio(Json.Obj audio, boolean silent) {
    var blocks = new ArrayList<Block>();
    String transcript = audio.text("transcript", "");
    boolean told = silent && !transcript.isEmpty();
    if (told) {
      blocks.add(new Block.Text(transcript));
    }
    String data = audio.text("data", "");
    if (!data.isEmpty()) {
      blocks.add(
          new Block.Media(
              Block.Kind.AUDIO,
              new Block.Source.Inline(heard(data), data),
              null,
              null,
              null,
              Fields.unknown(
                  Origin.CHAT, audio, told ? Set.of("data", "transcript") : Set.of("data"))));
    }
    return blocks;
  }

  /** The answer does not say its sound's format; its first bytes do. */
  private static String heard(String base64) {
    return base64.startsWith("UklGR")
        ? "audio/wav"
        : base64.startsWith("T2dn")
            ? "audio/ogg"
            : base64.startsWith("ZkxhQ")
                ? "audio/flac"
                : base64.startsWith("SUQz") || base64.startsWith("//") ? "audio/mpeg" : "audio/pcm";
  }

  private static Block call(Json.Obj call) {
    boolean custom = call.obj("custom") != null;
    String kind = custom ? "custom" : "function";
    Json.Obj inside = call.obj(kind);
    String value = custom ? "input" : "arguments";
    return new Block.ToolCall(
        call.text("id", ""),
        inside == null ? "" : inside.text("name", ""),
        inside == null ? "{}" : inside.text(value, custom ? "" : "{}"),
        custom,
        null,
        null,
        Fields.unknown(
            Origin.CHAT, call, Set.of("id", "type", "index"), kind, Set.of("name", value)));
  }

  static List<Likelihood> likelihoods(List<Json> items) {
    var likelihoods = new ArrayList<Likelihood>();
    for (Json item : items) {
      if (item instanceof Json.Obj one && Fields.lexeme(one.get("logprob")) instanceof String p) {
        likelihoods.add(
            new Likelihood(one.text("token", ""), p, likelihoods(one.items("top_logprobs"))));
      }
    }
    return likelihoods;
  }

  static Json.Obj odds(List<Likelihood> likelihoods) {
    return Json.object(
        o ->
            o.put("content", likelihoods.stream().map(each -> odds(each, true)).toList())
                .put("refusal", Json.nil()));
  }

  private static Json.Obj odds(Likelihood one, boolean withTop) {
    return Json.object(
        o -> {
          byte[] bytes = one.token().getBytes(StandardCharsets.UTF_8);
          var values = new ArrayList<Json>();
          for (byte b : bytes) {
            values.add(Json.of(Byte.toUnsignedInt(b)));
          }
          o.put("token", one.token())
              .put("logprob", Fields.number(one.logprob()))
              .put("bytes", values);
          if (withTop) {
            o.put("top_logprobs", one.top().stream().map(each -> odds(each, false)).toList());
          }
        });
  }

  /** DeepSeek and others say {@code reasoning_content}, OpenRouter and vLLM {@code reasoning}. */
  static @Nullable String thought(Json.Obj message) {
    return message.text(thoughtName(message));
  }

  static String thoughtName(Json.Obj message) {
    return message.text("reasoning_content") == null && message.text("reasoning") != null
        ? "reasoning"
        : "reasoning_content";
  }

  static Stop stop(String reason, boolean refused, boolean calls) {
    return switch (reason) {
      case "length" -> Stop.LENGTH;
      case "tool_calls", "function_call" -> Stop.TOOL_CALLS;
      case "content_filter" -> Stop.FILTER;
      default -> calls ? Stop.TOOL_CALLS : refused ? Stop.FILTER : Stop.END;
    };
  }

  /** What the finish reason cannot say. */
  static void lost(Stop stop, @Nullable String sequence, List<Loss> losses) {
    if (sequence != null) {
      losses.add(new Loss("stop_sequence", "Chat Completions does not say which one it was"));
    }
    if (stop == Stop.PAUSE) {
      losses.add(new Loss("stop_reason", "Chat Completions has no word for a paused turn"));
    }
  }

  /**
   * The finish reason.
   *
   * @param declined whether the message says that the model would not answer; what a filter left
   *     out is said by a reason of its own, at which OpenAI's SDKs raise an error
   */
  static String reason(Stop stop, boolean declined) {
    return switch (stop) {
      case END, SEQUENCE, PAUSE -> "stop";
      case LENGTH -> "length";
      case TOOL_CALLS -> "tool_calls";
      case FILTER -> declined ? "stop" : "content_filter";
    };
  }

  /** {@code prompt_tokens} holds the cached ones too. */
  static Usage usage(Json.@Nullable Obj usage) {
    if (usage == null) {
      return Usage.NONE;
    }
    Json.Obj prompt = usage.obj("prompt_tokens_details");
    Json.Obj completion = usage.obj("completion_tokens_details");
    long total = number(usage, "prompt_tokens");
    // DeepSeek counts what its cache had beside the details.
    long cached =
        prompt == null ? number(usage, "prompt_cache_hit_tokens") : number(prompt, "cached_tokens");
    long written = prompt == null ? 0 : number(prompt, "cache_write_tokens");
    return new Usage(
        Math.max(0, total - cached - written),
        cached,
        written,
        number(usage, "completion_tokens"),
        completion == null ? null : completion.integer("reasoning_tokens"),
        null,
        prompt == null ? null : prompt.integer("audio_tokens"),
        completion == null ? null : completion.integer("audio_tokens"),
        null);
  }

  private static long number(Json.Obj object, String name) {
    Long value = object.integer(name);
    return value == null ? 0 : value;
  }

  static Json.Obj usage(Usage usage) {
    return Json.object(
        u -> {
          u.put("prompt_tokens", usage.prompt())
              .put("completion_tokens", usage.output())
              .put("total_tokens", usage.prompt() + usage.output())
              .put(
                  "prompt_tokens_details",
                  Json.object(
                      d -> {
                        d.put("cached_tokens", usage.cacheRead());
                        if (usage.cacheWrite() > 0) {
                          d.put("cache_write_tokens", usage.cacheWrite());
                        }
                        d.put("audio_tokens", usage.audioInput());
                      }));
          if (usage.reasoning() != null || usage.audioOutput() != null) {
            u.put(
                "completion_tokens_details",
                Json.object(
                    d ->
                        d.put("reasoning_tokens", usage.reasoning())
                            .put("audio_tokens", usage.audioOutput())));
          }
        });
  }

  /** One answer on its way to one client. */
  static final class Writing {
    private final Protocol.Stamp stamp;
    private final Set<String> custom;
    private final List<Loss> losses = new ArrayList<>();
    private final StringBuilder thoughts = new StringBuilder();
    private final StringBuilder said = new StringBuilder();
    private final List<Json> annotations = new ArrayList<>();
    private final List<Json> images = new ArrayList<>();
    private final List<Json> calls = new ArrayList<>();
    private final Pending pending;
    private @Nullable String declined;
    private final Sound sound = new Sound();
    private @Nullable String heard;
    private Json.@Nullable Obj audio;

    /**
     * Writes for this client.
     *
     * @param custom the names of its tools that take plain text
     */
    Writing(Carrier carrier, Protocol.Stamp stamp, Set<String> custom) {
      this.stamp = stamp;
      this.custom = custom;
      this.pending = new Pending(carrier, stamp.issuer());
    }

    Written write(Response response) {
      losses.addAll(response.losses());
      for (int i = 0; i < response.blocks().size(); i++) {
        block(response.blocks().get(i), "content[" + i + "]");
      }
      pending.end(losses);
      lost(response.stop(), response.sequence(), losses);
      Fields.lost(response.usage(), Origin.CHAT, losses);
      String tier = response.tier() == null ? null : Tier.openAi(response.tier());
      if (tier == null && response.tier() != null) {
        losses.add(new Loss("service_tier", "Chat Completions has no tier of that name"));
      }
      var inside = new Json.Builder();
      message(inside);
      Json.Obj root =
          Json.object(
              r -> {
                r.put("id", id(response.id(), stamp))
                    .put("object", "chat.completion")
                    .put("created", stamp.seconds())
                    .put("model", response.model());
                var outer = new Json.Builder();
                Fields.restore(response.extra(), Origin.CHAT, "", outer, "message", inside, losses);
                r.put("choices", Json.array(choice(response, declined != null, inside.build())))
                    .put("usage", usage(response.usage()))
                    .put("service_tier", tier)
                    .all(outer.build());
              });
      return new Written(root.bytes(), losses);
    }

    private static Json.Obj choice(Response response, boolean declined, Json.Obj message) {
      return Json.object(
          c ->
              c.put("index", 0L)
                  .put("message", message)
                  .put(
                      "logprobs",
                      response.likelihoods().isEmpty() ? Json.nil() : odds(response.likelihoods()))
                  .put("finish_reason", reason(response.stop(), declined)));
    }

    private void message(Json.Builder into) {
      boolean silent = said.isEmpty() && (!calls.isEmpty() || declined != null || audio != null);
      into.put("role", "assistant")
          .put("content", silent ? Json.nil() : Json.of(said.toString()))
          .put("reasoning_content", thoughts.isEmpty() ? null : thoughts.toString())
          .put("refusal", declined == null ? Json.nil() : Json.of(declined))
          .put("annotations", annotations.isEmpty() ? null : new Json.Arr(annotations));
      if (!images.isEmpty()) {
        into.put("images", images);
      }
      Json.Obj spoken = audio;
      if (spoken != null) {
        into.put("audio", Json.object(a -> a.all(spoken).put("data", sound.base64())));
      }
      if (!calls.isEmpty()) {
        into.put("tool_calls", calls);
      }
    }

    private void block(Block block, String path) {
      switch (block) {
        case Block.Text text -> {
          for (Citation citation : text.citations()) {
            Json note = annotation(citation, characters(said), characters(text.text()));
            if (note == null) {
              losses.add(new Loss(path + ".citations", "Chat Completions cites addresses alone"));
            } else {
              annotations.add(note);
              Fields.lost(citation, Origin.CHAT, path, losses);
            }
          }
          said.append(text.text());
          Fields.restore(text.extra(), Origin.CHAT, path, new Json.Builder(), losses);
          if (text.signature() != null) {
            losses.add(new Loss(path + ".signature", "Chat Completions has no place for it"));
          }
        }
        case Block.Thinking thinking -> {
          thoughts.append(thinking.text());
          pending.add(thinking, path);
        }
        case Block.Redacted redacted -> pending.add(redacted, path);
        case Block.Refusal refusal ->
            declined = declined == null ? refusal.text() : declined + refusal.text();
        case Block.ToolCall call -> calls.add(call(call, path));
        case Block.Media media -> media(media, path);
        case Block.ToolResult _, Block.Opaque _ ->
            losses.add(new Loss(path, "Chat Completions has no such block in an answer"));
      }
    }

    private void media(Block.Media media, String path) {
      unsigned(media, path, losses);
      if (media.kind() == Block.Kind.IMAGE && picture(media) instanceof Json.Obj picture) {
        images.add(picture);
        Fields.restore(media.extra(), Origin.CHAT, path, new Json.Builder(), losses);
      } else if (media.kind() == Block.Kind.AUDIO
          && media.source() instanceof Block.Source.Inline(String type, String base64)
          && (heard == null || (heard.equals(type) && Sound.bare(type)))) {
        heard = type;
        sound.add(base64);
        audio =
            Json.object(
                a -> {
                  a.put("id", "audio_" + stamp.id())
                      .put("expires_at", stamp.seconds())
                      .put("transcript", said.toString());
                  Fields.restore(media.extra(), Origin.CHAT, path, a, losses);
                });
      } else {
        losses.add(new Loss(path, "Chat Completions has no such medium in an answer"));
      }
    }

    private Json call(Block.ToolCall call, String path) {
      String id =
          pending.id(callId(call.id(), stamp, calls.size()), call.signature(), path, losses);
      boolean freeform = call.freeform() || custom.contains(call.name());
      String kind = freeform ? "custom" : "function";
      return Json.object(
          c -> {
            c.put("id", id).put("type", kind);
            var inside = new Json.Builder();
            inside
                .put("name", call.name())
                .put(
                    freeform ? "input" : "arguments",
                    freeform && !call.freeform()
                        ? Freeform.text(call.arguments())
                        : call.arguments());
            Fields.restore(call.extra(), Origin.CHAT, path, c, kind, inside, losses);
            c.put(kind, inside.build());
          });
    }
  }

  /** A medium has no id to put a token on. */
  static void unsigned(Block.Media media, String path, List<Loss> losses) {
    if (media.signature() != null) {
      losses.add(new Loss(path + ".signature", "Chat Completions has no place for it"));
    }
  }

  /** A picture as several compatible providers answer one; null where its bytes are elsewhere. */
  static Json.@Nullable Obj picture(Block.Media media) {
    String url =
        switch (media.source()) {
          case Block.Source.Inline inline -> inline.url();
          case Block.Source.Url(String at) -> at;
          case Block.Source.File _ -> null;
        };
    return url == null
        ? null
        : Json.object(
            p -> p.put("type", "image_url").put("image_url", Json.object(i -> i.put("url", url))));
  }

  /**
   * A citation as an annotation; null where it has no address.
   *
   * @param before how much of the message stands before the block that cites
   * @param length of that block, which is all cited where the citation does not say what is
   */
  static @Nullable Json annotation(Citation citation, int before, int length) {
    if (citation.origin() == Origin.CHAT) {
      return Fields.value(citation.raw());
    }
    String url = citation.url();
    if (url == null) {
      return null;
    }
    Long start = citation.start();
    Long end = citation.end();
    return Json.object(
        a ->
            a.put("type", "url_citation")
                .put(
                    "url_citation",
                    Json.object(
                        u ->
                            u.put("start_index", before + (start == null ? 0 : start))
                                .put("end_index", before + (end == null ? length : end))
                                .put("url", url)
                                .put("title", citation.title() == null ? "" : citation.title()))));
  }

  /** As the model counts them: one for each code point, also where a text was cut in one. */
  static int characters(CharSequence text) {
    return (int) text.chars().filter(c -> !Character.isLowSurrogate((char) c)).count();
  }

  /** The provider's id of a call, or one of ours where it gave none. */
  static String callId(String id, Protocol.Stamp stamp, int position) {
    return id.isEmpty() ? "call_" + stamp.id() + "_" + position : id;
  }

  static String id(String provider, Protocol.Stamp stamp) {
    return "chatcmpl-" + (provider.isEmpty() ? stamp.id() : provider);
  }
}
