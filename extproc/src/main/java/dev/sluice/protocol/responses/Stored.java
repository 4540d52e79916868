package dev.sluice.protocol.responses;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import dev.sluice.wire.Scan;
import dev.sluice.wire.Splice;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Responses that the gateway keeps in a provider's stead: how a request goes on from one, what is
 * kept of one, and what the endpoints answer that look at one.
 *
 * @see <a href="https://platform.openai.com/docs/guides/conversation-state">OpenAI, conversation
 *     state</a>
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/input-items">OpenAI, list
 *     input items</a>
 */
public final class Stored {
  private static final String PREVIOUS = "previous_response_id";
  private static final String INPUT = "input";
  private static final int PAGE = 20;
  private static final int LARGEST_PAGE = 100;

  /** Items whose ids only mean something where they were made, and are not needed elsewhere. */
  private static final Set<String> NAMELESS =
      Set.of(
          "message",
          "function_call",
          "function_call_output",
          "custom_tool_call",
          "custom_tool_call_output");

  private static final Scan REFERENCE =
      new Scan('_', "\"item_reference\"".getBytes(StandardCharsets.US_ASCII));

  /** An item's id as it is made here, with that of its response. */
  private static final Pattern MADE = Pattern.compile("[a-z]+_(.+?)(?:_in)?_\\d+");

  private Stored() {}

  /**
   * What a request says about what is kept.
   *
   * @param previous the response that it goes on from; null: none
   * @param store whether the answer shall be kept; the API's default is that it is
   * @param background whether it shall run without its client
   * @param conversation whether it belongs to a conversation that a provider keeps
   */
  public record Said(
      @Nullable String previous, boolean store, boolean background, boolean conversation) {}

  /**
   * Reads a request's top level.
   *
   * @throws Refusal it is no JSON object, or a field is of the wrong type; names it
   */
  public static Said said(byte[] body) throws Refusal {
    var members = Fields.topLevel(body);
    Splice.Span previous = members.get(PREVIOUS);
    if (previous != null && previous.kind() == Splice.Kind.NULL) {
      previous = null;
    }
    if (previous != null && previous.kind() != Splice.Kind.STRING) {
      throw new Refusal(Failure.invalid(PREVIOUS, "'" + PREVIOUS + "' must be of type string."));
    }
    Splice.Span store = members.get("store");
    Splice.Span conversation = members.get("conversation");
    return new Said(
        previous == null ? null : previous.text(),
        store == null || store.kind() == Splice.Kind.NULL || Fields.flag(members, "store"),
        Fields.flag(members, "background"),
        conversation != null && conversation.kind() != Splice.Kind.NULL);
  }

  // ---- going on

  /**
   * The request with everything in its input that an earlier one was given and answered, and
   * without that one's id. Instructions are not carried over. Every other byte stays as it was.
   *
   * @param input as it was kept
   * @param response as it was kept
   * @throws Refusal the request is no JSON object, or its input is neither text nor a list
   */
  public static byte[] goOn(byte[] body, byte[] input, byte[] response) throws Refusal {
    var items = new ArrayList<Json>();
    for (Json item : items(input)) {
      items.add(nameless(item));
    }
    for (Json item : tree(response).items("output")) {
      items.add(nameless(item));
    }
    items.addAll(given(Fields.tree(body)));
    byte[] whole = new Json.Arr(items).bytes();
    byte[] gone = splice(body, PREVIOUS, Json.nil().bytes());
    Splice.Span own = Fields.topLevel(gone).get(INPUT);
    return own == null
        ? splice(gone, PREVIOUS, ("null,\"input\":" + text(whole)).getBytes(StandardCharsets.UTF_8))
        : Splice.replace(gone, own, whole);
  }

  /** What is kept of an earlier response. */
  public record Earlier(byte[] response, byte[] input) {
    private List<Json> all() {
      var all = new ArrayList<>(items(input));
      all.addAll(tree(response).items("output"));
      return all;
    }
  }

  /** Finds what is kept. */
  public interface Finder {
    /** By the response's id; null where nothing is kept of it. */
    @Nullable Earlier find(String response) throws Refusal;
  }

  /** Whether a request's input may name items of earlier responses. */
  public static boolean refers(byte[] body) {
    return REFERENCE.in(body);
  }

  /**
   * The request with those items in their places that its input only names and that are kept here:
   * an item's id holds that of its response. Every other byte stays as it was.
   */
  public static byte[] resolved(byte[] body, Finder finder) throws Refusal {
    if (!(Fields.tree(body).get(INPUT) instanceof Json.Arr(List<Json> given))) {
      return body;
    }
    var resolved = new ArrayList<Json>();
    for (Json json : given) {
      resolved.add(
          json instanceof Json.Obj item
                  && item.text("type", "").equals("item_reference")
                  && named(item.text("id", ""), finder) instanceof Json.Obj found
              ? nameless(found)
              : json);
    }
    return resolved.equals(given) ? body : splice(body, INPUT, new Json.Arr(resolved).bytes());
  }

  private static @Nullable Json named(String id, Finder finder) throws Refusal {
    Matcher made = MADE.matcher(id);
    Earlier earlier = made.matches() ? finder.find("resp_" + made.group(1)) : null;
    if (earlier != null) {
      for (Json item : earlier.all()) {
        if (id(item).equals(Json.of(id))) {
          return item;
        }
      }
    }
    return null;
  }

  private static byte[] splice(byte[] body, String name, byte[] value) throws Refusal {
    Splice.Span span = Fields.topLevel(body).get(name);
    return span == null ? body : Splice.replace(body, span, value);
  }

  private static Json nameless(Json json) {
    return json instanceof Json.Obj item && NAMELESS.contains(item.text("type", ""))
        ? item.without(Set.of("id"))
        : json;
  }

  /** A request's own input as items. */
  private static List<Json> given(Json.Obj request) throws Refusal {
    return switch (request.get(INPUT)) {
      case null -> List.of();
      case Json.Str(String text) -> List.of(message("user", List.of(part("input_text", text))));
      case Json.Arr(List<Json> items) -> items;
      default ->
          throw new Refusal(
              Failure.invalid(INPUT, "'" + INPUT + "' must be of type string or array."));
    };
  }

  private static Json.Obj message(String role, List<Json> content) {
    return Json.object(m -> m.put("type", "message").put("role", role).put("content", content));
  }

  private static Json part(String type, String text) {
    return Json.object(
        p -> {
          p.put("type", type).put("text", text);
          if (type.equals("output_text")) {
            p.put("annotations", Json.array());
          }
        });
  }

  /** What was written anew of a request for an endpoint with fewer fields: those of the client. */
  public static byte[] alike(byte[] written, byte[] asked) throws Refusal {
    Json.Obj own = Fields.tree(asked);
    Json.Obj all = Fields.tree(written);
    var added = new ArrayList<>(all.members().keySet());
    added.removeAll(own.members().keySet());
    return all.without(added).bytes();
  }

  // ---- keeping

  /**
   * What a model was given, as it is kept: a JSON array of items in their long form, each with an
   * id.
   *
   * @param body the request with all of its input
   * @param id of the response
   */
  public static byte[] kept(byte[] body, String id) throws Refusal {
    var kept = new ArrayList<Json>();
    for (Json item : given(Fields.tree(body))) {
      kept.add(item instanceof Json.Obj object ? named(longer(object), id, kept.size()) : item);
    }
    return new Json.Arr(kept).bytes();
  }

  private static Json.Obj longer(Json.Obj item) {
    String role = item.text("role");
    if (role == null || !item.text("type", "message").equals("message")) {
      return item;
    }
    List<Json> content =
        item.get("content") instanceof Json.Str(String text)
            ? List.of(part(role.equals("assistant") ? "output_text" : "input_text", text))
            : item.items("content");
    return Json.object(
        m -> m.put("type", "message").all(item.without(Set.of("type"))).put("content", content));
  }

  private static Json.Obj named(Json.Obj item, String response, int index) {
    if (item.text("id") != null) {
      return item;
    }
    String prefix =
        switch (item.text("type", "")) {
          case "message" -> "msg";
          case "function_call" -> "fc";
          case "function_call_output" -> "fco";
          case "custom_tool_call" -> "ctc";
          case "custom_tool_call_output" -> "ctco";
          case "reasoning" -> "rs";
          default -> "item";
        };
    String id = prefix + "_" + response.replaceFirst("^resp_", "") + "_in_" + index;
    return Json.object(i -> i.put("id", id).all(item.without(Set.of("id"))));
  }

  // ---- looking

  /** A response as it was kept. */
  public static Answer response(byte[] response) {
    return ok(response);
  }

  /** What is said of one that was deleted. */
  public static Answer deleted(String id) {
    return ok(
        Json.object(d -> d.put("id", id).put("object", "response").put("deleted", true)).bytes());
  }

  /**
   * A page of what a model was given.
   *
   * @param input as it was kept
   * @param path with its query: {@code limit} of 1 to 100 (20), {@code order} {@code asc} or {@code
   *     desc} (the default), {@code after} an item's id
   * @throws Refusal a parameter says something else; names it
   */
  public static Answer inputItems(byte[] input, String path) throws Refusal {
    Map<String, String> parameters = parameters(path);
    int limit = limit(parameters.get("limit"));
    var items = new ArrayList<>(items(input));
    String order = parameters.getOrDefault("order", "desc");
    if (order.equals("desc")) {
      Collections.reverse(items);
    } else if (!order.equals("asc")) {
      throw new Refusal(Failure.invalid("order", "'order' must be 'asc' or 'desc'."));
    }
    String after = parameters.get("after");
    int from = after == null ? 0 : position(items, after) + 1;
    int to = Math.min(items.size(), from + limit);
    List<Json> page = items.subList(from, to);
    return ok(
        Json.object(
                list ->
                    list.put("object", "list")
                        .put("data", page)
                        .put("first_id", page.isEmpty() ? Json.nil() : id(page.getFirst()))
                        .put("last_id", page.isEmpty() ? Json.nil() : id(page.getLast()))
                        .put("has_more", to < items.size()))
            .bytes());
  }

  private static int limit(@Nullable String said) throws Refusal {
    try {
      int limit = said == null ? PAGE : Integer.parseInt(said);
      if (limit >= 1 && limit <= LARGEST_PAGE) {
        return limit;
      }
    } catch (NumberFormatException _) {
      // Said below, as a number out of range is.
    }
    throw new Refusal(
        Failure.invalid("limit", "'limit' must be a number from 1 to " + LARGEST_PAGE + "."));
  }

  private static int position(List<Json> items, String after) throws Refusal {
    for (int i = 0; i < items.size(); i++) {
      if (id(items.get(i)).equals(Json.of(after))) {
        return i;
      }
    }
    throw new Refusal(Failure.invalid("after", "There is no item with id '" + after + "'."));
  }

  private static Json id(Json item) {
    String id = item instanceof Json.Obj object ? object.text("id") : null;
    return id == null ? Json.nil() : Json.of(id);
  }

  /** The parameters of a path's query; of those with one name, the first. */
  static Map<String, String> parameters(String path) {
    var parameters = new LinkedHashMap<String, String>();
    int mark = path.indexOf('?');
    for (String pair : mark < 0 ? new String[0] : path.substring(mark + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.putIfAbsent(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  private static Answer ok(byte[] body) {
    return new Answer(200, Map.of("content-type", "application/json"), body);
  }

  private static List<Json> items(byte[] kept) {
    return value(kept) instanceof Json.Arr(List<Json> items) ? items : List.of();
  }

  private static Json.Obj tree(byte[] kept) {
    return value(kept) instanceof Json.Obj object ? object : Json.empty();
  }

  private static Json value(byte[] kept) {
    return Fields.value(text(kept));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  // ---- refusing

  /** There is nothing to go on from. */
  public static Failure noPrevious(String id) {
    return Failure.invalid(PREVIOUS, "Previous response with id '" + id + "' not found.")
        .withCode("previous_response_not_found");
  }

  /** There is nothing to look at. */
  public static Failure none(String id) {
    return new Failure(
        Kind.INVALID_REQUEST, 404, "Response with id '" + id + "' not found.", null, null, null);
  }

  /** Only a response that runs in the background can be cancelled, and none of ours does. */
  public static Failure notCancelled() {
    return Failure.of(Kind.INVALID_REQUEST, "Cannot cancel a synchronous response.");
  }

  /** Only a response that runs in the background can be streamed anew. */
  public static Failure notStreamed(String id) {
    return Failure.invalid(
        "stream",
        "The response '" + id + "' cannot be streamed anew: it did not run in the background.");
  }
}
