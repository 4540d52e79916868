package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Signature;
import dev.sluice.protocol.Carrier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in {@code thoughtSignature}, which holds bytes in base64, for what another protocol's
 * provider has signed: a token on the next call, or on an empty text at the end. It collects the
 * thoughts of one answer on the way there.
 */
final class Tokens {
  /** What every token begins with here; the mark fills its base64 groups. */
  static final String BEGIN = base64(Carrier.MARK);

  private final Carrier carrier;
  private final String issuer;
  private final List<Loss> losses;
  private final List<Block> thoughts = new ArrayList<>();
  private boolean signed;
  private boolean called;

  Tokens(Carrier carrier, String issuer, List<Loss> losses) {
    this.carrier = carrier;
    this.issuer = issuer;
    this.losses = losses;
  }

  /** A thought of the answer, which needs a token where another protocol's provider signed it. */
  void add(Block thought) {
    thoughts.add(thought);
    signed =
        signed
            || switch (thought) {
              case Block.Thinking(String _, Signature by, var _) -> Parts.foreign(by);
              default -> true;
            };
  }

  /**
   * What a part is signed with; null: nothing.
   *
   * @param own the part's own signature
   */
  @Nullable String take(@Nullable Signature own, String path) {
    boolean foreign = Parts.foreign(own);
    if (own != null && !foreign) {
      return own.text();
    }
    Carrier.Load load = load(own);
    return load.isEmpty() ? null : pack(load, path);
  }

  /**
   * What a call is signed with. The first of an answer always is, be there nothing to carry: such a
   * client sends it back as it is, and Gemini 3 refuses a first call without.
   */
  @Nullable String call(@Nullable Signature own, String path) {
    String signature = take(own, path);
    boolean first = !called;
    called = true;
    return signature == null && first ? pack(new Carrier.Load(List.of(), null), path) : signature;
  }

  private Carrier.Load load(@Nullable Signature own) {
    var load = new Carrier.Load(signed ? thoughts : List.of(), own);
    thoughts.clear();
    signed = false;
    return load;
  }

  private @Nullable String pack(Carrier.Load load, String path) {
    String token = carrier.pack(load, issuer).orElse(null);
    if (token == null) {
      losses.add(new Loss(path + ".signature", "it is too large to be carried"));
      return null;
    }
    return base64(token);
  }

  /** Opens a token that stands in a field. */
  static Carrier.Found open(Carrier carrier, String field) {
    try {
      return carrier.open(
          new String(
              Base64.getDecoder().decode(field.replaceFirst("=+$", "")),
              StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      return new Carrier.Found("", true, null);
    }
  }

  private static String base64(String ascii) {
    return Base64.getEncoder().encodeToString(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
