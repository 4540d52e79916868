package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.protocol.Carrier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands where a Messages client keeps signatures and sealed thinking: Anthropic's own as it
 * is, and a token for everybody else's, be it unsigned, so that the next turn can tell.
 */
final class Tokens {
  private final Carrier carrier;
  private final String issuer;

  Tokens(Carrier carrier, String issuer) {
    this.carrier = carrier;
    this.issuer = issuer;
  }

  /** The signature of a thinking block; its text stands beside it and is not carried twice. */
  String thinking(Block.Thinking thinking, String path, List<Loss> losses) {
    Signature signature = thinking.signature();
    if (signature != null && signature.origin() == Origin.MESSAGES) {
      return signature.text();
    }
    Extra extra = thinking.extra();
    var bare = new Block.Thinking("", signature, extra);
    String token = pack(new Carrier.Load(List.of(bare), null), path + ".signature", losses);
    return token == null ? "" : token;
  }

  /** The data of a redacted block; null where it is too large to be carried. */
  @Nullable String redacted(Block.Redacted redacted, String path, List<Loss> losses) {
    return redacted.data().origin() == Origin.MESSAGES
        ? redacted.data().text()
        : pack(new Carrier.Load(List.of(redacted), null), path, losses);
  }

  /** The data of a redacted block that signs its neighbour; null where nobody signed it. */
  @Nullable String own(@Nullable Signature signature, String path, List<Loss> losses) {
    return signature == null
        ? null
        : pack(new Carrier.Load(List.of(), signature), path + ".signature", losses);
  }

  /** What stands between the signature of a text and a call that nobody signed. */
  @Nullable String nobody() {
    return carrier.pack(new Carrier.Load(List.of(), null), issuer).orElse(null);
  }

  private @Nullable String pack(Carrier.Load load, String path, List<Loss> losses) {
    String token = carrier.pack(load, issuer).orElse(null);
    if (token == null) {
      losses.add(new Loss(path, "it is too large to be carried"));
    }
    return token;
  }
}
