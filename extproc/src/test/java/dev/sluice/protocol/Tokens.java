package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A carrier's tokens as golden files show them: {@code sluice-1-<{'b':[...]}>} is what one carries,
 * with single quotes, and {@code base64(...)} around it stands for one in base64.
 */
final class Tokens {
  static final byte[] KEY = "golden".getBytes(StandardCharsets.UTF_8);

  private static final int PROOF = 16;
  private static final Pattern TOKEN = Pattern.compile("sluice-1-([A-Za-z0-9_-]+)");
  private static final Pattern IN_BASE64 = Pattern.compile("c2x1aWNlLTEt[A-Za-z0-9+/=]*");
  private static final Pattern READABLE = Pattern.compile("sluice-1-<(.*?)>");
  private static final Pattern READABLE_BASE64 = Pattern.compile("base64\\((sluice-1-.*?)\\)");

  private Tokens() {}

  /** Tokens made readable. */
  static String open(String text) {
    String plain =
        each(
            IN_BASE64,
            text,
            found ->
                "base64("
                    + new String(Base64.getDecoder().decode(found), StandardCharsets.US_ASCII)
                    + ")",
            0);
    return each(TOKEN, plain, Tokens::payload, 1);
  }

  /** Readable tokens made real. */
  static String seal(String text) {
    String sealed = each(READABLE, text, Tokens::token, 1);
    return each(
        READABLE_BASE64,
        sealed,
        token -> Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.US_ASCII)),
        1);
  }

  private static String each(Pattern what, String text, UnaryOperator<String> change, int group) {
    return what.matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(change.apply(found.group(group))));
  }

  private static String payload(String token) {
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    String json = new String(bytes, PROOF, bytes.length - PROOF, StandardCharsets.UTF_8);
    return "sluice-1-<" + json.replace('"', '\'') + ">";
  }

  private static String token(String readable) {
    byte[] payload = readable.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    byte[] token = Arrays.copyOf(proof(payload), PROOF + payload.length);
    System.arraycopy(payload, 0, token, PROOF, payload.length);
    return "sluice-1-" + Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  private static byte[] proof(byte[] payload) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
      return mac.doFinal(payload);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
