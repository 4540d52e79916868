package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
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
import dev.sluice.protocol.Beginning;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Tier;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whole answers to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">OpenAI, the
 *     response object</a>
 */
final class Answers {
  private static final String BLOCKS = "blocks";
  private static final String OUTPUT = "output";
  private static final String PATCH = "patch";
  private static final String TIER = "service_tier";
  private static final String USAGE = "usage";

  /** The response's own fields and those that tell the request again. */
  private static final Set<String> KNOWN =
      Set.of(
          "id",
          "object",
          "created_at",
          "completed_at",
          "status",
          "background",
          "billing",
          "error",
          "incomplete_details",
          "instructions",
          "max_output_tokens",
          "max_tool_calls",
          "model",
          OUTPUT,
          "output_text",
          "parallel_tool_calls",
          "previous_response_id",
          "prompt",
          "prompt_cache_key",
          "prompt_cache_options",
          "prompt_cache_retention",
          "reasoning",
          "safety_identifier",
          TIER,
          "store",
          "temperature",
          "text",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "truncation",
          USAGE,
          "user",
          "metadata",
          "presence_penalty",
          "frequency_penalty");

  /** A client that asked for nothing, by which is told what an answer had of its own. */
  private static final Ask NOBODY =
      new Ask(new Call(Call.Operation.GENERATE, null, null), "", false, new byte[0]);

  private static final Protocol.Stamp NEVER = new Protocol.Stamp("", 0, "");

  private Answers() {}

  // ---- reading

  /** Why these bytes are no good answer; null where they are one. */
  static @Nullable Failure judge(byte[] body) {
    try {
      Json.Obj root = root(body);
      String status = root.text("status", "");
      // One that runs in the background is read later, and has nothing to say yet.
      if (!status.equals("queued") && !status.equals("in_progress")) {
        good(root, blocks(root.items(OUTPUT)));
      }
      return null;
    } catch (Refusal refusal) {
      return refusal.failure();
    }
  }

  private static Json.Obj root(byte[] body) throws Refusal {
    Json.Obj root = Unreadable.object(Unreadable.json(body));
    Json.Obj error = root.obj("error");
    if (error != null) {
      throw new Refusal(Failures.error(error, 0));
    }
    if (!(root.get(OUTPUT) instanceof Json.Arr)) {
      throw new Refusal(Unreadable.noAnswer(OUTPUT));
    }
    return root;
  }

  private static void good(Json.Obj root, List<Block> blocks) throws Refusal {
    String status = root.text("status", "completed");
    if (!status.equals("completed") && !status.equals("incomplete")) {
      throw new Refusal(Unreadable.noAnswer("an end, but with the status '" + status + "'"));
    }
    if (blocks.isEmpty() && Beginning.empty(stop(root, blocks), usage(root.obj(USAGE)))) {
      throw new Refusal(Unreadable.noAnswer("content"));
    }
  }

  static Response read(byte[] body, Carrier carrier) throws Refusal {
    Json.Obj root = root(body);
    List<Block> blocks = blocks(root.items(OUTPUT));
    good(root, blocks);
    Response bare =
        new Response(
            root.text("id", ""),
            root.text("model", ""),
            blocks,
            stop(root, blocks),
            null,
            usage(root.obj(USAGE)),
            likelihoods(root.items(OUTPUT)),
            root.text(TIER),
            List.of(),
            null);
    Json would = write(bare, new Writer(carrier, NOBODY, NEVER, true), new ArrayList<>());
    Json patch = Patch.of(root, would);
    return new Response(
        bare.id(),
        bare.model(),
        blocks,
        bare.stop(),
        null,
        bare.usage(),
        bare.likelihoods(),
        bare.tier(),
        List.of(),
        new Extra(
            Origin.RESPONSES,
            root.without(KNOWN).text(),
            Json.object(form -> form.put(PATCH, patch).put(BLOCKS, (long) blocks.hashCode()))
                .text()));
  }

  private static List<Block> blocks(List<Json> items) {
    var blocks = new ArrayList<Block>();
    for (Json json : items) {
      if (json instanceof Json.Obj item) {
        item(item, blocks);
      }
    }
    return blocks;
  }

  private static void item(Json.Obj item, List<Block> into) {
    switch (item.text("type", "")) {
      case "message" -> {
        for (Json json : item.items("content")) {
          if (json instanceof Json.Obj part) {
            part(part, into);
          }
        }
      }
      case "reasoning" -> {
        Block thought = thought(item);
        if (thought != null) {
          into.add(thought);
        }
      }
      case "function_call", "custom_tool_call" -> into.add(call(item));
      case "image_generation_call" -> into.add(Inputs.picture(item));
      case "" -> {}
      default -> into.add(new Block.Opaque(Origin.RESPONSES, item.text()));
    }
  }

  private static void part(Json.Obj part, List<Block> into) {
    switch (part.text("type", "")) {
      case "output_text" -> {
        Block.Text text = Parts.outputText(part);
        if (!text.text().isEmpty() || !text.citations().isEmpty()) {
          into.add(text);
        }
      }
      case "refusal" -> into.add(new Block.Refusal(part.text("refusal", ""), null));
      default ->
          into.add(
              new Block.Opaque(
                  Origin.RESPONSES,
                  Json.object(
                          m ->
                              m.put("type", "message")
                                  .put("role", "assistant")
                                  .put("content", Json.array(part)))
                      .text()));
    }
  }

  /** Null where the item tells nothing, as where the provider keeps it to itself. */
  static @Nullable Block thought(Json.Obj item) {
    String text = Inputs.thought(item);
    String encrypted = item.text("encrypted_content");
    Signature signature = encrypted == null ? null : new Signature(encrypted, Origin.RESPONSES);
    if (!text.isEmpty()) {
      return new Block.Thinking(text, signature, null);
    }
    return signature == null ? null : new Block.Redacted(signature, null);
  }

  private static Block.ToolCall call(Json.Obj item) {
    boolean freeform = item.text("type", "").equals("custom_tool_call");
    String content = freeform ? "input" : "arguments";
    return new Block.ToolCall(
        item.text("call_id", ""),
        Namespaces.NONE.joined(item.text("namespace"), item.text("name", "")),
        item.text(content, ""),
        freeform,
        null,
        null,
        Fields.unknown(
            Origin.RESPONSES,
            item,
            Set.of("type", "id", "status", "call_id", "name", "namespace", content)));
  }

  private static List<Likelihood> likelihoods(List<Json> items) {
    var likelihoods = new ArrayList<Likelihood>();
    for (Json json : items) {
      if (json instanceof Json.Obj item) {
        for (Json part : item.items("content")) {
          if (part instanceof Json.Obj object) {
            likelihoods.addAll(Parts.likelihoods(object.items("logprobs")));
          }
        }
      }
    }
    return likelihoods;
  }

  private static Stop stop(Json.Obj root, List<Block> blocks) {
    return stop(
        root,
        blocks.stream().anyMatch(Block.ToolCall.class::isInstance),
        blocks.stream().anyMatch(Block.Refusal.class::isInstance));
  }

  /** Why a response ended, be it whole or the last of a stream. */
  static Stop stop(Json.Obj root, boolean calls, boolean refused) {
    if (root.text("status", "").equals("incomplete")) {
      Json.Obj details = root.obj("incomplete_details");
      return details != null && details.text("reason", "").equals("content_filter")
          ? Stop.FILTER
          : Stop.LENGTH;
    }
    return calls ? Stop.TOOL_CALLS : refused ? Stop.FILTER : Stop.END;
  }

  /** {@code input_tokens} holds the cached ones too. */
  static Usage usage(Json.@Nullable Obj usage) {
    if (usage == null) {
      return Usage.NONE;
    }
    Json.Obj input = usage.obj("input_tokens_details");
    Json.Obj output = usage.obj("output_tokens_details");
    long cached = input == null ? 0 : number(input, "cached_tokens");
    long written = input == null ? 0 : number(input, "cache_write_tokens");
    return new Usage(
        Math.max(0, number(usage, "input_tokens") - cached - written),
        cached,
        written,
        number(usage, "output_tokens"),
        output == null ? null : output.integer("reasoning_tokens"),
        null,
        input == null ? null : input.integer("audio_tokens"),
        output == null ? null : output.integer("audio_tokens"),
        Fields.unknown(
            Origin.RESPONSES,
            usage,
            Set.of(
                "input_tokens",
                "input_tokens_details",
                "output_tokens",
                "output_tokens_details",
                "total_tokens")));
  }

  private static long number(Json.Obj object, String name) {
    Long value = object.integer(name);
    return value == null ? 0 : value;
  }

  // ---- writing

  static Written write(Response response, Carrier carrier, Ask ask, Protocol.Stamp stamp) {
    var losses = new ArrayList<Loss>();
    Json would = write(response, new Writer(carrier, ask, stamp, true), losses);
    Extra extra = response.extra();
    if (extra == null || extra.origin() == Origin.RESPONSES) {
      would = Patch.apply(would, patch(response));
    } else {
      Fields.restore(extra, Origin.RESPONSES, "", new Json.Builder(), losses);
    }
    return new Written(would.bytes(), losses);
  }

  /** What the answer was like; nothing of its items where they were changed on the way. */
  private static @Nullable Json patch(Response response) {
    Json.Obj form = Items.form(response.extra());
    Json.Obj patch = form.obj(PATCH);
    Json.Obj inside = patch == null ? null : patch.obj("in");
    if (patch == null
        || inside == null
        || Long.valueOf(response.blocks().hashCode()).equals(form.integer(BLOCKS))) {
      return patch;
    }
    Json.Obj rest = inside.without(Set.of(OUTPUT));
    return Json.object(p -> p.all(patch).put("in", rest));
  }

  /** The response that the stream of the same answer ends with. */
  private static Json write(Response response, Writer writer, List<Loss> losses) {
    writer.write(new Event.Start(response.id(), response.model()));
    response.losses().forEach(loss -> writer.write(new Event.Lost(loss)));
    var odds = new Odds(response.likelihoods());
    int index = 0;
    for (Block block : response.blocks()) {
      String path = "content[" + index + "]";
      Shape shape = shape(block);
      if (shape == null) {
        losses.add(new Loss(path, "Responses has no such block in an answer"));
      } else {
        writer.write(new Event.Open(index, shape));
        inside(block, index, odds, writer);
        writer.write(new Event.Close(index));
        if (!(block instanceof Block.Thinking) && !(block instanceof Block.Redacted)) {
          Fields.restore(block.extra(), Origin.RESPONSES, path, new Json.Builder(), losses);
        }
      }
      index++;
    }
    writer.write(new Event.Tally(response.usage()));
    writer.write(new Event.Finish(response.stop(), response.sequence()));
    losses.addAll(writer.losses());
    return Json.object(r -> r.all(writer.response()).put(TIER, tier(response.tier(), losses)));
  }

  private static @Nullable String tier(@Nullable String tier, List<Loss> losses) {
    String known = tier == null ? null : Tier.openAi(tier);
    if (known == null && tier != null) {
      losses.add(new Loss(TIER, "Responses has no tier of that name"));
    }
    return known;
  }

  private static @Nullable Shape shape(Block block) {
    return switch (block) {
      case Block.Text _ -> new Shape.Prose();
      case Block.Thinking _ -> new Shape.Thought();
      case Block.Redacted(Signature data, var _) -> new Shape.Sealed(data);
      case Block.ToolCall call ->
          new Shape.Call(call.id(), call.name(), call.freeform(), call.signature());
      case Block.Refusal _ -> new Shape.Declined();
      case Block.Media media -> new Shape.Medium(media);
      case Block.Opaque opaque -> new Shape.Foreign(opaque);
      case Block.ToolResult _ -> null;
    };
  }

  private static void inside(Block block, int index, Odds odds, Writer writer) {
    switch (block) {
      case Block.Text text -> {
        said(index, text.text(), writer);
        List<Likelihood> own = odds.take(text.text().length());
        if (!own.isEmpty()) {
          writer.write(new Event.Odds(index, own));
        }
        for (Citation citation : text.citations()) {
          writer.write(new Event.Cited(index, citation));
        }
        signed(index, text.signature(), writer);
      }
      case Block.Thinking(String text, var signature, var extra) -> {
        said(index, text, writer);
        signed(index, signature, writer);
        writer.extra(extra);
      }
      case Block.Redacted redacted -> writer.extra(redacted.extra());
      case Block.ToolCall call -> said(index, call.arguments(), writer);
      case Block.Refusal refusal -> said(index, refusal.text(), writer);
      case Block.Media _, Block.Opaque _, Block.ToolResult _ -> {}
    }
  }

  private static void said(int index, String text, Writer writer) {
    if (!text.isEmpty()) {
      writer.write(new Event.Delta(index, text));
    }
  }

  private static void signed(int index, @Nullable Signature signature, Writer writer) {
    if (signature != null) {
      writer.write(new Event.Signed(index, signature));
    }
  }

  /** Shares an answer's likelihoods out to its texts, by the length of their tokens. */
  private static final class Odds {
    private final List<Likelihood> all;
    private int at;

    Odds(List<Likelihood> all) {
      this.all = all;
    }

    List<Likelihood> take(int length) {
      int from = at;
      int taken = 0;
      while (at < all.size() && taken < length) {
        taken += all.get(at).token().length();
        at++;
      }
      return all.subList(from, at);
    }
  }
}
