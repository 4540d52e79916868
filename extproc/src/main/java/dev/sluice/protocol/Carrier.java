package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Scan;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Takes what one provider signed through a client whose protocol is another. The token stands in a
 * field that such clients send back unread (a signature, encrypted content, the end of a call's
 * id), so that nothing is kept here between two turns. It is of letters, digits, {@code _} and
 * {@code -} alone, begins with {@link #MARK}, and is authenticated: what a client made up is not
 * taken for a provider's.
 */
public final class Carrier {
  /** What every token begins with; its digit is the version. */
  public static final String MARK = "sluice-1-";

  /** The most characters of a token. */
  public static final int MAX = 64 * 1024;

  private static final Scan MARKS =
      new Scan('1', ascii(MARK), Base64.getEncoder().encode(ascii(MARK)));
  private static final int PROOF = 16;

  private final Supplier<byte[]> key;

  /** Authenticates with the key of the moment, at least one byte. */
  public Carrier(Supplier<byte[]> key) {
    this.key = key;
  }

  /**
   * What a token carries.
   *
   * @param thoughts {@link Block.Thinking} and {@link Block.Redacted} that stood before the block
   *     that the token stands on, in order
   * @param own the signature of that block itself; null: none
   */
  public record Load(List<Block> thoughts, @Nullable Signature own) {
    /** Copies the list. */
    public Load {
      thoughts = List.copyOf(thoughts);
    }

    /** Whether there is nothing to carry. */
    public boolean isEmpty() {
      return thoughts.isEmpty() && own == null;
    }
  }

  /**
   * What stood in a field.
   *
   * @param text what stood before the token; the whole field where there is none
   * @param marked whether there is a token
   * @param load what it carries; null where there is no token or it is not one of ours
   */
  public record Found(String text, boolean marked, @Nullable Load load) {}

  /** Whether a request's body has a token anywhere, as it is or in base64. */
  public static boolean in(byte[] body) {
    return MARKS.in(body);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The token; empty where it would be longer than {@link #MAX}.
   *
   * @param issuer who signed what has no issuer yet
   */
  public Optional<String> pack(Load load, String issuer) {
    Signature own = load.own();
    Json.Obj json =
        Json.object(
            j -> {
              j.put("b", load.thoughts().stream().map(block -> thought(block, issuer)).toList());
              if (own != null) {
                j.put("s", signature(own, issuer));
              }
            });
    byte[] payload = json.bytes();
    byte[] token = Arrays.copyOf(proof(payload), PROOF + payload.length);
    System.arraycopy(payload, 0, token, PROOF, payload.length);
    String text = MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    return text.length() <= MAX ? Optional.of(text) : Optional.empty();
  }

  /** Looks for a token at the end of a field. */
  public Found open(String field) {
    int at = field.indexOf(MARK);
    return at < 0
        ? new Found(field, false, null)
        : new Found(field.substring(0, at), true, load(field.substring(at + MARK.length())));
  }

  private @Nullable Load load(String text) {
    try {
      byte[] token = Base64.getUrlDecoder().decode(text);
      if (token.length <= PROOF) {
        return null;
      }
      byte[] payload = Arrays.copyOfRange(token, PROOF, token.length);
      if (MessageDigest.isEqual(Arrays.copyOf(proof(payload), PROOF), Arrays.copyOf(token, PROOF))
          && Json.parse(payload) instanceof Json.Obj json) {
        var thoughts = new ArrayList<Block>();
        for (Json item : json.items("b")) {
          thoughts.add(thought((Json.Obj) item));
        }
        return new Load(thoughts, signature(json.obj("s")));
      }
      return null;
    } catch (IllegalArgumentException | Malformed e) {
      return null;
    }
  }

  private static Json.Obj thought(Block block, String issuer) {
    return Json.object(
        j -> {
          Extra extra = block.extra();
          switch (block) {
            case Block.Thinking(String text, var signature, var _) -> {
              j.put("t", text);
              if (signature != null) {
                j.put("s", signature(signature, issuer));
              }
            }
            case Block.Redacted(Signature data, var _) -> j.put("s", signature(data, issuer));
            default -> throw new IllegalArgumentException("only thoughts are carried");
          }
          if (extra != null) {
            j.put("o", extra.origin().name()).put("x", extra.raw());
          }
        });
  }

  private static Block thought(Json.Obj json) {
    String raw = json.text("x");
    Extra extra = raw == null ? null : new Extra(Origin.valueOf(json.text("o", "")), raw);
    Signature signature = signature(json.obj("s"));
    String text = json.text("t");
    return text == null
        ? new Block.Redacted(Objects.requireNonNull(signature), extra)
        : new Block.Thinking(text, signature, extra);
  }

  private static Json.Obj signature(Signature signature, String issuer) {
    return Json.object(
        j ->
            j.put("t", signature.text())
                .put("o", signature.origin().name())
                .put("i", signature.issuer() == null ? issuer : signature.issuer()));
  }

  private static @Nullable Signature signature(Json.@Nullable Obj json) {
    return json == null
        ? null
        : new Signature(json.text("t", ""), Origin.valueOf(json.text("o", "")), json.text("i"));
  }

  private byte[] proof(byte[] payload) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.get(), "HmacSHA256"));
      return mac.doFinal(payload);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
