package dev.sluice.protocol;

import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Reasoning.Effort;
import dev.sluice.conversation.Sampling;
import dev.sluice.wire.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model behind Chat Completions or Responses takes, by its name: OpenAI's own models refuse
 * fields that compatible ones take, and know some that those do not.
 *
 * @param name without what stands before its last slash
 * @param maker whether it is OpenAI's own, behind its API
 * @param version 501 is 5.1; 0: none is said
 * @see <a href="https://developers.openai.com/api/docs/guides/latest-model">OpenAI, using the
 *     latest model: which parameters go with which effort</a>
 * @see <a href="https://developers.openai.com/api/docs/guides/prompt-caching">OpenAI, prompt
 *     caching</a>
 * @see <a href="https://developers.openai.com/api/docs/guides/reasoning">OpenAI, reasoning
 *     models</a>
 */
public record OpenAi(String name, boolean maker, int version) {
  /** How many stop sequences Chat Completions takes. */
  public static final int MOST_STOPS = 4;

  private static final String WHY = "OpenAI's reasoning models take none";
  private static final Pattern VERSION = Pattern.compile("gpt-(\\d{1,2})(?:\\.(\\d{1,2}))?");
  private static final Pattern NUMBERED = Pattern.compile("o[1-9].*");
  private static final Pattern ALWAYS = Pattern.compile(".*-(codex|pro)\\b.*");

  /** The first that may be told not to think. */
  private static final int QUIET = 501;

  /** The first that thinks again where nothing is said, and takes stop sequences. */
  private static final int THOUGHTFUL = 505;

  /** The first whose cache takes marks. */
  private static final int MARKED = 506;

  private static final int FIRST_REASONING = 500;
  private static final int AZURES_3_5 = 3_500;

  /** By a model's name, with or without its maker before a slash. */
  public static OpenAi of(String model) {
    String name = model.substring(model.lastIndexOf('/') + 1);
    boolean maker =
        (name.startsWith("gpt-") && !name.startsWith("gpt-oss"))
            || name.startsWith("chatgpt-")
            || NUMBERED.matcher(name).matches();
    Matcher said = VERSION.matcher(name);
    if (!said.lookingAt()) {
      return new OpenAi(name, maker, 0);
    }
    String minor = said.group(2);
    int version =
        Integer.parseInt(said.group(1)) * 100 + (minor == null ? 0 : Integer.parseInt(minor));
    return new OpenAi(name, maker, version == AZURES_3_5 ? 305 : version);
  }

  /** What is lost of how tokens are drawn where that is not {@link #draws taken}. */
  public static List<Loss> undrawn(Sampling sampling) {
    var losses = new ArrayList<Loss>();
    lose("temperature", sampling.temperature(), BigDecimal.ONE, losses);
    lose("top_p", sampling.topP(), BigDecimal.ONE, losses);
    if (Boolean.TRUE.equals(sampling.logprobs())) {
      losses.add(new Loss("logprobs", WHY));
    }
    if (sampling.topLogprobs() != null) {
      losses.add(new Loss("top_logprobs", WHY));
    }
    return losses;
  }

  /** What is lost of the penalties, which no model takes that thinks. */
  public static List<Loss> unpenalized(Sampling sampling) {
    var losses = new ArrayList<Loss>();
    lose("presence_penalty", sampling.presencePenalty(), BigDecimal.ZERO, losses);
    lose("frequency_penalty", sampling.frequencyPenalty(), BigDecimal.ZERO, losses);
    return losses;
  }

  /** The default says nothing. */
  private static void lose(
      String field, @Nullable String lexeme, BigDecimal otherwise, List<Loss> losses) {
    if (lexeme != null && new BigDecimal(lexeme).compareTo(otherwise) != 0) {
      losses.add(new Loss(field, WHY));
    }
  }

  private boolean chats() {
    return name.contains("-chat") || name.startsWith("chatgpt-");
  }

  /** Whether it thinks before it speaks. */
  public boolean reasons() {
    return maker && (NUMBERED.matcher(name).matches() || (version >= FIRST_REASONING && !chats()));
  }

  /** Whether the limit of Chat Completions is {@code max_completion_tokens} for it. */
  public boolean countsThinking() {
    return maker && (version == 0 || version >= FIRST_REASONING);
  }

  /**
   * Whether {@code temperature}, {@code top_p} and likelihoods are taken beside this much
   * reasoning; null: nothing is said of it.
   */
  public boolean draws(@Nullable Reasoning reasoning) {
    if (!reasons()) {
      return true;
    }
    if (version < QUIET || ALWAYS.matcher(name).matches()) {
      return false;
    }
    return (reasoning == null || (reasoning.effort() == null && reasoning.budget() == null))
        ? version < THOUGHTFUL
        : reasoning.word() == Effort.NONE;
  }

  /** Whether Chat Completions takes stop sequences for it. */
  public boolean stops() {
    return !reasons() || version >= THOUGHTFUL;
  }

  /** Whether its reasoning can be asked for in a form to be replayed; older ones refuse that. */
  public boolean encrypts() {
    return maker ? reasons() : !chats();
  }

  /** Whether a prompt can say where its cache ends. */
  public boolean marks() {
    return maker && version >= MARKED;
  }

  /** Whether this mark on a part of a prompt can be said. */
  public boolean takes(@Nullable CacheMark cache) {
    return cache != null && marks();
  }

  /** A mark on a part of a prompt as both protocols say it; null where none can be said. */
  public @Nullable Json point(@Nullable CacheMark cache, String path, List<Loss> losses) {
    if (cache == null || !marks()) {
      return null;
    }
    if ("1h".equals(cache.ttl())) {
      losses.add(new Loss(path + ".cache_control.ttl", "OpenAI promises half an hour"));
    }
    return Json.object(p -> p.put("mode", "explicit"));
  }
}
