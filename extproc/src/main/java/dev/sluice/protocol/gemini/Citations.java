package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Fields;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer rests on: {@code groundingMetadata} and {@code citationMetadata} of a candidate.
 * Places are counted in bytes of UTF-8 here and in characters in the model.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#GroundingMetadata">Gemini API,
 *     GroundingMetadata</a>
 * @see <a href="https://ai.google.dev/api/generate-content#citationmetadata">Gemini API,
 *     CitationMetadata</a>
 */
final class Citations {
  private static final String CHUNK = "groundingChunk";
  private static final String INDEX = "groundingChunkIndex";
  private static final String SUPPORT = "groundingSupport";
  private static final String SOURCE = "citationSource";

  /** The most characters of a text in which places are counted; the longest answers have half. */
  static final int MOST_TEXT = 1 << 20;

  /** The most citations of a candidate, and the most characters of what the model keeps of them. */
  private static final int MOST = 1_000;

  private static final int MOST_RAW = 4 * MOST_TEXT;

  private Citations() {}

  // ---- reading

  /** A citation, and the index of the part that it is about. */
  record Placed(int part, Citation citation) {}

  /** The text of the part with an index; the first text where there is none. */
  interface Texts {
    /** The text; null where there is no text at all. */
    @Nullable String of(int part);
  }

  /**
   * The citations of a candidate, in order, but for those that are too many to be held.
   *
   * @param tooMany is run where there are such
   */
  static List<Placed> read(Json.Obj candidate, Texts texts, Runnable tooMany) {
    var placed = new ArrayList<Placed>();
    Json.Obj grounding = Names.obj(candidate, "groundingMetadata");
    if (grounding != null && !grounding(grounding, texts, placed)) {
      tooMany.run();
    }
    Json.Obj recited = Names.obj(candidate, "citationMetadata");
    if (recited != null) {
      List<Json> sources =
          recited.get("citationSources") == null
              ? recited.items("citations")
              : recited.items("citationSources");
      if (placed.size() + sources.size() > MOST) {
        tooMany.run();
        return placed;
      }
      for (Json json : sources) {
        if (json instanceof Json.Obj source) {
          placed.add(new Placed(0, recited(Names.camel(source), texts.of(0))));
        }
      }
    }
    return placed;
  }

  /** Whether all of them could be held. */
  private static boolean grounding(Json.Obj grounding, Texts texts, List<Placed> into) {
    List<Json> chunks = grounding.items("groundingChunks");
    var used = new boolean[chunks.size()];
    long room = MOST_RAW;
    for (Json json : grounding.items("groundingSupports")) {
      if (json instanceof Json.Obj raw) {
        Json.Obj support = Names.camel(raw);
        for (Json index : support.items("groundingChunkIndices")) {
          Long at = Taken.integer(index);
          if (at != null && at >= 0 && at < chunks.size()) {
            used[at.intValue()] = true;
            room -= add(grounded(chunks.get(at.intValue()), at, support, texts), into);
            if (room < 0 || into.size() >= MOST) {
              return false;
            }
          }
        }
      }
    }
    for (int i = 0; i < used.length; i++) {
      if (!used[i]) {
        room -= add(grounded(chunks.get(i), i, null, texts), into);
        if (room < 0 || into.size() >= MOST) {
          return false;
        }
      }
    }
    return true;
  }

  private static int add(Placed placed, List<Placed> into) {
    into.add(placed);
    return placed.citation().raw().length();
  }

  private static Placed grounded(Json json, long index, Json.@Nullable Obj support, Texts texts) {
    Json.Obj chunk = json instanceof Json.Obj object ? Names.camel(object) : Json.empty();
    Json.Obj from = Json.empty();
    for (String kind : List.of("web", "retrievedContext", "maps", "image")) {
      Json.Obj one = Names.obj(chunk, kind);
      from = one == null ? from : one;
    }
    Json.Obj segment = support == null ? null : Names.obj(support, "segment");
    Long said = segment == null ? null : segment.integer("partIndex");
    int part = said == null ? 0 : Math.toIntExact(Math.clamp(said, 0, Integer.MAX_VALUE));
    Place place =
        segment == null
            ? Place.UNKNOWN
            : place(
                texts.of(part),
                segment.integer("startIndex"),
                segment.integer("endIndex"),
                segment.text("text"));
    String uri = from.text("uri") == null ? from.text("sourceUri") : from.text("uri");
    Json raw =
        Json.object(r -> r.put(CHUNK, chunk).put(INDEX, Long.valueOf(index)).put(SUPPORT, support));
    return new Placed(
        part,
        new Citation(
            place.start(),
            place.end(),
            uri,
            from.text("title"),
            from.text("text"),
            Origin.GEMINI,
            raw.text()));
  }

  private static Citation recited(Json.Obj source, @Nullable String text) {
    Place place = place(text, source.integer("startIndex"), source.integer("endIndex"), null);
    return new Citation(
        place.start(),
        place.end(),
        source.text("uri"),
        source.text("title"),
        null,
        Origin.GEMINI,
        Json.object(r -> r.put(SOURCE, source)).text());
  }

  private record Place(@Nullable Long start, @Nullable Long end) {
    static final Place UNKNOWN = new Place(null, null);
  }

  /** Where it is in characters; where the bytes do not say, the quoted words do. */
  private static Place place(
      @Nullable String text, @Nullable Long start, @Nullable Long end, @Nullable String words) {
    if (text == null || text.length() > MOST_TEXT || end == null) {
      return Place.UNKNOWN;
    }
    int from = offset(text, start == null ? 0 : start);
    int to = offset(text, end);
    if (words != null && !words.isEmpty() && (from < 0 || !text.startsWith(words, from))) {
      from = text.indexOf(words);
      to = from < 0 ? -1 : from + words.length();
    }
    return from < 0 || to < from
        ? Place.UNKNOWN
        : new Place((long) text.codePointCount(0, from), (long) text.codePointCount(0, to));
  }

  /** The index in a text of a byte of its UTF-8; -1 where it is in no text. */
  private static int offset(String text, long bytes) {
    long seen = 0;
    int at = 0;
    while (seen < bytes && at < text.length()) {
      int point = text.codePointAt(at);
      seen += width(point);
      at += Character.charCount(point);
    }
    return seen == bytes ? at : -1;
  }

  private static int width(int point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  // ---- writing

  /**
   * A citation on its way out.
   *
   * @param text that it is about
   * @param before how many bytes stand before that text in its part
   */
  record Cited(Citation citation, String text, long before, int part, String path) {}

  /**
   * Puts what the citations say into a candidate.
   *
   * @param rest what else the candidate's grounding says; null: nothing
   */
  static void write(
      List<Cited> cited, Json.@Nullable Obj rest, Json.Builder into, List<Loss> losses) {
    Map<Json, Long> chunks = numbered(cited);
    var supports = new LinkedHashMap<Json.Obj, List<Json>>();
    var sources = new ArrayList<Json>();
    for (Cited one : cited) {
      Citation citation = one.citation();
      Json.Obj raw =
          citation.origin() == Origin.GEMINI && Fields.value(citation.raw()) instanceof Json.Obj o
              ? o
              : Json.empty();
      Json.Obj source = raw.obj(SOURCE);
      if (source != null) {
        sources.add(source);
        continue;
      }
      Json.Obj chunk = raw.obj(CHUNK) == null ? chunk(citation) : raw.obj(CHUNK);
      if (chunk == null) {
        losses.add(new Loss(one.path() + ".citations", "Gemini cites addresses alone"));
        continue;
      }
      Fields.lost(citation, Origin.GEMINI, one.path(), losses);
      chunks.putIfAbsent(chunk, (long) chunks.size());
      long index = Objects.requireNonNull(chunks.get(chunk));
      Json.Obj support = raw.members().isEmpty() ? support(one) : raw.obj(SUPPORT);
      if (support != null) {
        supports.computeIfAbsent(support, _ -> new ArrayList<>()).add(Json.of(index));
      }
    }
    if (!sources.isEmpty()) {
      into.put("citationMetadata", Json.object(m -> m.put("citationSources", sources)));
    }
    if (rest != null || !chunks.isEmpty()) {
      into.put("groundingMetadata", grounding(chunks, supports, rest));
    }
  }

  /** The chunks that Gemini numbered itself, in their order. */
  private static Map<Json, Long> numbered(List<Cited> cited) {
    var numbered = new TreeMap<Long, Json>();
    for (Cited one : cited) {
      if (one.citation().origin() == Origin.GEMINI
          && Fields.value(one.citation().raw()) instanceof Json.Obj raw
          && raw.integer(INDEX) instanceof Long index
          && raw.get(CHUNK) instanceof Json chunk) {
        numbered.putIfAbsent(index, chunk);
      }
    }
    var chunks = new LinkedHashMap<Json, Long>();
    numbered.values().forEach(chunk -> chunks.putIfAbsent(chunk, (long) chunks.size()));
    return chunks;
  }

  private static Json grounding(
      Map<Json, Long> chunks, Map<Json.Obj, List<Json>> supports, Json.@Nullable Obj rest) {
    return Json.object(
        g -> {
          if (!chunks.isEmpty()) {
            g.put("groundingChunks", List.copyOf(chunks.keySet()));
          }
          if (!supports.isEmpty()) {
            var all = new ArrayList<Json>();
            supports.forEach(
                (support, indices) ->
                    all.add(
                        Json.object(
                            s -> {
                              s.put("segment", support.get("segment"))
                                  .put("groundingChunkIndices", indices);
                              s.all(support.without(Set.of("segment", "groundingChunkIndices")));
                            })));
            g.put("groundingSupports", all);
          }
          if (rest != null) {
            g.all(rest);
          }
        });
  }

  private static Json.@Nullable Obj chunk(Citation citation) {
    String url = citation.url();
    return url == null
        ? null
        : Json.object(
            c -> c.put("web", Json.object(w -> w.put("uri", url).put("title", citation.title()))));
  }

  private static Json.Obj support(Cited one) {
    String text = one.text();
    Long start = one.citation().start();
    Long end = one.citation().end();
    int from = index(text, start == null ? 0 : start);
    int to = end == null ? text.length() : Math.max(from, index(text, end));
    return Json.object(
        s ->
            s.put(
                "segment",
                Json.object(
                    g ->
                        g.put("partIndex", one.part() == 0 ? null : Long.valueOf(one.part()))
                            .put("startIndex", Long.valueOf(one.before() + bytes(text, from)))
                            .put("endIndex", Long.valueOf(one.before() + bytes(text, to)))
                            .put("text", text.substring(from, to)))));
  }

  private static int index(String text, long characters) {
    long all = text.codePointCount(0, text.length());
    return text.offsetByCodePoints(0, Math.toIntExact(Math.clamp(characters, 0, all)));
  }

  private static long bytes(String text, int to) {
    return bytes(text.substring(0, to));
  }

  /** How many bytes of UTF-8 a text has. */
  static long bytes(String text) {
    return text.codePoints().mapToLong(Citations::width).sum();
  }
}
