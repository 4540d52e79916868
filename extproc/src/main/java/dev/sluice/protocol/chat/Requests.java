package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chat Completions requests to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI, create a chat
 *     completion</a>
 */
final class Requests {
  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "messages",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "max_tokens",
          "max_completion_tokens",
          "temperature",
          "top_p",
          "stop",
          "stream",
          "stream_options",
          "reasoning_effort",
          "user");
  private static final String DATA = "data:";

  private Requests() {}

  // ---- reading

  static Request read(byte[] body) throws Refusal {
    Json.Obj root = Fields.tree(body);
    var turns = new ArrayList<Turn>();
    List<Json> messages = root.items("messages");
    for (int i = 0; i < messages.size(); i++) {
      String path = "messages[" + i + "]";
      if (!(messages.get(i) instanceof Json.Obj message)) {
        throw new Refusal(Failure.invalid(path, "A message must be an object."));
      }
      turns.add(turn(message, path));
    }
    Long max = root.integer("max_completion_tokens");
    return new Request(
        turns,
        tools(root),
        choice(root.get("tool_choice")),
        root.get("parallel_tool_calls") instanceof Json.Bool(boolean value) ? value : null,
        new Sampling(
            max != null ? max : root.integer("max_tokens"),
            lexeme(root.get("temperature")),
            lexeme(root.get("top_p")),
            null,
            stop(root.get("stop"))),
        Reasoning.Effort.of(root.text("reasoning_effort", ""))
            .map(effort -> new Reasoning(effort, null, null))
            .orElse(null),
        root.text("user"),
        Fields.unknown(Origin.CHAT, root, KNOWN));
  }

  private static Turn turn(Json.Obj message, String path) throws Refusal {
    String role = message.text("role", "");
    var blocks = new ArrayList<Block>();
    switch (role) {
      case "system", "developer", "user" -> {
        content(message.get("content"), path, blocks);
        return new Turn(
            switch (role) {
              case "system" -> Role.SYSTEM;
              case "developer" -> Role.DEVELOPER;
              default -> Role.USER;
            },
            blocks,
            path,
            Fields.unknown(Origin.CHAT, message, Set.of("role", "content")));
      }
      case "assistant" -> {
        String thought = message.text("reasoning_content");
        if (thought != null && !thought.isEmpty()) {
          blocks.add(new Block.Thinking(thought, null, null));
        }
        content(message.get("content"), path, blocks);
        String refusal = message.text("refusal");
        if (refusal != null) {
          blocks.add(new Block.Refusal(refusal, null));
        }
        List<Json> calls = message.items("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
          blocks.add(call(calls.get(i), path + ".tool_calls[" + i + "]"));
        }
        return new Turn(
            Role.ASSISTANT,
            blocks,
            path,
            Fields.unknown(
                Origin.CHAT,
                message,
                Set.of("role", "content", "reasoning_content", "refusal", "tool_calls")));
      }
      case "tool" -> {
        String id = message.text("tool_call_id");
        if (id == null) {
          throw new Refusal(
              Failure.invalid(
                  path + ".tool_call_id",
                  "Missing required parameter: '" + path + ".tool_call_id'."));
        }
        content(message.get("content"), path, blocks);
        return new Turn(
            Role.USER,
            List.of(
                new Block.ToolResult(
                    id,
                    blocks,
                    false,
                    null,
                    Fields.unknown(
                        Origin.CHAT, message, Set.of("role", "content", "tool_call_id")))),
            path,
            null);
      }
      default ->
          throw new Refusal(
              Failure.invalid(
                  path + ".role",
                  "'" + role + "' is none of system, developer, user, assistant, tool."));
    }
  }

  private static void content(@Nullable Json content, String path, List<Block> into)
      throws Refusal {
    switch (content) {
      case Json.Str(String text) -> into.add(new Block.Text(text));
      case Json.Arr(List<Json> parts) -> {
        for (int i = 0; i < parts.size(); i++) {
          String at = path + ".content[" + i + "]";
          if (!(parts.get(i) instanceof Json.Obj part)) {
            throw new Refusal(Failure.invalid(at, "A content part must be an object."));
          }
          into.add(part(part, at));
        }
      }
      case null -> {}
      default ->
          throw new Refusal(
              Failure.invalid(path + ".content", "The content must be a string or an array."));
    }
  }

  private static Block part(Json.Obj part, String path) throws Refusal {
    CacheMark cache = cache(part);
    switch (part.text("type", "")) {
      case "text" -> {
        return new Block.Text(
            required(part, "text", path),
            cache,
            Fields.unknown(Origin.CHAT, part, Set.of("type", "text", "cache_control")));
      }
      case "image_url" -> {
        Json.Obj image = part.obj("image_url");
        if (image == null) {
          throw new Refusal(Failure.invalid(path + ".image_url", "An image needs its URL."));
        }
        return new Block.Media(
            Block.Kind.IMAGE,
            source(required(image, "url", path + ".image_url")),
            null,
            cache,
            Fields.unknown(Origin.CHAT, image, Set.of("url")));
      }
      case "file" -> {
        Json.Obj file = part.obj("file");
        if (file != null) {
          String data = file.text("file_data");
          String id = file.text("file_id");
          if (data != null || id != null) {
            return new Block.Media(
                Block.Kind.DOCUMENT,
                data != null ? source(data) : new Block.Source.File(String.valueOf(id)),
                file.text("filename"),
                cache,
                Fields.unknown(Origin.CHAT, file, Set.of("file_data", "file_id", "filename")));
          }
        }
        return new Block.Opaque(Origin.CHAT, part.text());
      }
      case "refusal" -> {
        return new Block.Refusal(required(part, "refusal", path), null);
      }
      default -> {
        return new Block.Opaque(Origin.CHAT, part.text());
      }
    }
  }

  /** Several compatible providers take Anthropic's cache marks on content parts. */
  private static @Nullable CacheMark cache(Json.Obj part) {
    Json.Obj mark = part.obj("cache_control");
    return mark == null ? null : new CacheMark(mark.text("ttl"));
  }

  private static Block.Source source(String url) {
    int comma = url.indexOf(',');
    if (url.startsWith(DATA) && comma > 0 && url.substring(0, comma).endsWith(";base64")) {
      String type = url.substring(DATA.length(), comma - ";base64".length());
      return new Block.Source.Inline(type, url.substring(comma + 1));
    }
    return new Block.Source.Url(url);
  }

  private static Block call(Json json, String path) throws Refusal {
    if (json instanceof Json.Obj call && call.obj("function") instanceof Json.Obj function) {
      return new Block.ToolCall(
          required(call, "id", path),
          required(function, "name", path + ".function"),
          function.text("arguments", "{}"),
          null,
          Fields.unknown(Origin.CHAT, call, Set.of("id", "type", "function", "index")));
    }
    return new Block.Opaque(Origin.CHAT, json.text());
  }

  private static List<Tool> tools(Json.Obj root) {
    var tools = new ArrayList<Tool>();
    for (Json json : root.items("tools")) {
      if (json instanceof Json.Obj tool
          && tool.obj("function") instanceof Json.Obj function
          && function.text("name") instanceof String name) {
        Json parameters = function.get("parameters");
        tools.add(
            new Tool.Function(
                name,
                function.text("description"),
                parameters == null ? null : parameters.text(),
                function.get("strict") instanceof Json.Bool(boolean strict) ? strict : null,
                cache(tool),
                Fields.unknown(
                    Origin.CHAT, function, Set.of("name", "description", "parameters", "strict"))));
      } else {
        tools.add(new Tool.Native(Origin.CHAT, json.text()));
      }
    }
    return tools;
  }

  private static @Nullable ToolChoice choice(@Nullable Json json) {
    return switch (json) {
      case Json.Str(String word) ->
          switch (word) {
            case "none" -> new ToolChoice.None();
            case "required" -> new ToolChoice.Any();
            default -> new ToolChoice.Auto();
          };
      case Json.Obj named
          when named.obj("function") instanceof Json.Obj function
              && function.text("name") instanceof String name ->
          new ToolChoice.Named(name);
      case null, default -> null;
    };
  }

  private static List<String> stop(@Nullable Json json) {
    return switch (json) {
      case Json.Str(String one) -> List.of(one);
      case Json.Arr(List<Json> many) -> {
        var stop = new ArrayList<String>();
        for (Json item : many) {
          if (item instanceof Json.Str(String text)) {
            stop.add(text);
          }
        }
        yield stop;
      }
      case null, default -> List.of();
    };
  }

  private static @Nullable String lexeme(@Nullable Json json) {
    return json instanceof Json.Num(String lexeme) ? lexeme : null;
  }

  private static String required(Json.Obj object, String name, String path) throws Refusal {
    String text = object.text(name);
    if (text == null) {
      String at = path + "." + name;
      throw new Refusal(Failure.invalid(at, "Missing required parameter: '" + at + "'."));
    }
    return text;
  }

  // ---- writing

  static Written write(Request request, String model, boolean stream) {
    var losses = new ArrayList<Loss>();
    var messages = new ArrayList<Json>();
    for (Turn turn : request.turns()) {
      messages(turn, messages, losses);
    }
    Json.Obj root =
        Json.object(
            body -> {
              body.put("model", model).put("messages", messages);
              tools(request, body, losses);
              Sampling sampling = request.sampling();
              body.put(newer(model) ? "max_completion_tokens" : "max_tokens", sampling.maxTokens());
              number(body, "temperature", sampling.temperature());
              number(body, "top_p", sampling.topP());
              if (sampling.topK() != null) {
                losses.add(new Loss("top_k", "Chat Completions has no top_k"));
              }
              if (!sampling.stop().isEmpty()) {
                body.put("stop", sampling.stop().stream().map(Json::of).toList());
              }
              Reasoning reasoning = request.reasoning();
              if (reasoning != null) {
                body.put("reasoning_effort", reasoning.word().word());
                Fields.restore(reasoning.extra(), Origin.CHAT, "thinking", body, losses);
              }
              body.put("user", request.user());
              if (stream) {
                body.put("stream", true)
                    .put("stream_options", Json.object(o -> o.put("include_usage", true)));
              }
              Fields.restore(request.extra(), Origin.CHAT, "", body, losses);
            });
    return new Written(root.bytes(), losses);
  }

  /** OpenAI's reasoning models refuse {@code max_tokens}; everybody else's know nothing else. */
  private static boolean newer(String model) {
    String name = model.substring(model.lastIndexOf('/') + 1);
    return name.startsWith("gpt-5")
        || name.startsWith("o1")
        || name.startsWith("o3")
        || name.startsWith("o4");
  }

  private static void number(Json.Builder body, String name, @Nullable String lexeme) {
    if (lexeme != null) {
      body.put(name, new Json.Num(lexeme));
    }
  }

  private static void messages(Turn turn, List<Json> into, List<Loss> losses) {
    switch (turn.role()) {
      case SYSTEM, DEVELOPER ->
          into.add(
              Json.object(
                  message -> {
                    message
                        .put("role", turn.role() == Role.SYSTEM ? "system" : "developer")
                        .put("content", content(turn.blocks(), turn.path(), losses));
                    Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
                  }));
      case ASSISTANT -> into.add(assistant(turn, losses));
      case USER -> user(turn, into, losses);
    }
  }

  private static void user(Turn turn, List<Json> into, List<Loss> losses) {
    var rest = new ArrayList<Block>();
    boolean results = false;
    for (int i = 0; i < turn.blocks().size(); i++) {
      if (turn.blocks().get(i) instanceof Block.ToolResult result) {
        results = true;
        into.add(result(result, turn.path() + ".content[" + i + "]", rest, losses));
      }
    }
    for (Block block : turn.blocks()) {
      if (!(block instanceof Block.ToolResult)) {
        rest.add(block);
      }
    }
    if (!rest.isEmpty() || !results) {
      into.add(
          Json.object(
              message -> {
                message.put("role", "user").put("content", content(rest, turn.path(), losses));
                Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
              }));
    }
  }

  /** A tool message takes text alone, so media go into the user's message after it. */
  private static Json result(
      Block.ToolResult result, String path, List<Block> media, List<Loss> losses) {
    var said = new ArrayList<Block>();
    for (Block block : result.content()) {
      if (block instanceof Block.Media) {
        media.add(block);
      } else {
        said.add(block);
      }
    }
    if (result.error()) {
      losses.add(new Loss(path + ".is_error", "a tool message has no mark for an error"));
    }
    mark(result.cache(), path, losses);
    return Json.object(
        message -> {
          message
              .put("role", "tool")
              .put("tool_call_id", result.callId())
              .put("content", content(said, path, losses));
          Fields.restore(result.extra(), Origin.CHAT, path, message, losses);
        });
  }

  private static Json assistant(Turn turn, List<Loss> losses) {
    var thoughts = new StringBuilder();
    var said = new ArrayList<Block>();
    var calls = new ArrayList<Json>();
    String declined = null;
    for (int i = 0; i < turn.blocks().size(); i++) {
      String path = turn.path() + ".content[" + i + "]";
      switch (turn.blocks().get(i)) {
        case Block.Thinking thinking -> {
          thoughts.append(thinking.text());
          if (thinking.signature() != null) {
            losses.add(new Loss(path + ".signature", "only its issuer can read it"));
          }
        }
        case Block.Redacted _ -> losses.add(new Loss(path, "only its issuer can read it"));
        case Block.ToolCall call -> {
          mark(call.cache(), path, losses);
          calls.add(
              Json.object(
                  c -> {
                    c.put("id", call.id())
                        .put("type", "function")
                        .put(
                            "function",
                            Json.object(
                                f ->
                                    f.put("name", call.name()).put("arguments", call.arguments())));
                    Fields.restore(call.extra(), Origin.CHAT, path, c, losses);
                  }));
        }
        case Block.Refusal refusal -> declined = refusal.text();
        case Block other -> said.add(other);
      }
    }
    String refusal = declined;
    return Json.object(
        message -> {
          message
              .put("role", "assistant")
              .put("content", said.isEmpty() ? Json.nil() : content(said, turn.path(), losses))
              .put("reasoning_content", thoughts.isEmpty() ? null : thoughts.toString())
              .put("refusal", refusal);
          if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
          }
          Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
        });
  }

  private static Json content(List<Block> blocks, String path, List<Loss> losses) {
    if (blocks.size() == 1
        && blocks.getFirst() instanceof Block.Text(String text, var cache, var extra)
        && extra == null) {
      mark(cache, path + ".content[0]", losses);
      return Json.of(text);
    }
    var parts = new ArrayList<Json>();
    for (int i = 0; i < blocks.size(); i++) {
      Json part = part(blocks.get(i), path + ".content[" + i + "]", losses);
      if (part != null) {
        parts.add(part);
      }
    }
    return parts.isEmpty() ? Json.of("") : new Json.Arr(parts);
  }

  private static @Nullable Json part(Block block, String path, List<Loss> losses) {
    return switch (block) {
      case Block.Text(String text, var cache, var extra) -> {
        mark(cache, path, losses);
        yield Json.object(
            part -> {
              part.put("type", "text").put("text", text);
              Fields.restore(extra, Origin.CHAT, path, part, losses);
            });
      }
      case Block.Media media -> media(media, path, losses);
      case Block.Opaque(Origin origin, String raw) -> {
        if (origin == Origin.CHAT) {
          yield Fields.value(raw);
        }
        losses.add(new Loss(path, "Chat Completions has no such block"));
        yield null;
      }
      case Block.Refusal(String text, var _) ->
          Json.object(part -> part.put("type", "refusal").put("refusal", text));
      case Block.Thinking _, Block.Redacted _, Block.ToolCall _, Block.ToolResult _ -> {
        losses.add(new Loss(path, "Chat Completions has no place for it in this turn"));
        yield null;
      }
    };
  }

  private static @Nullable Json media(Block.Media media, String path, List<Loss> losses) {
    mark(media.cache(), path, losses);
    String url =
        switch (media.source()) {
          case Block.Source.Url(String at) -> at;
          case Block.Source.Inline(String type, String base64) -> DATA + type + ";base64," + base64;
          case Block.Source.File _ -> null;
        };
    switch (media.kind()) {
      case IMAGE -> {
        if (url != null) {
          return Json.object(
              part ->
                  part.put("type", "image_url")
                      .put(
                          "image_url",
                          Json.object(
                              image -> {
                                image.put("url", url);
                                Fields.restore(media.extra(), Origin.CHAT, path, image, losses);
                              })));
        }
      }
      case DOCUMENT -> {
        if (!(media.source() instanceof Block.Source.Url)) {
          return Json.object(
              part ->
                  part.put("type", "file")
                      .put(
                          "file",
                          Json.object(
                              file -> {
                                file.put("filename", media.name()).put("file_data", url);
                                if (media.source() instanceof Block.Source.File(String id)) {
                                  file.put("file_id", id);
                                }
                                Fields.restore(media.extra(), Origin.CHAT, path, file, losses);
                              })));
        }
      }
      case AUDIO, VIDEO -> {}
    }
    losses.add(new Loss(path, "Chat Completions takes no such medium from there"));
    return null;
  }

  private static void mark(@Nullable CacheMark cache, String path, List<Loss> losses) {
    if (cache != null) {
      losses.add(new Loss(path + ".cache_control", "Chat Completions caches by itself"));
    }
  }

  private static void tools(Request request, Json.Builder body, List<Loss> losses) {
    var tools = new ArrayList<Json>();
    for (int i = 0; i < request.tools().size(); i++) {
      String path = "tools[" + i + "]";
      switch (request.tools().get(i)) {
        case Tool.Function function -> {
          mark(function.cache(), path, losses);
          tools.add(
              Json.object(
                  tool ->
                      tool.put("type", "function")
                          .put(
                              "function",
                              Json.object(
                                  f -> {
                                    f.put("name", function.name())
                                        .put("description", function.description());
                                    String schema = function.schema();
                                    if (schema != null) {
                                      f.put("parameters", Fields.value(schema));
                                    }
                                    f.put("strict", function.strict());
                                    Fields.restore(function.extra(), Origin.CHAT, path, f, losses);
                                  }))));
        }
        case Tool.Native(Origin origin, String raw) -> {
          if (origin == Origin.CHAT) {
            tools.add(Fields.value(raw));
          } else {
            losses.add(new Loss(path, "a tool that only its own provider runs"));
          }
        }
      }
    }
    if (!tools.isEmpty()) {
      body.put("tools", tools);
      body.put("tool_choice", choice(request.choice()));
      body.put("parallel_tool_calls", request.parallelCalls());
    }
  }

  private static @Nullable Json choice(@Nullable ToolChoice choice) {
    return switch (choice) {
      case ToolChoice.Auto() -> Json.of("auto");
      case ToolChoice.None() -> Json.of("none");
      case ToolChoice.Any() -> Json.of("required");
      case ToolChoice.Named(String name) ->
          Json.object(
              c ->
                  c.put("type", "function").put("function", Json.object(f -> f.put("name", name))));
      case null -> null;
    };
  }
}
