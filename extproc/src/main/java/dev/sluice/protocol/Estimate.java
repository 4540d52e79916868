package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.Turn;
import dev.sluice.wire.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * About how many tokens a request has, where no provider counts them. Text counts by its
 * characters: four of an alphabet, or one of a script that writes words or syllables, to a token.
 * Media count what providers charge for a usual one.
 *
 * @see <a href="https://platform.openai.com/docs/concepts/tokens">OpenAI, tokens: four characters
 *     of English each</a>
 * @see <a href="https://docs.anthropic.com/en/docs/build-with-claude/vision">Anthropic, vision: up
 *     to 1,600 tokens an image</a>
 */
public final class Estimate {
  private static final long TURN = 4;
  private static final long IMAGE = 1_600;
  private static final long TOOL = 12;
  private static final int BASE64_OF_A_TOKEN = 32;
  private static final int FIRST_WIDE = 0x2E80;

  /** Longer ones are no words but data. */
  private static final int LONGEST_WORD = 512;

  private Estimate() {}

  /** Tokens of the prompt, its tools included; at least 1. */
  public static long of(Request request) {
    long tokens = 0;
    for (Turn turn : request.turns()) {
      tokens += TURN + blocks(turn.blocks());
    }
    for (Tool tool : request.tools()) {
      tokens +=
          TOOL
              + switch (tool) {
                case Tool.Function f -> text(f.name()) + text(f.description()) + text(f.schema());
                case Tool.Custom c -> text(c.name()) + text(c.description()) + text(c.format());
                case Tool.Native(var _, String raw) -> text(raw);
              };
    }
    return Math.max(1, tokens);
  }

  /** Tokens of an answer. */
  public static long of(List<Block> blocks) {
    return blocks(blocks);
  }

  private static long blocks(List<Block> blocks) {
    long tokens = 0;
    for (Block block : blocks) {
      tokens +=
          switch (block) {
            case Block.Text text -> text(text.text());
            case Block.Thinking thinking -> text(thinking.text());
            case Block.Redacted redacted -> text(redacted.data().text());
            case Block.ToolCall call -> TURN + text(call.name()) + text(call.arguments());
            case Block.ToolResult result -> TURN + blocks(result.content());
            case Block.Refusal refusal -> text(refusal.text());
            case Block.Opaque opaque -> text(opaque.raw());
            case Block.Media media -> media(media);
          };
    }
    return tokens;
  }

  private static long media(Block.Media media) {
    return media.kind() == Block.Kind.IMAGE
            || !(media.source() instanceof Block.Source.Inline(var _, String base64))
        ? IMAGE
        : Math.max(1, base64.length() / BASE64_OF_A_TOKEN);
  }

  private static long text(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    long wide = wide(text);
    return tokens(text.length() - wide, wide);
  }

  /** Characters of scripts that write words or syllables. */
  static long wide(String text) {
    return text.chars().filter(c -> c >= FIRST_WIDE).count();
  }

  /** Tokens of so many characters of an alphabet and of other scripts. */
  static long tokens(long narrow, long wide) {
    return wide + (narrow + 3) / 4;
  }

  /**
   * Tokens of a body of any protocol that nobody has read, by the texts in it; at least 1. One pass
   * over the bytes, which need not be JSON.
   */
  public static long of(byte[] json) {
    long tokens = 0;
    long narrow = 0;
    long wide = 0;
    boolean text = false;
    for (int i = 0; i < json.length; i++) {
      byte b = json[i];
      if (!text) {
        text = b == '"';
        continue;
      }
      int run = Base64.end(json, i) - i;
      if (run > LONGEST_WORD) {
        tokens += Math.min(IMAGE, Math.max(1, run / BASE64_OF_A_TOKEN));
        i += run - 1;
      } else if (run > 0) {
        narrow += run;
        i += run - 1;
      } else if (b == '"') {
        text = false;
      } else {
        // A character of UTF-8 is counted by its first byte; three bytes or more are other scripts.
        if ((b & 0xE0) == 0xE0) {
          wide++;
        } else if ((b & 0xC0) != 0x80) {
          narrow++;
        }
        if (b == '\\') {
          i++;
        }
      }
    }
    return Math.max(1, tokens + tokens(narrow, wide));
  }
}
