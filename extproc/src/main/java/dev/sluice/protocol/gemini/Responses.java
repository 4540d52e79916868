package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whole answers to the model and back.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#generatecontentresponse">Gemini API,
 *     GenerateContentResponse</a>
 */
final class Responses {
  /** What a chunk or a whole answer holds that the model has words for. */
  static final Set<String> ROOT =
      Set.of("candidates", "usageMetadata", "modelVersion", "responseId");

  /** What a candidate holds that the model has words for. */
  static final Set<String> CANDIDATE =
      Set.of(
          "content",
          "finishReason",
          "index",
          "tokenCount",
          "citationMetadata",
          "groundingMetadata",
          "logprobsResult");

  /** What of its grounding stands as citations. */
  static final Set<String> GROUNDING = Set.of("groundingChunks", "groundingSupports");

  private Responses() {}

  // ---- reading

  static Response read(byte[] body) throws Refusal {
    Json json = Unreadable.json(body);
    Failure failure = Failures.error(json, 0);
    if (failure != null) {
      throw new Refusal(failure);
    }
    return answer(Names.camel(Unreadable.object(json)));
  }

  private static Response answer(Json.Obj root) throws Refusal {
    Json.Obj candidate = null;
    var losses = new ArrayList<Loss>();
    List<Json> candidates = root.items("candidates");
    for (int i = 0; i < candidates.size(); i++) {
      if (i == 0 && candidates.getFirst() instanceof Json.Obj first) {
        candidate = Names.camel(first);
      } else {
        losses.add(other(i));
      }
    }
    String blocked = blocked(root);
    if (candidate == null && blocked == null) {
      throw new Refusal(Unreadable.noAnswer("a candidate"));
    }
    Json.Obj chosen = candidate == null ? Json.empty() : candidate;
    List<Block> blocks = blocks(chosen, losses);
    boolean calls = blocks.stream().anyMatch(Block.ToolCall.class::isInstance);
    String reason = chosen.text("finishReason", "STOP");
    if (blocked != null && blocks.isEmpty()) {
      blocks.add(new Block.Refusal(blocked, null));
      reason = Reasons.BLOCKED;
    } else if (blocks.isEmpty() && Reasons.refuses(reason)) {
      blocks.add(new Block.Refusal(Reasons.refusal(reason, chosen.text("finishMessage")), null));
    } else if (blocks.isEmpty() && Reasons.fails(reason)) {
      throw new Refusal(Reasons.failure(reason, chosen.text("finishMessage")));
    } else if (Reasons.fails(reason)) {
      losses.add(unnamed(reason));
    }
    Json.Obj odds = Names.obj(chosen, "logprobsResult");
    Json.Obj usage = Names.obj(root, "usageMetadata");
    Json.Obj grounding = Names.obj(chosen, "groundingMetadata");
    Names unknown = new Names();
    unknown.keep("", root, ROOT).keep("candidates.", chosen, CANDIDATE);
    if (grounding != null && !grounding.without(GROUNDING).members().isEmpty()) {
      unknown.keep("candidates.groundingMetadata", grounding.without(GROUNDING));
    }
    return new Response(
        root.text("responseId", ""),
        root.text("modelVersion", ""),
        blocks,
        Reasons.stop(reason, calls),
        null,
        usage == null ? Usage.NONE : usage(usage),
        odds == null ? List.of() : likelihoods(odds),
        usage == null ? null : tier(usage),
        losses,
        unknown.extra());
  }

  /** Another candidate than the first. */
  static Loss other(long index) {
    return new Loss(
        "candidates[" + index + "]", "only one answer is carried from one protocol to another");
  }

  /** An end that no other protocol has a word for. */
  static Loss unnamed(String reason) {
    return new Loss("candidates.finishReason", "the answer ended with " + reason);
  }

  /** What is said where the prompt was blocked; null where it was not. */
  static @Nullable String blocked(Json.Obj root) {
    Json.Obj feedback = Names.obj(root, "promptFeedback");
    String reason = feedback == null ? null : feedback.text("blockReason");
    if (feedback == null || reason == null) {
      return null;
    }
    return feedback.text("blockReasonMessage", "The provider blocked the prompt: " + reason + ".");
  }

  private static List<Block> blocks(Json.Obj candidate, List<Loss> losses) {
    Json.Obj content = Names.obj(candidate, "content");
    List<Json> parts = content == null ? List.of() : content.items("parts");
    var blocks = new ArrayList<Block>();
    var places = new ArrayList<Integer>();
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) instanceof Json.Obj raw) {
        Json.Obj part = Names.camel(raw);
        if (says(part)) {
          places.add(i);
          blocks.add(Parts.block(part, signature(part), ""));
        }
      }
    }
    Citations.Texts texts =
        part -> text(at(part, blocks, places), blocks) instanceof Block.Text it ? it.text() : null;
    Runnable tooMany =
        () ->
            losses.add(
                new Loss("candidates.groundingMetadata", "the answer cites more than can be held"));
    for (Citations.Placed placed : Citations.read(candidate, texts, tooMany)) {
      int at = at(placed.part(), blocks, places);
      if (text(at, blocks)
          instanceof Block.Text(var text, var cited, var by, var mark, var extra)) {
        var more = new ArrayList<Citation>(cited);
        more.add(placed.citation());
        blocks.set(at, new Block.Text(text, more, by, mark, extra));
      }
    }
    return blocks;
  }

  private static @Nullable Block text(int at, List<Block> blocks) {
    return at < 0 ? null : blocks.get(at);
  }

  /** The text that a part's index means: the first where that part is none; -1 where none is. */
  private static int at(int part, List<Block> blocks, List<Integer> places) {
    int named = places.indexOf(part);
    if (named >= 0 && blocks.get(named) instanceof Block.Text) {
      return named;
    }
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i) instanceof Block.Text) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a part says anything: an empty text does where it is signed. */
  static boolean says(Json.Obj part) {
    return !part.without(Set.of("thought")).members().isEmpty()
        && !(part.get("text") instanceof Json.Str(String text)
            && text.isEmpty()
            && part.text("thoughtSignature") == null);
  }

  static @Nullable Signature signature(Json.Obj part) {
    String signature = part.text("thoughtSignature");
    return signature == null || signature.isEmpty()
        ? null
        : new Signature(signature, Origin.GEMINI);
  }

  static List<Likelihood> likelihoods(Json.Obj odds) {
    List<Json> top = odds.items("topCandidates");
    List<Json> chosen = odds.items("chosenCandidates");
    var likelihoods = new ArrayList<Likelihood>();
    for (int i = 0; i < chosen.size(); i++) {
      if (chosen.get(i) instanceof Json.Obj one) {
        List<Json> others =
            i < top.size() && top.get(i) instanceof Json.Obj at
                ? at.items("candidates")
                : List.of();
        var likeliest = new ArrayList<Likelihood>();
        for (Json other : others) {
          if (other instanceof Json.Obj each) {
            likeliest.add(likelihood(Names.camel(each), List.of()));
          }
        }
        likelihoods.add(likelihood(Names.camel(one), likeliest));
      }
    }
    return likelihoods;
  }

  private static Likelihood likelihood(Json.Obj one, List<Likelihood> top) {
    String p = Fields.lexeme(one.get("logProbability"));
    return new Likelihood(one.text("token", ""), p == null ? "0" : p, top);
  }

  /**
   * {@code promptTokenCount} holds the cached tokens, {@code candidatesTokenCount} holds no
   * thoughts, and what tools read counts apart.
   */
  static Usage usage(Json.Obj usage) {
    long prompt = number(usage, "promptTokenCount");
    long cached = Math.min(prompt, number(usage, "cachedContentTokenCount"));
    long tools = number(usage, "toolUsePromptTokenCount");
    long thoughts = number(usage, "thoughtsTokenCount");
    long total = number(usage, "totalTokenCount");
    long said =
        usage.get("candidatesTokenCount") == null
            ? Math.max(0, total - prompt - tools - thoughts)
            : number(usage, "candidatesTokenCount");
    return new Usage(
        prompt - cached + tools,
        cached,
        0,
        said + thoughts,
        Taken.integer(usage.get("thoughtsTokenCount")),
        null,
        sound(usage, "promptTokensDetails"),
        sound(usage, "candidatesTokensDetails"),
        null);
  }

  static @Nullable String tier(Json.Obj usage) {
    String tier = usage.text("serviceTier");
    return tier == null ? null : tier.equals("standard") ? "default" : tier;
  }

  private static long number(Json.Obj usage, String name) {
    Long value = Taken.integer(usage.get(name));
    return value == null ? 0 : Math.max(0, value);
  }

  private static @Nullable Long sound(Json.Obj usage, String name) {
    for (Json json : usage.items(name)) {
      if (json instanceof Json.Obj detail && detail.text("modality", "").equals("AUDIO")) {
        return number(Names.camel(detail), "tokenCount");
      }
    }
    return null;
  }

  // ---- writing

  static Written write(Response response, Ask ask, Protocol.Stamp stamp, Carrier carrier) {
    var losses = new ArrayList<>(response.losses());
    var parts = new Answered(Asked.shown(ask), carrier, stamp, losses);
    List<Block> blocks = response.blocks();
    boolean prompt = false;
    Extra extra = response.extra();
    if (extra != null
        && extra.origin() == Origin.GEMINI
        && Fields.value(extra.raw()) instanceof Json.Obj own) {
      prompt = blocked(own) != null;
    }
    for (int i = 0; i < blocks.size(); i++) {
      if (!(prompt && blocks.get(i) instanceof Block.Refusal)) {
        parts.add(blocks.get(i), "content[" + i + "]");
      }
    }
    parts.end();
    Fields.lost(response.usage(), Origin.GEMINI, losses);
    if (response.sequence() != null) {
      losses.add(new Loss("stop_sequence", "Gemini does not say which it was"));
    }
    if (response.stop() == Stop.PAUSE) {
      losses.add(new Loss("stop_reason", "Gemini pauses no turn"));
    }
    var candidate = new Json.Builder();
    candidate.put("content", content(parts.parts));
    candidate.put("finishReason", Reasons.reason(response.stop())).put("index", 0L);
    if (!response.likelihoods().isEmpty()) {
      candidate.put("logprobsResult", odds(response.likelihoods()));
    }
    var root = new Json.Builder();
    var inner = new Json.Builder();
    Names.restore(extra, "", root, Map.of("candidates", inner), losses);
    Json.Obj rest = inner.build();
    Citations.write(parts.cited, rest.obj("groundingMetadata"), candidate, losses);
    candidate.all(rest.without(Set.of("groundingMetadata")));
    boolean refused = prompt && parts.parts.isEmpty();
    Json.Obj written =
        Json.object(
            r -> {
              if (!refused) {
                r.put("candidates", Json.array(candidate.build()));
              }
              r.all(root.build())
                  .put("usageMetadata", told(response.usage(), response.tier()))
                  .put("modelVersion", response.model().isEmpty() ? null : response.model())
                  .put("responseId", id(response.id(), stamp));
            });
    return new Written(written.bytes(), losses);
  }

  static Json.Obj content(List<? extends Json> parts) {
    return Json.object(
        c -> {
          if (!parts.isEmpty()) {
            c.put("parts", parts);
          }
          c.put("role", "model");
        });
  }

  static String id(String provider, Protocol.Stamp stamp) {
    return provider.isEmpty() ? stamp.id() : provider;
  }

  /** Null where nobody said anything. */
  static Json.@Nullable Obj told(Usage usage, @Nullable String tier) {
    return usage.equals(Usage.NONE) && tier == null ? null : usage(usage, tier);
  }

  private static Json.Obj usage(Usage usage, @Nullable String tier) {
    Long thoughts = usage.reasoning();
    long apart = thoughts == null ? 0 : Math.min(thoughts, usage.output());
    return Json.object(
        u -> {
          u.put("promptTokenCount", Long.valueOf(usage.prompt()));
          if (usage.cacheRead() > 0) {
            u.put("cachedContentTokenCount", Long.valueOf(usage.cacheRead()));
          }
          u.put("candidatesTokenCount", Long.valueOf(usage.output() - apart));
          if (apart > 0) {
            u.put("thoughtsTokenCount", Long.valueOf(apart));
          }
          u.put("totalTokenCount", Long.valueOf(usage.prompt() + usage.output()));
          details("promptTokensDetails", usage.prompt(), usage.audioInput(), u);
          details("candidatesTokensDetails", usage.output() - apart, usage.audioOutput(), u);
          u.put("serviceTier", tier != null && tier.equals("default") ? "standard" : tier);
        });
  }

  private static void details(String name, long all, @Nullable Long sound, Json.Builder into) {
    if (sound != null) {
      into.put(name, Json.array(detail("TEXT", Math.max(0, all - sound)), detail("AUDIO", sound)));
    }
  }

  private static Json detail(String modality, long tokens) {
    return Json.object(d -> d.put("modality", modality).put("tokenCount", Long.valueOf(tokens)));
  }

  static Json.Obj odds(List<Likelihood> likelihoods) {
    return Json.object(
        o -> {
          if (likelihoods.stream().anyMatch(one -> !one.top().isEmpty())) {
            o.put(
                "topCandidates",
                likelihoods.stream()
                    .map(
                        one ->
                            Json.object(
                                t ->
                                    t.put(
                                        "candidates",
                                        one.top().stream().map(Responses::odds).toList())))
                    .toList());
          }
          o.put("chosenCandidates", likelihoods.stream().map(Responses::odds).toList());
        });
  }

  private static Json.Obj odds(Likelihood one) {
    return Json.object(
        c -> c.put("token", one.token()).put("logProbability", new Json.Num(one.logprob())));
  }

  /** The parts of an answer to a client, collected. */
  private static final class Answered {
    private final boolean shown;
    private final Protocol.Stamp stamp;
    private final List<Loss> losses;
    private final Tokens tokens;
    private final List<Json.Obj> parts = new ArrayList<>();
    private final List<Citations.Cited> cited = new ArrayList<>();
    private int calls;

    Answered(boolean shown, Carrier carrier, Protocol.Stamp stamp, List<Loss> losses) {
      this.shown = shown;
      this.stamp = stamp;
      this.losses = losses;
      this.tokens = new Tokens(carrier, stamp.issuer(), losses);
    }

    void add(Block block, String path) {
      switch (block) {
        case Block.Text(String text, var citations, var by, var _, var extra) -> {
          for (Citation citation : citations) {
            cited.add(new Citations.Cited(citation, text, 0, parts.size(), path));
          }
          String signature = by == null ? null : tokens.take(by, path);
          if (!text.isEmpty() || signature != null) {
            parts.add(Parts.text(text, false, signature, extra, path, losses));
          }
        }
        case Block.Thinking thought -> {
          tokens.add(thought);
          if (shown && !thought.text().isEmpty()) {
            Signature by = thought.signature();
            String own = by == null || Parts.foreign(by) ? null : by.text();
            Extra extra = thought.extra();
            boolean kept = extra != null && extra.origin() == Origin.GEMINI;
            parts.add(Parts.text(thought.text(), true, own, kept ? extra : null, path, losses));
          }
        }
        case Block.Redacted sealed -> tokens.add(sealed);
        case Block.ToolCall call ->
            parts.add(
                Parts.call(
                    callId(call.id(), stamp, calls++),
                    call.name(),
                    Parts.arguments(Freeform.arguments(call), path, losses),
                    tokens.call(call.signature(), path),
                    call.extra(),
                    path,
                    losses));
        case Block.Media media -> {
          boolean own = media.source() instanceof Block.Source.Inline;
          String by = media.signature() == null ? null : tokens.take(media.signature(), path);
          Json.Obj part = Parts.media(media, Asked.ANY, own, by, path, losses);
          if (part != null) {
            parts.add(part);
          }
        }
        case Block.Refusal(String text, var extra) ->
            parts.add(Parts.text(text, false, null, extra, path, losses));
        case Block.Opaque(Origin origin, String raw)
            when origin == Origin.GEMINI && Fields.value(raw) instanceof Json.Obj part ->
            parts.add(part);
        case Block.Opaque _, Block.ToolResult _ ->
            losses.add(new Loss(path, "Gemini has no such part in an answer"));
      }
    }

    void end() {
      String signature = tokens.take(null, "content");
      if (signature != null) {
        parts.add(Parts.text("", false, signature, null, "", losses));
      }
    }
  }

  static String callId(String id, Protocol.Stamp stamp, int call) {
    return id.isEmpty() ? "call_" + stamp.id() + "_" + call : id;
  }
}
