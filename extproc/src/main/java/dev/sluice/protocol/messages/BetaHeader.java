package dev.sluice.protocol.messages;

import dev.sluice.conversation.Loss;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a client's {@code anthropic-beta} header a provider may see. Anthropic takes all
 * of them; others that offer Claude answer 400 to one that they do not know, so that they get those
 * alone which Claude's other hosts are known to take.
 *
 * @see <a href="https://docs.anthropic.com/en/api/beta-headers">Anthropic, beta headers</a>
 */
public final class BetaHeader {
  /** The header's name. */
  public static final String NAME = "anthropic-beta";

  /** What others than Anthropic take where the channel says nothing. */
  static final Set<String> KNOWN =
      Set.of(
          "claude-code-20250219",
          "computer-use-2025-01-24",
          "computer-use-2025-11-24",
          "context-1m-2025-08-07",
          "context-management-2025-06-27",
          "effort-2025-11-24",
          "fine-grained-tool-streaming-2025-05-14",
          "interleaved-thinking-2025-05-14",
          "output-128k-2025-02-19",
          "structured-outputs-2025-11-13",
          "token-efficient-tools-2025-02-19",
          "tool-examples-2025-10-29",
          "tool-search-tool-2025-10-19");

  private static final String ANTHROPIC = "api.anthropic.com";

  private BetaHeader() {}

  /**
   * What is left of the header.
   *
   * @param value null: nothing
   * @param losses the values that do not pass
   */
  public record Passed(@Nullable String value, List<Loss> losses) {
    /** Copies the list. */
    public Passed {
      losses = List.copyOf(losses);
    }
  }

  /**
   * By the provider's host: all for Anthropic's own, else those that are known.
   *
   * @param header the values, commas between
   * @param authority the provider's host, maybe with its port
   */
  public static Passed byHost(String header, String authority) {
    String host = authority.replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    return host.equals(ANTHROPIC) ? pass(header, _ -> true) : pass(header, KNOWN::contains);
  }

  /** Those that a channel names. */
  public static Passed pass(String header, Predicate<String> passes) {
    var kept = new ArrayList<String>();
    var losses = new ArrayList<Loss>();
    var values = new LinkedHashSet<String>();
    for (String value : header.split(",", -1)) {
      values.add(value.strip());
    }
    values.remove("");
    for (String value : values) {
      if (passes.test(value)) {
        kept.add(value);
      } else {
        losses.add(new Loss(NAME + "." + value, "the channel's provider is not told of it"));
      }
    }
    return new Passed(kept.isEmpty() ? null : String.join(",", kept), losses);
  }
}
