package dev.sluice.protocol.laws;

import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Generated requests, each in the words of one protocol: this is the one place that says what a
 * protocol can express. What a protocol's own reference does not know stands there as well, for
 * such fields must survive.
 */
final class Wire {
  private static final String IMAGE = "https://example.org/a.png";

  private final Dice dice;
  private final boolean marks;
  private final boolean openAi;
  private final boolean camel;
  private int calls;
  private final List<String> open = new ArrayList<>();

  private Wire(Side side, Dice dice) {
    this.dice = dice;
    this.marks = side.equals(Side.COMPATIBLE) || side.equals(Side.MESSAGES);
    this.openAi = side.equals(Side.CHAT);
    this.camel = side.equals(Side.GEMINI);
  }

  /** A request that this side's clients may send. */
  static Json.Obj request(Side side, Dice dice) {
    var wire = new Wire(side, dice);
    return switch (side.origin()) {
      case CHAT -> wire.chat(side.model());
      case MESSAGES -> wire.messages(side.model());
      case RESPONSES -> wire.responses(side.model());
      case GEMINI -> wire.gemini();
    };
  }

  /**
   * The same JSON where one thing that can be spelled in several ways is always spelled alike: a
   * member that is null is not there, and content of one plain text is that text.
   */
  static Json spelled(Json json) {
    return switch (json) {
      case Json.Obj(Map<String, Json> members) -> {
        var same = new LinkedHashMap<String, Json>();
        members.forEach(
            (name, value) -> {
              if (!(value instanceof Json.Null)) {
                same.put(
                    name,
                    Set.of("content", "system").contains(name)
                        ? plain(spelled(value))
                        : spelled(value));
              }
            });
        yield new Json.Obj(same);
      }
      case Json.Arr(List<Json> items) -> new Json.Arr(items.stream().map(Wire::spelled).toList());
      default -> json;
    };
  }

  private static Json plain(Json content) {
    return content instanceof Json.Arr(List<Json> items)
            && items.size() == 1
            && items.getFirst() instanceof Json.Obj part
            && part.members().size() == 2
            && part.text("type", "").equals("text")
            && part.get("text") instanceof Json text
        ? text
        : content;
  }

  // ---- what all of them have

  private void strange(Json.Builder into) {
    if (dice.once(6)) {
      into.put(
          camel ? "xNew" : dice.of("x_new", "x_other"),
          dice.of(
              new Json.Num("1.50"),
              Json.object(o -> o.put("deep", Json.array(Json.nil(), Json.of(true)))),
              Json.of("s")));
    }
  }

  private void mark(Json.Builder into) {
    if (marks && dice.once(4)) {
      into.put(
          "cache_control",
          Json.object(c -> c.put("type", "ephemeral").put("ttl", dice.of(null, "1h", "5m"))));
    }
  }

  private Json schema() {
    return dice.of(
        Json.object(
            s ->
                s.put("type", "object")
                    .put(
                        "properties",
                        Json.object(p -> p.put("a", Json.object(a -> a.put("type", "string")))))
                    .put("required", Json.array(Json.of("a")))),
        Json.object(
            s ->
                s.put("type", "object")
                    .put("properties", Json.empty())
                    .put("additionalProperties", false)
                    .put("x-order", 1L)));
  }

  private String newCall() {
    String id = dice.of("call_", "toolu-") + calls++;
    open.add(id);
    return id;
  }

  private Json.Num decimal() {
    return new Json.Num(dice.number());
  }

  private Json object(java.util.function.Consumer<Json.Builder> fill) {
    return Json.object(
        o -> {
          fill.accept(o);
          strange(o);
        });
  }

  private List<Json> names(int most, java.util.function.Function<Integer, Json> each) {
    var many = new ArrayList<Json>();
    int count = 1 + dice.roll(most);
    for (int i = 0; i < count; i++) {
      many.add(each.apply(i));
    }
    return many;
  }

  private static List<String> called(List<Json> tools, String kind) {
    var names = new ArrayList<String>();
    for (Json tool : tools) {
      if (tool instanceof Json.Obj object) {
        Json.Obj inside = kind.isEmpty() ? object : object.obj(kind);
        if (inside != null && inside.text("name") instanceof String name) {
          names.add(name);
        }
      }
    }
    return names;
  }

  // ---- Chat Completions

  private Json.Obj chat(String model) {
    var messages = new ArrayList<Json>();
    int many = 1 + dice.roll(5);
    for (int i = 0; i < many; i++) {
      messages.add(chatMessage());
      for (String id : open) {
        messages.add(
            object(
                m ->
                    m.put("role", "tool")
                        .put("tool_call_id", id)
                        .put("content", chatContent("text"))));
      }
      open.clear();
    }
    List<Json> tools = dice.half() ? names(3, this::chatTool) : List.of();
    return Json.object(
        r -> {
          r.put("model", model).put("messages", messages);
          if (!tools.isEmpty()) {
            r.put("tools", tools)
                .put("tool_choice", chatChoice(tools))
                .put("parallel_tool_calls", dice.of(null, false, true));
          }
          if (dice.half()) {
            r.put(openAi ? "max_completion_tokens" : "max_tokens", dice.of(100L, 4096L, 40000L));
          }
          openAiSampling(r);
          if (dice.once(3)) {
            r.put("seed", 7L);
          }
          if (dice.once(4)) {
            r.put("presence_penalty", decimal()).put("frequency_penalty", decimal());
          }
          if (dice.once(4)) {
            r.put("logprobs", true).put("top_logprobs", dice.of(null, 3L));
          }
          if (dice.once(3)) {
            r.put(
                "stop",
                dice.of(Json.array(Json.of("END")), Json.array(Json.of("a"), Json.of("b"))));
          }
          r.put("response_format", chatFormat())
              .put("verbosity", dice.of(null, "low"))
              .put("reasoning_effort", dice.of(null, null, "none", "minimal", "low", "high"));
          if (dice.once(8)) {
            r.put("modalities", Json.array(Json.of("text"), Json.of("audio")))
                .put("audio", Json.object(a -> a.put("voice", "alloy").put("format", "wav")));
          }
          openAiTerms(r);
          strange(r);
        });
  }

  private void openAiSampling(Json.Builder into) {
    if (dice.once(3)) {
      into.put("temperature", decimal());
    }
    if (dice.once(3)) {
      into.put("top_p", new Json.Num(dice.of("0.99", "1", "0.5")));
    }
  }

  private void openAiTerms(Json.Builder into) {
    into.put("user", dice.of(null, null, "u1"))
        .put("safety_identifier", dice.of(null, null, "s1"))
        .put("prompt_cache_key", dice.of(null, null, "k1"))
        .put("prompt_cache_retention", dice.of(null, null, "24h"))
        .put("service_tier", dice.of(null, null, "flex", "auto", "default"))
        .put("store", dice.of(null, null, true, false));
    if (dice.once(4)) {
      into.put("metadata", Json.object(m -> m.put("a", "b").put("c", "ü")));
    }
  }

  private Json chatMessage() {
    String role = dice.of("user", "assistant", "user", "system", openAi ? "developer" : "system");
    return role.equals("assistant")
        ? object(this::chatAssistant)
        : object(m -> m.put("role", role).put("content", chatContent(role)));
  }

  private void chatAssistant(Json.Builder m) {
    m.put("role", "assistant");
    boolean calls = dice.half();
    if (!calls || dice.half()) {
      m.put("content", dice.half() ? Json.of(dice.words()) : Json.array(chatText(), chatText()));
    }
    if (!openAi && dice.once(3)) {
      m.put("reasoning_content", dice.words());
    }
    if (dice.once(6)) {
      m.put("refusal", dice.words());
    }
    if (calls) {
      m.put("tool_calls", names(2, _ -> chatCall()));
    }
  }

  private Json chatCall() {
    boolean custom = openAi && dice.once(4);
    String kind = custom ? "custom" : "function";
    return object(
        c ->
            c.put("id", newCall())
                .put("type", kind)
                .put(
                    kind,
                    object(
                        f ->
                            f.put("name", dice.name())
                                .put(
                                    custom ? "input" : "arguments",
                                    custom ? dice.words() : dice.arguments()))));
  }

  private Json chatText() {
    return object(
        p -> {
          p.put("type", "text").put("text", dice.words());
          mark(p);
        });
  }

  private Json chatContent(String role) {
    if (dice.half()) {
      return Json.of(dice.words());
    }
    return new Json.Arr(names(3, _ -> role.equals("user") ? chatPart() : chatText()));
  }

  private Json chatPart() {
    return switch (dice.roll(7)) {
      case 0, 1, 2 -> chatText();
      case 3 ->
          object(
              p -> {
                p.put("type", "image_url")
                    .put(
                        "image_url",
                        object(
                            i ->
                                i.put(
                                        "url",
                                        dice.of(IMAGE, "data:image/png;base64," + dice.base64()))
                                    .put("detail", dice.of(null, "low", "auto"))));
                mark(p);
              });
      case 4 ->
          object(
              p ->
                  p.put("type", "input_audio")
                      .put(
                          "input_audio",
                          Json.object(
                              a ->
                                  a.put("data", dice.base64())
                                      .put("format", dice.of("wav", "mp3")))));
      case 5 ->
          object(
              p ->
                  p.put("type", "file")
                      .put(
                          "file",
                          dice.half()
                              ? Json.object(f -> f.put("file_id", "file-1"))
                              : Json.object(
                                  f ->
                                      f.put("filename", "a.pdf")
                                          .put(
                                              "file_data",
                                              "data:application/pdf;base64," + dice.base64()))));
      default -> object(p -> p.put("type", "new_part").put("y", 1L));
    };
  }

  private Json chatTool(int i) {
    if (dice.once(5)) {
      return openAi
          ? object(
              t ->
                  t.put("type", "custom")
                      .put(
                          "custom",
                          Json.object(
                              c ->
                                  c.put("name", "custom_" + i)
                                      .put("description", dice.of(null, "d"))
                                      .put(
                                          "format",
                                          dice.of(
                                              null,
                                              Json.object(f -> f.put("type", "text")),
                                              Json.object(
                                                  f ->
                                                      f.put("type", "grammar")
                                                          .put(
                                                              "grammar",
                                                              Json.object(
                                                                  g ->
                                                                      g.put("syntax", "lark")
                                                                          .put(
                                                                              "definition",
                                                                              "x")))))))))
          : object(t -> t.put("type", "native_" + i));
    }
    return object(
        t -> {
          t.put("type", "function")
              .put(
                  "function",
                  object(
                      f ->
                          f.put("name", "tool_" + i)
                              .put("description", dice.of(null, "d"))
                              .put("parameters", dice.half() ? schema() : null)
                              .put("strict", dice.of(null, true, false))));
          mark(t);
        });
  }

  private Json chatChoice(List<Json> tools) {
    List<String> names = called(tools, "function");
    return switch (dice.roll(names.isEmpty() ? 4 : 6)) {
      case 0 -> Json.nil();
      case 1 -> Json.of("auto");
      case 2 -> Json.of("none");
      case 3 -> Json.of("required");
      case 4 -> chatNamed(dice.of(names));
      default ->
          Json.object(
              c ->
                  c.put("type", "allowed_tools")
                      .put(
                          "allowed_tools",
                          Json.object(
                              a ->
                                  a.put("mode", dice.of("auto", "required"))
                                      .put("tools", Json.array(chatNamed(dice.of(names)))))));
    };
  }

  private static Json chatNamed(String name) {
    return Json.object(
        c -> c.put("type", "function").put("function", Json.object(f -> f.put("name", name))));
  }

  private Json chatFormat() {
    return switch (dice.roll(6)) {
      case 3 -> Json.object(f -> f.put("type", "text"));
      case 4 -> Json.object(f -> f.put("type", "json_object"));
      case 5 ->
          Json.object(
              f ->
                  f.put("type", "json_schema")
                      .put(
                          "json_schema",
                          Json.object(
                              s ->
                                  s.put("name", "n")
                                      .put("description", dice.of(null, "d"))
                                      .put("schema", schema())
                                      .put("strict", dice.of(null, true)))));
      default -> Json.nil();
    };
  }

  // ---- Messages

  private Json.Obj messages(String model) {
    String thinking = dice.of("", "", "enabled", "adaptive");
    boolean thinks = !thinking.isEmpty();
    var messages = new ArrayList<Json>();
    int many = 1 + 2 * dice.roll(3);
    for (int i = 0; i < many; i++) {
      boolean user = i % 2 == 0;
      messages.add(
          object(
              m ->
                  m.put("role", user ? "user" : "assistant")
                      .put("content", user ? messagesUser() : messagesAssistant(thinks))));
    }
    List<Json> tools = dice.half() ? names(3, this::messagesTool) : List.of();
    return Json.object(
        r -> {
          r.put("model", model).put("max_tokens", dice.of(4096L, 64000L));
          if (dice.half()) {
            r.put(
                "system",
                dice.half() ? Json.of(dice.words()) : new Json.Arr(names(2, _ -> messagesText())));
          }
          r.put("messages", messages);
          if (!tools.isEmpty()) {
            r.put("tools", tools).put("tool_choice", messagesChoice(tools, thinks));
          }
          if (!thinks && dice.half()) {
            r.put("temperature", new Json.Num(dice.of("0.5", "1", "0.0")))
                .put("top_k", dice.of(null, 40L));
          } else if (dice.once(4)) {
            r.put("top_p", new Json.Num("0.99"));
          }
          if (dice.once(3)) {
            r.put("stop_sequences", Json.array(Json.of("END"), Json.of("b")));
          }
          messagesThinking(r, thinking);
          if (dice.once(4)) {
            r.put("metadata", object(m -> m.put("user_id", "u1")));
          }
          r.put("service_tier", dice.of(null, null, "auto", "standard_only"));
          strange(r);
        });
  }

  private void messagesThinking(Json.Builder r, String thinking) {
    String display = dice.of(null, "summarized", "omitted");
    switch (thinking) {
      case "enabled" ->
          r.put(
              "thinking",
              object(
                  t ->
                      t.put("type", "enabled")
                          .put("budget_tokens", dice.of(1024L, 2048L, 4000L))
                          .put("display", display)));
      case "adaptive" ->
          r.put("thinking", object(t -> t.put("type", "adaptive").put("display", display)));
      default -> {}
    }
    String effort = dice.of(null, null, "low", "medium", "high", "max");
    Json format =
        dice.once(4)
            ? Json.object(f -> f.put("type", "json_schema").put("schema", schema()))
            : null;
    if (effort != null || format != null) {
      r.put("output_config", object(o -> o.put("effort", effort).put("format", format)));
    }
  }

  private Json messagesText() {
    return object(
        b -> {
          b.put("type", "text").put("text", dice.words());
          mark(b);
        });
  }

  private Json messagesUser() {
    var blocks = new ArrayList<Json>();
    for (String id : open) {
      blocks.add(
          object(
              b -> {
                b.put("type", "tool_result").put("tool_use_id", id);
                switch (dice.roll(4)) {
                  case 0 -> b.put("content", dice.words());
                  case 1 -> b.put("content", Json.array(messagesText(), messagesMedia()));
                  case 2 -> b.put("content", Json.array(messagesText(), messagesText()));
                  default -> {}
                }
                if (dice.once(3)) {
                  b.put("is_error", true);
                }
                mark(b);
              }));
    }
    open.clear();
    if (blocks.isEmpty() && dice.half()) {
      return Json.of(dice.words());
    }
    int many = (blocks.isEmpty() ? 1 : 0) + dice.roll(3);
    for (int i = 0; i < many; i++) {
      blocks.add(
          switch (dice.roll(4)) {
            case 0, 1 -> messagesText();
            case 2 -> messagesMedia();
            default -> object(b -> b.put("type", "search_result").put("source", "s"));
          });
    }
    return new Json.Arr(blocks);
  }

  private Json messagesMedia() {
    boolean image = dice.half();
    Json source =
        switch (dice.roll(4)) {
          case 0 ->
              Json.object(
                  s ->
                      s.put("type", "base64")
                          .put("media_type", image ? "image/png" : "application/pdf")
                          .put("data", dice.base64()));
          case 1 -> Json.object(s -> s.put("type", "url").put("url", IMAGE));
          case 2 -> Json.object(s -> s.put("type", "file").put("file_id", "file_1"));
          default ->
              image
                  ? Json.object(s -> s.put("type", "url").put("url", IMAGE))
                  : Json.object(
                      s ->
                          s.put("type", "text")
                              .put("media_type", "text/plain")
                              .put("data", "ü text"));
        };
    return object(
        b -> {
          b.put("type", image ? "image" : "document").put("source", source);
          if (!image) {
            b.put("title", dice.of(null, "a title"));
          }
          mark(b);
        });
  }

  private Json messagesAssistant(boolean thinks) {
    var blocks = new ArrayList<Json>();
    if (thinks || dice.once(3)) {
      blocks.add(
          dice.once(3)
              ? object(b -> b.put("type", "redacted_thinking").put("data", "sealed"))
              : object(
                  b ->
                      b.put("type", "thinking")
                          .put("thinking", dice.words())
                          .put("signature", "signed")));
    }
    int many = dice.roll(3);
    for (int i = 0; i < many; i++) {
      blocks.add(
          dice.once(4)
              ? object(
                  b ->
                      b.put("type", "server_tool_use")
                          .put("id", "s1")
                          .put("name", "web_search")
                          .put("input", Json.empty()))
              : dice.once(4) ? messagesCited() : messagesText());
    }
    if (blocks.isEmpty() || dice.half()) {
      blocks.addAll(names(2, _ -> messagesCall()));
    }
    return new Json.Arr(blocks);
  }

  private Json messagesCited() {
    return Json.object(
        b ->
            b.put("type", "text")
                .put("text", dice.words())
                .put(
                    "citations",
                    Json.array(
                        Json.object(
                            c ->
                                c.put("type", "char_location")
                                    .put("cited_text", "q")
                                    .put("document_index", 0L)
                                    .put("document_title", Json.nil())
                                    .put("start_char_index", 0L)
                                    .put("end_char_index", 1L)))));
  }

  private Json messagesCall() {
    return object(
        b -> {
          b.put("type", "tool_use")
              .put("id", newCall())
              .put("name", dice.name())
              .put(
                  "input",
                  Side.json(dice.arguments().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
          mark(b);
        });
  }

  private Json messagesTool(int i) {
    if (dice.once(5)) {
      return object(
          t -> t.put("type", "web_search_20250305").put("name", "web_search").put("max_uses", 5L));
    }
    return object(
        t -> {
          t.put("name", "tool_" + i)
              .put("description", dice.of(null, "d"))
              .put("input_schema", schema())
              .put("strict", dice.of(null, true, false));
          mark(t);
        });
  }

  private Json messagesChoice(List<Json> tools, boolean thinks) {
    Boolean single = dice.of(null, true, false);
    String type = thinks ? dice.of("", "auto", "none") : dice.of("", "auto", "none", "any", "tool");
    return type.isEmpty()
        ? Json.nil()
        : Json.object(
            c -> {
              c.put("type", type);
              if (type.equals("tool")) {
                c.put("name", dice.of(called(tools, "")));
              }
              if (!type.equals("none")) {
                c.put("disable_parallel_tool_use", single);
              }
            });
  }

  // ---- Responses

  private Json.Obj responses(String model) {
    var items = new ArrayList<Json>();
    int many = 1 + dice.roll(6);
    for (int i = 0; i < many; i++) {
      items.addAll(responsesItems(i));
    }
    List<Json> tools = dice.half() ? names(3, this::responsesTool) : List.of();
    return Json.object(
        r -> {
          r.put("model", model);
          if (dice.half()) {
            r.put("instructions", dice.words());
          }
          r.put("input", dice.once(5) ? Json.of(dice.words()) : new Json.Arr(items));
          if (!tools.isEmpty()) {
            r.put("tools", tools)
                .put("tool_choice", responsesChoice(tools))
                .put("parallel_tool_calls", dice.of(null, false, true));
          }
          r.put("max_output_tokens", dice.of(null, 100L, 40000L));
          openAiSampling(r);
          if (dice.once(4)) {
            r.put("top_logprobs", 3L)
                .put("include", Json.array(Json.of("message.output_text.logprobs")));
          } else if (dice.once(4)) {
            r.put("include", Json.array(Json.of("reasoning.encrypted_content"), Json.of("x.new")));
          }
          if (dice.half()) {
            r.put(
                "reasoning",
                object(
                    o ->
                        o.put("effort", dice.of(null, "none", "low", "high", "xhigh", "new"))
                            .put("summary", dice.of(null, "auto", "detailed"))));
          }
          Json format = responsesFormat();
          String verbosity = dice.of(null, "low");
          if (format != null || verbosity != null) {
            r.put("text", object(t -> t.put("format", format).put("verbosity", verbosity)));
          }
          openAiTerms(r);
          r.put("truncation", dice.of(null, "disabled", "auto"));
          strange(r);
        });
  }

  private List<Json> responsesItems(int i) {
    var items = new ArrayList<Json>();
    switch (dice.roll(8)) {
      case 0, 1 ->
          items.add(
              object(
                  m ->
                      m.put("type", dice.of(null, "message"))
                          .put("role", dice.of("user", "user", "developer", "system"))
                          .put("content", responsesContent())));
      case 2 -> items.add(responsesSaid(i));
      case 3, 4 -> {
        if (dice.half()) {
          items.add(responsesThought(i));
        }
        boolean custom = dice.once(3);
        for (Json call : names(2, _ -> responsesCall(custom))) {
          items.add(call);
        }
        for (String id : open) {
          items.add(
              object(
                  o ->
                      o.put("type", custom ? "custom_tool_call_output" : "function_call_output")
                          .put("call_id", id)
                          .put("output", dice.half() ? Json.of(dice.words()) : responsesParts())));
        }
        open.clear();
      }
      case 5 -> {
        items.add(responsesThought(i));
        items.add(responsesSaid(i));
      }
      case 6 ->
          items.add(
              object(
                  o ->
                      o.put("type", "web_search_call")
                          .put("id", "ws_" + i)
                          .put("status", "completed")));
      default ->
          items.add(
              object(
                  o ->
                      o.put("type", "image_generation_call")
                          .put("id", "ig_" + i)
                          .put("status", "completed")
                          .put("result", dice.base64())));
    }
    return items;
  }

  private Json responsesSaid(int i) {
    return object(
        m -> {
          m.put("type", "message").put("role", "assistant");
          if (dice.half()) {
            m.put("content", dice.words());
          } else {
            m.put("id", "msg_" + i)
                .put("status", "completed")
                .put(
                    "content",
                    names(
                        2,
                        _ ->
                            dice.once(4)
                                ? Json.object(
                                    p -> p.put("type", "refusal").put("refusal", dice.words()))
                                : object(
                                    p ->
                                        p.put("type", "output_text")
                                            .put("text", dice.words())
                                            .put("annotations", responsesNotes()))));
          }
        });
  }

  private Json responsesNotes() {
    return dice.once(3)
        ? Json.array(
            Json.object(
                a ->
                    a.put("type", "url_citation")
                        .put("start_index", 0L)
                        .put("end_index", 1L)
                        .put("url", IMAGE)
                        .put("title", "t")))
        : Json.array();
  }

  private Json responsesThought(int i) {
    return object(
        o ->
            o.put("type", "reasoning")
                .put("id", "rs_" + i)
                .put(
                    "summary",
                    dice.half()
                        ? Json.array()
                        : new Json.Arr(
                            names(
                                2,
                                _ ->
                                    Json.object(
                                        s ->
                                            s.put("type", "summary_text")
                                                .put("text", dice.words())))))
                .put("encrypted_content", dice.of(null, "enc" + i)));
  }

  private Json responsesCall(boolean custom) {
    return object(
        o ->
            o.put("type", custom ? "custom_tool_call" : "function_call")
                .put("id", dice.of(null, "fc_1"))
                .put("call_id", newCall())
                .put("name", dice.name())
                .put(custom ? "input" : "arguments", custom ? dice.words() : dice.arguments()));
  }

  private Json responsesContent() {
    return dice.half() ? Json.of(dice.words()) : responsesParts();
  }

  private Json responsesParts() {
    return new Json.Arr(
        names(
            3,
            _ ->
                switch (dice.roll(6)) {
                  case 0, 1, 2 ->
                      object(p -> p.put("type", "input_text").put("text", dice.words()));
                  case 3 ->
                      object(
                          p ->
                              p.put("type", "input_image")
                                  .put(
                                      "image_url",
                                      dice.of(IMAGE, "data:image/png;base64," + dice.base64()))
                                  .put("detail", dice.of(null, "low", "auto")));
                  case 4 ->
                      object(
                          p ->
                              p.put("type", "input_file")
                                  .put("filename", dice.of(null, "a.pdf"))
                                  .put(
                                      "file_data", "data:application/pdf;base64," + dice.base64()));
                  default -> object(p -> p.put("type", "input_new").put("y", 1L));
                }));
  }

  private Json responsesTool(int i) {
    return switch (dice.roll(5)) {
      case 4 -> object(t -> t.put("type", "web_search").put("search_context_size", "low"));
      case 3 ->
          object(
              t ->
                  t.put("type", "custom")
                      .put("name", "custom_" + i)
                      .put("description", dice.of(null, "d"))
                      .put(
                          "format",
                          dice.of(
                              null,
                              Json.object(f -> f.put("type", "text")),
                              Json.object(
                                  f ->
                                      f.put("type", "grammar")
                                          .put("syntax", "lark")
                                          .put("definition", "x")))));
      default ->
          object(
              t ->
                  t.put("type", "function")
                      .put("name", "tool_" + i)
                      .put("description", dice.of(null, "d"))
                      .put("parameters", dice.half() ? schema() : null)
                      .put("strict", dice.of(null, true, false)));
    };
  }

  private Json responsesChoice(List<Json> tools) {
    List<String> names = new ArrayList<>();
    for (Json tool : tools) {
      if (tool instanceof Json.Obj object && object.text("type", "").equals("function")) {
        names.add(object.text("name", ""));
      }
    }
    return switch (dice.roll(names.isEmpty() ? 4 : 6)) {
      case 0 -> Json.nil();
      case 1 -> Json.of("auto");
      case 2 -> Json.of("none");
      case 3 -> Json.of("required");
      case 4 -> responsesNamed(dice.of(names));
      default ->
          Json.object(
              c ->
                  c.put("type", "allowed_tools")
                      .put("mode", dice.of("auto", "required"))
                      .put("tools", Json.array(responsesNamed(dice.of(names)))));
    };
  }

  private static Json responsesNamed(String name) {
    return Json.object(c -> c.put("type", "function").put("name", name));
  }

  private Json responsesFormat() {
    return switch (dice.roll(6)) {
      case 3 -> Json.object(f -> f.put("type", "text"));
      case 4 -> Json.object(f -> f.put("type", "json_object"));
      case 5 ->
          object(
              f ->
                  f.put("type", "json_schema")
                      .put("name", "n")
                      .put("description", dice.of(null, "d"))
                      .put("schema", schema())
                      .put("strict", dice.of(null, true)));
      default -> null;
    };
  }

  // ---- Gemini

  private Json.Obj gemini() {
    var contents = new ArrayList<Json>();
    int many = 1 + 2 * dice.roll(3);
    for (int i = 0; i < many; i++) {
      boolean user = i % 2 == 0;
      contents.add(
          object(
              c ->
                  c.put("role", user ? "user" : "model")
                      .put("parts", user ? geminiUser() : geminiModel())));
    }
    List<Json> functions = dice.half() ? names(3, this::geminiFunction) : List.of();
    return Json.object(
        r -> {
          if (dice.half()) {
            r.put(
                "systemInstruction", Json.object(s -> s.put("parts", names(2, _ -> geminiText()))));
          }
          r.put("contents", contents);
          if (!functions.isEmpty()) {
            var tools = new ArrayList<Json>();
            tools.add(Json.object(t -> t.put("functionDeclarations", functions)));
            if (dice.once(4)) {
              tools.add(Json.object(t -> t.put("googleSearch", Json.empty())));
            }
            r.put("tools", tools).put("toolConfig", geminiChoice(functions));
          }
          Json.Obj config = geminiConfig();
          if (!config.members().isEmpty()) {
            r.put("generationConfig", config);
          }
          r.put("serviceTier", dice.of(null, null, "flex", "standard"))
              .put("store", dice.of(null, null, true));
          if (dice.once(5)) {
            r.put("labels", Json.object(l -> l.put("a", "b")));
          }
          if (dice.once(5)) {
            r.put(
                "safetySettings",
                Json.array(Json.object(x -> x.put("category", "c").put("threshold", "t"))));
          }
          strange(r);
        });
  }

  private Json geminiText() {
    return object(p -> p.put("text", dice.words()));
  }

  private List<Json> geminiUser() {
    var parts = new ArrayList<Json>();
    for (String call : open) {
      int space = call.indexOf(' ');
      String id = call.substring(0, space);
      String name = call.substring(space + 1);
      parts.add(
          object(
              p ->
                  p.put(
                      "functionResponse",
                      Json.object(
                          f ->
                              f.put("id", id.equals("-") ? null : id)
                                  .put("name", name)
                                  .put(
                                      "response",
                                      dice.of(
                                          Json.object(x -> x.put("output", dice.words())),
                                          Json.object(x -> x.put("error", "no")),
                                          Json.object(x -> x.put("a", 1L).put("b", "c"))))))));
    }
    int least = parts.isEmpty() ? 1 : 0;
    open.clear();
    int many = least + dice.roll(3);
    for (int i = 0; i < many; i++) {
      parts.add(
          switch (dice.roll(5)) {
            case 0, 1, 2 -> geminiText();
            case 3 ->
                object(
                    p ->
                        p.put(
                            "inlineData",
                            Json.object(
                                d ->
                                    d.put(
                                            "mimeType",
                                            dice.of("image/png", "application/pdf", "audio/wav"))
                                        .put("data", dice.base64()))));
            default ->
                object(
                    p ->
                        p.put(
                            "fileData",
                            Json.object(
                                d ->
                                    d.put("mimeType", "image/png")
                                        .put("fileUri", dice.of(IMAGE, "gs://b/a.png")))));
          });
    }
    return parts;
  }

  private List<Json> geminiModel() {
    var parts = new ArrayList<Json>();
    if (dice.once(3)) {
      parts.add(object(p -> p.put("text", dice.words()).put("thought", true)));
    }
    int many = dice.roll(3);
    for (int i = 0; i < many; i++) {
      parts.add(
          dice.once(5)
              ? object(
                  p ->
                      p.put(
                          "executableCode",
                          Json.object(c -> c.put("language", "PYTHON").put("code", "1"))))
              : object(
                  p ->
                      p.put("text", dice.words())
                          .put("thoughtSignature", dice.of(null, null, "c2lnbmVk"))));
    }
    if (parts.isEmpty() || dice.half()) {
      int count = 1 + dice.roll(2);
      for (int i = 0; i < count; i++) {
        String id = dice.half() ? "call-" + calls++ : "-";
        String name = dice.name();
        String signature = i == 0 ? "c2lnbmVk" : null;
        open.add(id + " " + name);
        parts.add(
            object(
                p ->
                    p.put(
                            "functionCall",
                            Json.object(
                                f ->
                                    f.put("id", id.equals("-") ? null : id)
                                        .put("name", name)
                                        .put(
                                            "args",
                                            Side.json(
                                                dice.arguments()
                                                    .getBytes(
                                                        java.nio.charset.StandardCharsets.UTF_8)))))
                        .put("thoughtSignature", signature)));
      }
    }
    return parts;
  }

  private Json geminiFunction(int i) {
    return object(
        f ->
            f.put("name", "tool_" + i)
                .put("description", dice.of(null, "d"))
                .put("parametersJsonSchema", dice.half() ? schema() : null));
  }

  private Json geminiChoice(List<Json> functions) {
    List<String> names = called(functions, "");
    return switch (dice.roll(6)) {
      case 0, 1 -> Json.nil();
      case 2 -> geminiMode("AUTO", List.of());
      case 3 -> geminiMode("NONE", List.of());
      case 4 -> geminiMode("ANY", List.of());
      default -> geminiMode("ANY", List.of(dice.of(names)));
    };
  }

  private Json geminiMode(String mode, List<String> names) {
    return Json.object(
        t ->
            t.put(
                "functionCallingConfig",
                Json.object(
                    c ->
                        c.put("mode", mode)
                            .put(
                                "allowedFunctionNames",
                                names.isEmpty()
                                    ? null
                                    : new Json.Arr(
                                        names.stream().map(n -> (Json) Json.of(n)).toList())))));
  }

  private Json.Obj geminiConfig() {
    return Json.object(
        c -> {
          if (dice.once(3)) {
            c.put("temperature", decimal());
          }
          if (dice.once(3)) {
            c.put("topP", new Json.Num(dice.of("0.99", "1", "0.5")));
          }
          c.put("topK", dice.of(null, null, 40L))
              .put("maxOutputTokens", dice.of(null, 100L, 40000L));
          if (dice.once(3)) {
            c.put("stopSequences", Json.array(Json.of("END"), Json.of("b")));
          }
          c.put("seed", dice.of(null, null, 7L));
          if (dice.once(4)) {
            c.put("presencePenalty", decimal()).put("frequencyPenalty", decimal());
          }
          if (dice.once(5)) {
            c.put("responseLogprobs", true).put("logprobs", 3L);
          }
          switch (dice.roll(6)) {
            case 3 -> c.put("responseMimeType", "text/plain");
            case 4 -> c.put("responseMimeType", "application/json");
            case 5 ->
                c.put("responseMimeType", "application/json").put("responseJsonSchema", schema());
            default -> {}
          }
          if (dice.once(8)) {
            c.put("responseModalities", Json.array(Json.of("TEXT"), Json.of("IMAGE")));
          }
          if (dice.once(3)) {
            c.put(
                "thinkingConfig",
                object(
                    t ->
                        t.put("includeThoughts", dice.of(true, false))
                            .put("thinkingLevel", dice.of(null, "LOW", "HIGH"))));
          }
          strange(c);
        });
  }
}
