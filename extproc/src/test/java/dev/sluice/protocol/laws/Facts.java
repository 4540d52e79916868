package dev.sluice.protocol.laws;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Format;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request says, as a list of facts that do not depend on how turns are cut. A fact that a
 * target has in other words (a document of plain text as text, a custom tool as a function, a JSON
 * answer through a tool) is the same fact.
 */
final class Facts {
  /** Kinds that the way back may lose under a path that is not the first source's. */
  private static final Set<String> BACKWARD = Set.of("medium", "thought text");

  private Facts() {}

  /**
   * One thing said.
   *
   * @param path under which a loss would name it
   * @param value what was said, in words that two requests share
   */
  record Fact(String path, String kind, String value) {
    @Override
    public String toString() {
      return path + " " + kind + "=" + value;
    }

    boolean lost(List<Loss> losses) {
      return losses.stream().anyMatch(loss -> names(loss.field()));
    }

    private boolean names(String field) {
      return within(path, field) || (within(field, path) && kind.startsWith("extra"));
    }

    private static boolean within(String path, String outer) {
      return path.equals(outer) || path.startsWith(outer + ".") || path.startsWith(outer + "[");
    }
  }

  /** The facts of {@code before} that are neither in {@code after} nor among the losses. */
  static List<Fact> missing(Request before, Request after, List<Loss> losses) {
    List<Fact> left = new ArrayList<>(of(after));
    String told = told(after);
    var missing = new ArrayList<Fact>();
    for (Fact fact : of(before).stream().filter(fact -> !fact.lost(losses)).toList()) {
      boolean there =
          fact.kind().endsWith("text")
              ? told.contains(fact.value())
              : left.stream()
                  .filter(f -> f.kind().equals(fact.kind()) && f.value().equals(fact.value()))
                  .findFirst()
                  .map(left::remove)
                  .orElse(false);
      if (!there) {
        missing.add(fact);
      }
    }
    return missing;
  }

  /**
   * The facts of {@code before} that the way there kept and the way back did not, though it does
   * not say so.
   */
  static List<Fact> missingOnReturn(Request before, Request after, Written there, Written back) {
    var losses = new ArrayList<>(there.losses());
    back.losses().stream().filter(loss -> !loss.field().contains("[")).forEach(losses::add);
    return missing(before, after, losses).stream()
        .filter(fact -> !(BACKWARD.contains(fact.kind()) && fact.path().contains("[")))
        .toList();
  }

  private static String told(Request request) {
    var told = new StringBuilder();
    for (Fact fact : of(request)) {
      if (fact.kind().endsWith("text")) {
        told.append(fact.value()).append('\n');
      }
    }
    return told.toString();
  }

  static List<Fact> of(Request request) {
    var facts = new ArrayList<Fact>();
    for (Turn turn : request.turns()) {
      for (int i = 0; i < turn.blocks().size(); i++) {
        block(turn.blocks().get(i), turn.at(i), facts);
      }
      extra(turn.extra(), turn.path(), facts);
    }
    tools(request, facts);
    sampling(request.sampling(), facts);
    output(request, facts);
    Reasoning reasoning = request.reasoning();
    if (reasoning != null) {
      boolean said = reasoning.effort() != null || reasoning.budget() != null;
      if (said && reasoning.word() != Reasoning.Effort.NONE) {
        add(facts, "reasoning", "thinks", "yes");
      }
      extra(reasoning.extra(), "reasoning", facts);
    }
    terms(request.terms(), facts);
    extra(request.extra(), "", facts);
    return facts;
  }

  private static void add(List<Fact> facts, String path, String kind, @Nullable Object value) {
    if (value != null) {
      facts.add(new Fact(path, kind, value.toString()));
    }
  }

  /** A temperature and a share of 1 and a penalty of 0 are what nobody needs to say. */
  private static void number(List<Fact> facts, String path, @Nullable String lexeme) {
    BigDecimal unsaid = path.endsWith("_penalty") ? BigDecimal.ZERO : BigDecimal.ONE;
    if (lexeme != null && new BigDecimal(lexeme).compareTo(unsaid) != 0) {
      add(facts, path, path, new BigDecimal(lexeme).stripTrailingZeros().toPlainString());
    }
  }

  private static void extra(@Nullable Extra extra, String path, List<Fact> facts) {
    if (extra != null && Fields.value(extra.raw()) instanceof Json.Obj fields) {
      fields
          .members()
          .forEach(
              (name, value) -> {
                if (Fields.says(value)) {
                  add(
                      facts,
                      path.isEmpty() ? name : path + "." + name,
                      "extra " + extra.origin() + " " + name,
                      value.text());
                }
              });
    }
  }

  private static void mark(@Nullable CacheMark cache, String path, List<Fact> facts) {
    if (cache != null) {
      add(facts, path + ".cache_control", "mark", String.valueOf(cache.ttl()));
    }
  }

  private static void block(Block block, String path, List<Fact> facts) {
    switch (block) {
      case Block.Text text -> {
        add(facts, path, "text", text.text());
        for (int i = 0; i < text.citations().size(); i++) {
          String at = path + ".citations[" + i + "]";
          add(facts, at, "citation", text.citations().get(i).raw());
        }
        add(facts, path + ".signature", "signature", text.signature());
        mark(text.cache(), path, facts);
      }
      case Block.Thinking thinking ->
          add(facts, path, "thought text", thinking.text().isEmpty() ? null : thinking.text());
      case Block.Redacted redacted -> add(facts, path, "sealed", redacted.data().text());
      case Block.ToolCall call -> {
        add(facts, path, "call", id(call.id()) + call.name() + " " + json(call));
        add(facts, path + ".signature", "signature", call.signature());
        mark(call.cache(), path, facts);
      }
      case Block.ToolResult result -> {
        add(facts, path, "result", id(result.callId()));
        if (result.error()) {
          add(facts, path + ".is_error", "error", "yes");
        }
        for (int i = 0; i < result.content().size(); i++) {
          block(result.content().get(i), path + ".content[" + i + "]", facts);
        }
        mark(result.cache(), path, facts);
      }
      case Block.Media media -> media(media, path, facts);
      case Block.Refusal refusal -> add(facts, path, "text", refusal.text());
      case Block.Opaque opaque -> add(facts, path, "opaque", opaque.raw());
    }
    extra(block.extra(), path, facts);
  }

  /** An id that was made for want of any is that of a place, which may move. */
  private static String id(String id) {
    return id.matches("call_\\d+_\\d+") ? "" : id + " ";
  }

  private static String json(Block.ToolCall call) {
    return Side.json(Freeform.arguments(call).getBytes(StandardCharsets.UTF_8)).text();
  }

  private static void media(Block.Media media, String path, List<Fact> facts) {
    switch (media.source()) {
      case Block.Source.Inline(String type, String base64) when type.startsWith("text/") ->
          add(
              facts,
              path,
              "document text",
              new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8));
      case Block.Source.Inline(String type, String base64) ->
          add(facts, path, "medium", type.replace("mpeg", "mp3") + " " + base64);
      case Block.Source.Url(String url) -> add(facts, path, "medium", url);
      case Block.Source.File file -> add(facts, path, "medium", file.id());
    }
    if (media.kind() == Block.Kind.DOCUMENT) {
      add(facts, path + ".name", "title text", media.name());
    }
    String detail = media.detail();
    if (detail != null && !detail.equals("auto")) {
      add(facts, path + ".detail", "detail", detail);
    }
    mark(media.cache(), path, facts);
  }

  private static void tools(Request request, List<Fact> facts) {
    List<String> allowed =
        request.choice() instanceof ToolChoice.Allowed(var names, boolean _) ? names : List.of();
    boolean own = false;
    for (int i = 0; i < request.tools().size(); i++) {
      String path = "tools[" + i + "]";
      Tool each = request.tools().get(i);
      own |= !(each instanceof Tool.Native);
      if (!allowed.isEmpty() && !named(each, allowed)) {
        continue;
      }
      switch (request.tools().get(i)) {
        case Tool.Function function -> {
          add(facts, path, "tool", function.name());
          add(facts, path + ".description", "tool text", function.description());
          schema(function.schema(), path + ".parameters", facts);
          if (Boolean.TRUE.equals(function.strict())) {
            add(facts, path + ".strict", "strict", function.name());
          }
          mark(function.cache(), path, facts);
          extra(function.extra(), path, facts);
        }
        case Tool.Custom custom -> {
          add(facts, path, "tool", custom.name());
          add(facts, path + ".description", "tool text", custom.description());
          String format = custom.format();
          if (format != null && !format.contains("\"text\"")) {
            add(facts, path + ".format", "grammar", format);
          }
          extra(custom.extra(), path, facts);
        }
        case Tool.Native tool -> add(facts, path, "native", tool.raw());
      }
    }
    ToolChoice choice = request.choice();
    if (own) {
      choice = alike(choice, request.tools());
      if (choice != null && !(choice instanceof ToolChoice.Auto)) {
        add(facts, "tool_choice", "choice", choice);
      }
      if (Boolean.FALSE.equals(request.parallelCalls()) && !(choice instanceof ToolChoice.None)) {
        add(facts, "parallel_tool_calls", "single", "yes");
      }
    }
  }

  /** Which tools a choice leaves is told by the tools; any of one is that one. */
  private static @Nullable ToolChoice alike(@Nullable ToolChoice choice, List<Tool> tools) {
    return switch (choice) {
      case ToolChoice.Allowed(var names, boolean must) ->
          !must
              ? new ToolChoice.Auto()
              : names.size() == 1 ? new ToolChoice.Named(names.getFirst()) : new ToolChoice.Any();
      case ToolChoice.Any() -> {
        List<Tool> own =
            tools.stream()
                .filter(tool -> !(tool instanceof Tool.Native) && !answers(tool))
                .toList();
        yield own.size() != 1
            ? choice
            : switch (own.getFirst()) {
              case Tool.Function function -> new ToolChoice.Named(function.name());
              case Tool.Custom custom -> new ToolChoice.Named(custom.name());
              case Tool.Native _ -> choice;
            };
      }
      case null, default -> choice;
    };
  }

  /** Whether a choice among some tools is one that leaves this one; those left out say nothing. */
  private static boolean named(Tool tool, List<String> allowed) {
    return switch (tool) {
      case Tool.Function function -> allowed.contains(function.name());
      case Tool.Custom custom -> allowed.contains(custom.name());
      case Tool.Native _ -> true;
    };
  }

  private static void schema(@Nullable String schema, String path, List<Fact> facts) {
    if (schema != null && Fields.value(schema) instanceof Json.Obj object) {
      object
          .members()
          .forEach(
              (name, value) -> {
                boolean text = name.equals("description");
                String said = text ? object.text(name, "") : value.text();
                add(facts, path + "." + name, text ? "schema text" : "schema " + name, said);
              });
    }
  }

  private static void sampling(Sampling sampling, List<Fact> facts) {
    add(facts, "max_tokens", "limited", sampling.maxTokens() == null ? null : "yes");
    number(facts, "temperature", sampling.temperature());
    number(facts, "top_p", sampling.topP());
    add(facts, "top_k", "top_k", sampling.topK());
    sampling.stop().forEach(stop -> add(facts, "stop", "stop", stop));
    number(facts, "seed", sampling.seed());
    number(facts, "presence_penalty", sampling.presencePenalty());
    number(facts, "frequency_penalty", sampling.frequencyPenalty());
    if (Boolean.TRUE.equals(sampling.logprobs())) {
      add(facts, "logprobs", "logprobs", "yes");
    }
    add(facts, "top_logprobs", "top_logprobs", sampling.topLogprobs());
    if (sampling.candidates() != null && sampling.candidates() > 1) {
      add(facts, "n", "n", sampling.candidates());
    }
  }

  private static void output(Request request, List<Fact> facts) {
    switch (request.output().format()) {
      case Format.AnyJson() -> add(facts, "response_format", "json", "any");
      case Format.Schema schema -> {
        add(facts, "response_format", "json", "schema");
        add(facts, "response_format.description", "schema text", schema.description());
        schema(schema.schema(), "response_format.schema", facts);
      }
      case Format.Free() -> {}
      case null -> answerTool(request, facts);
    }
    add(facts, "verbosity", "verbosity", request.output().verbosity());
    for (String modality : request.output().modalities()) {
      if (!modality.toLowerCase(Locale.ROOT).equals("text")) {
        add(facts, "modalities", "modality", modality);
      }
    }
    add(facts, "audio", "voice", request.output().voice());
  }

  /** Messages answers in JSON through a tool where it cannot be held to it otherwise. */
  private static void answerTool(Request request, List<Fact> facts) {
    for (Tool tool : request.tools()) {
      if (answers(tool) && tool instanceof Tool.Function function) {
        String schema = Objects.requireNonNull(function.schema());
        boolean any = schema.contains("\"additionalProperties\":true");
        add(facts, "response_format", "json", any ? "any" : "schema");
        add(facts, "response_format.description", "schema text", function.description());
        schema(schema, "response_format.schema", facts);
      }
    }
  }

  private static boolean answers(Tool tool) {
    return tool instanceof Tool.Function function && function.name().equals("sluice_json_answer");
  }

  private static void terms(Terms terms, List<Fact> facts) {
    String user = terms.user() == null ? terms.safetyIdentifier() : terms.user();
    add(facts, terms.user() == null ? "safety_identifier" : "user", "user", user);
    if (terms.user() != null) {
      add(facts, "safety_identifier", "safety", terms.safetyIdentifier());
    }
    add(facts, "prompt_cache_key", "cache key", terms.cacheKey());
    add(facts, "prompt_cache_retention", "retention", terms.cacheRetention());
    if (Boolean.TRUE.equals(terms.store())) {
      add(facts, "store", "store", "yes");
    }
    String tier = terms.tier();
    add(
        facts,
        "service_tier",
        "tier",
        tier == null || Set.of("default", "auto", "standard_only").contains(tier) ? null : tier);
    terms.metadata().forEach((k, v) -> add(facts, "metadata." + k, "label " + k, v));
  }
}
