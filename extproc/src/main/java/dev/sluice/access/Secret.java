package dev.sluice.access;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * A key as clients present it: {@code sk-sluice-}, 256 random bits, and a checksum, by which most
 * of what is none can be told without looking anywhere.
 */
final class Secret {
  private static final String PREFIX = "sk-sluice-";
  private static final int RANDOM_BYTES = 32;
  private static final int RANDOM_CHARACTERS = 43;
  private static final int CHECK_CHARACTERS = 6;
  private static final int LENGTH = PREFIX.length() + RANDOM_CHARACTERS + CHECK_CHARACTERS;
  private static final int HINT_CHARACTERS = PREFIX.length() + 4;
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private Secret() {}

  /** A new one. */
  static String generate(SecureRandom random) {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    String stem = PREFIX + BASE64.encodeToString(bytes);
    return stem + check(stem);
  }

  /** Whether it may be one of ours. */
  static boolean wellFormed(String presented) {
    if (presented.length() != LENGTH || !presented.startsWith(PREFIX)) {
      return false;
    }
    int stem = LENGTH - CHECK_CHARACTERS;
    return presented.substring(stem).equals(check(presented.substring(0, stem)));
  }

  /** As much of it as may be shown, to recognise it by. */
  static String hint(String secret) {
    return secret.substring(0, HINT_CHARACTERS) + "…";
  }

  private static String check(String stem) {
    var crc = new CRC32();
    crc.update(stem.getBytes(StandardCharsets.UTF_8));
    return BASE64.encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** A key's SHA-256. */
  record Digest(long a, long b, long c, long d) {
    static Digest of(byte[] hash) {
      ByteBuffer bytes = ByteBuffer.wrap(hash);
      return new Digest(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }

    /** It is spread evenly already. */
    @Override
    public int hashCode() {
      return Long.hashCode(a);
    }

    /** In hexadecimal digits. */
    String hex() {
      HexFormat hex = HexFormat.of();
      return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }
  }
}
