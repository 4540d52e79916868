package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.examples.simulator.Reply.End;
import dev.sluice.examples.simulator.Reply.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a good provider says to a request, whole and as events. The answer names the provider and
 * quotes the last words of the user, so that a test can tell whose it is. These words in a question
 * make it do more:
 *
 * <ul>
 *   <li>{@code weather}, where there are tools: it asks for the weather in the cities that are
 *       named, else in Bern and Oslo; all at once, or after {@code then} one by one, and then says
 *       what it heard
 *   <li>{@code aloud}: it says something before it calls
 *   <li>{@code secret}: nobody may read what it thinks
 *   <li>{@code forbidden}: it declines; {@code filtered}: the provider's filter cuts it off
 * </ul>
 *
 * It thinks where it is asked to, follows a schema, calls a tool that it must call, and keeps to
 * limits and stop sequences.
 */
final class Script {
  private static final List<String> CITIES = List.of("Bern", "Oslo", "Lima", "Rome", "Cairo");
  private static final int MOST = 4000;

  private final Dialect dialect;
  private final JsonNode request;
  private final Seals seals;
  private final Heard heard;
  private final Voice voice;
  private final String provider;

  /**
   * A script for one request.
   *
   * @param path with the model in it, where the dialect puts it there
   */
  Script(Dialect dialect, String provider, Seals seals, byte[] body, String path) {
    this.dialect = dialect;
    this.provider = provider;
    this.seals = seals;
    request = Wire.read(body);
    heard = Heard.of(dialect, request, path);
    voice = Voice.of(dialect, new Voice.Told(provider, request, heard, reply(), seals));
  }

  /** Why a provider of this kind would refuse the request; empty where it would not. */
  String complaint() {
    return Complaints.about(dialect, request, heard, seals);
  }

  /** Whether a stream is asked for. */
  boolean stream() {
    return heard.stream();
  }

  /** The whole answer. */
  byte[] whole() {
    return Wire.bytes(voice.whole());
  }

  /** The events of the stream, each with its blank line. */
  List<byte[]> events() {
    return voice.events();
  }

  /** An error as an event of a stream. */
  byte[] errorEvent() {
    return Errors.event(dialect);
  }

  /** Something that keeps a connection open and carries nothing. */
  byte[] ping() {
    return voice.ping();
  }

  private Reply reply() {
    var pieces = new ArrayList<Piece>();
    if (heard.thinks()) {
      pieces.add(new Piece.Thought("Let me think.", asked("secret")));
    }
    List<Piece.Call> calls = calls();
    if (!calls.isEmpty()) {
      if (asked("aloud")) {
        pieces.add(new Piece.Words(List.of("Let ", "me ", "look.")));
      }
      pieces.addAll(calls);
      return new Reply(pieces, End.CALLS, "");
    }
    if (asked("forbidden")) {
      pieces.add(new Piece.Words(List.of(provider + " ", "will ", "not.")));
      return new Reply(pieces, End.REFUSAL, "");
    }
    List<String> tokens = tokens(text());
    for (String stop : heard.stops()) {
      int at = String.join("", tokens).indexOf(stop);
      if (at >= 0) {
        pieces.add(new Piece.Words(tokens(String.join("", tokens).substring(0, at))));
        return new Reply(pieces, End.SEQUENCE, stop);
      }
    }
    if (tokens.size() >= heard.most()) {
      pieces.add(new Piece.Words(tokens.subList(0, (int) Math.max(0, heard.most()))));
      return new Reply(pieces, End.LIMIT, "");
    }
    pieces.add(new Piece.Words(tokens));
    return new Reply(pieces, asked("filtered") ? End.FILTER : End.COMPLETE, "");
  }

  private boolean asked(String word) {
    return heard.said().toLowerCase(Locale.ROOT).contains(word);
  }

  private String text() {
    if (heard.schema().isObject()) {
      return new Sample(heard.schema(), provider).value().toString();
    }
    String said =
        heard.results().isEmpty()
            ? provider + " says: " + heard.said() + heard.media()
            : provider + " heard: " + String.join(" and ", heard.results());
    return said.length() > MOST ? said.substring(0, MOST) : said;
  }

  private static List<String> tokens(String text) {
    return List.of(text.split("(?<= )", -1));
  }

  private List<Piece.Call> calls() {
    if (heard.tools().isEmpty() || !heard.mayCall()) {
      return List.of();
    }
    int answered = heard.results().size();
    if (asked("weather")) {
      List<String> cities = cities();
      boolean atOnce = heard.parallel() && !asked(" then ");
      var calls = new ArrayList<Piece.Call>();
      for (int i = answered; i < cities.size() && (atOnce ? answered == 0 : i == answered); i++) {
        calls.add(call(tool("weather"), cities.get(i), calls.size()));
      }
      return calls;
    }
    return heard.forced().isEmpty() || answered > 0
        ? List.of()
        : List.of(call(tool(heard.forced()), provider, 0));
  }

  private List<String> cities() {
    List<String> named = CITIES.stream().filter(city -> heard.said().contains(city)).toList();
    return named.isEmpty() ? CITIES.subList(0, 2) : named;
  }

  private Heard.Tool tool(String name) {
    return heard.tools().stream()
        .filter(tool -> tool.name().contains(name))
        .findFirst()
        .orElse(heard.tools().getFirst());
  }

  private Piece.Call call(Heard.Tool tool, String word, int more) {
    boolean freeform = tool.schema().isMissingNode();
    return new Piece.Call(
        heard.calls() + more,
        tool.name(),
        freeform ? word : new Sample(tool.schema(), word).value().toString(),
        freeform);
  }
}
