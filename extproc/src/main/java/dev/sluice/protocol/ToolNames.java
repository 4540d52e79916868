package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.wire.Digest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of tools that a provider would refuse, on the way to it and back. A name that it takes
 * stays; another gets one that follows from it alone, so that it is the same in every turn, unless
 * a tool is called so already. The same request gives the same names, so that nothing is kept
 * between asking and answering.
 */
public final class ToolNames {
  /** Nothing is called otherwise. */
  public static final ToolNames NONE = new ToolNames(Map.of());

  /** Digits of the digest at the end of a name of ours. */
  private static final int DIGITS = 8;

  private final Map<String, String> there;
  private final Map<String, String> back = new HashMap<>();

  private ToolNames(Map<String, String> there) {
    this.there = Map.copyOf(there);
    there.forEach((ours, theirs) -> back.put(theirs, ours));
  }

  /**
   * What a provider takes for a name.
   *
   * @param letters a character class, as within the brackets of a regular expression
   * @param most characters, at least 16
   * @param letterFirst whether it begins with a letter or an underscore
   */
  public record Rule(String letters, int most, boolean letterFirst) {
    /** OpenAI's, for Chat Completions and Responses. */
    public static final Rule OPEN_AI = new Rule("a-zA-Z0-9_-", 64, false);

    private boolean takes(String name) {
      return !name.isEmpty()
          && name.length() <= most
          && name.matches("[" + letters + "]+")
          && !(letterFirst && !begins(name));
    }

    private static boolean begins(String name) {
      char first = name.charAt(0);
      return first == '_' || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    }

    private String other(String name, int again) {
      String said = Pattern.compile("[^" + letters + "]").matcher(name).replaceAll("_");
      String begun = letterFirst && !said.isEmpty() && !begins(said) ? "_" + said : said;
      int room = most - DIGITS - 1;
      return (begun.length() <= room ? begun : begun.substring(0, room))
          + "_"
          + Digest.of(again == 0 ? name : name + "\n" + again).substring(0, DIGITS);
    }
  }

  /** The names for a provider of another protocol; a client's own protocol is not touched. */
  public static ToolNames of(Request request, Origin provider, Rule rule) {
    if (request.origin() == provider) {
      return NONE;
    }
    Set<String> names = names(request);
    if (names.isEmpty()) {
      return NONE;
    }
    var taken = new HashSet<String>();
    names.stream().filter(rule::takes).forEach(taken::add);
    var there = new HashMap<String, String>();
    for (String name : names) {
      if (!rule.takes(name)) {
        int again = 0;
        String other = rule.other(name, again);
        while (!taken.add(other)) {
          again++;
          other = rule.other(name, again);
        }
        there.put(name, other);
      }
    }
    return there.isEmpty() ? NONE : new ToolNames(there);
  }

  private static Set<String> names(Request request) {
    var names = new LinkedHashSet<String>();
    for (Tool tool : request.tools()) {
      switch (tool) {
        case Tool.Function function -> names.add(function.name());
        case Tool.Custom custom -> names.add(custom.name());
        case Tool.Native _ -> {}
      }
    }
    switch (request.choice()) {
      case ToolChoice.Named(String name) -> names.add(name);
      case ToolChoice.Allowed(List<String> allowed, boolean _) -> names.addAll(allowed);
      case null, default -> {}
    }
    for (Turn turn : request.turns()) {
      for (Block block : turn.blocks()) {
        if (block instanceof Block.ToolCall call) {
          names.add(call.name());
        } else if (block instanceof Block.ToolResult result && result.name() != null) {
          names.add(result.name());
        }
      }
    }
    return names;
  }

  private String there(String name) {
    return there.getOrDefault(name, name);
  }

  private String back(String name) {
    return back.getOrDefault(name, name);
  }

  /** The request as the provider takes it. */
  public Request there(Request request) {
    if (there.isEmpty()) {
      return request;
    }
    return new Request(
        request.origin(),
        request.turns().stream()
            .map(
                turn ->
                    new Turn(
                        turn.role(),
                        turn.blocks().stream().map(this::there).toList(),
                        turn.path(),
                        turn.extra()))
            .toList(),
        request.tools().stream().map(this::there).toList(),
        switch (request.choice()) {
          case ToolChoice.Named(String name) -> new ToolChoice.Named(there(name));
          case ToolChoice.Allowed(List<String> names, boolean must) ->
              new ToolChoice.Allowed(names.stream().map(this::there).toList(), must);
          case null -> null;
          case ToolChoice other -> other;
        },
        request.parallelCalls(),
        request.sampling(),
        request.output(),
        request.reasoning(),
        request.terms(),
        request.extra());
  }

  private Tool there(Tool tool) {
    return switch (tool) {
      case Tool.Function f ->
          new Tool.Function(
              there(f.name()), f.description(), f.schema(), f.strict(), f.cache(), f.extra());
      case Tool.Custom c ->
          new Tool.Custom(there(c.name()), c.description(), c.format(), c.extra());
      case Tool.Native other -> other;
    };
  }

  private Block there(Block block) {
    return switch (block) {
      case Block.ToolCall call -> called(call, there(call.name()));
      case Block.ToolResult result -> {
        String name = result.name();
        yield new Block.ToolResult(
            result.callId(),
            name == null ? null : there(name),
            result.content(),
            result.error(),
            result.cache(),
            result.extra());
      }
      default -> block;
    };
  }

  private static Block.ToolCall called(Block.ToolCall call, String name) {
    return new Block.ToolCall(
        call.id(),
        name,
        call.arguments(),
        call.freeform(),
        call.signature(),
        call.cache(),
        call.extra());
  }

  /** The answer as the client's side calls its tools. */
  public Response back(Response response) {
    if (back.isEmpty()) {
      return response;
    }
    return response.with(
        response.blocks().stream()
            .map(
                block ->
                    block instanceof Block.ToolCall call ? called(call, back(call.name())) : block)
            .toList());
  }

  /** The reader of such an answer as a stream. */
  public Protocol.Reader back(Protocol.Reader reader) {
    return back.isEmpty() ? reader : new Back(reader);
  }

  private final class Back implements Protocol.Reader {
    private final Protocol.Reader reader;

    Back(Protocol.Reader reader) {
      this.reader = reader;
    }

    @Override
    public List<Event> read(byte[] bytes) {
      return back(reader.read(bytes));
    }

    @Override
    public List<Event> end() {
      return back(reader.end());
    }

    private List<Event> back(List<Event> events) {
      return events.stream().map(this::back).toList();
    }

    private Event back(Event event) {
      return event
              instanceof
              Event.Open(
                  int index,
                  Shape.Call(String id, String name, boolean freeform, var signature))
          ? new Event.Open(
              index, new Shape.Call(id, ToolNames.this.back(name), freeform, signature))
          : event;
    }
  }
}
