package dev.sluice.wire;

/**
 * Bytes that may stand in base64, of both its alphabets and with its padding.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4648">RFC 4648, sections 4 and 5</a>
 */
public final class Base64 {
  /** By the byte as an unsigned number; looked up, since a comparison of random bytes misleads. */
  private static final boolean[] MEMBER = new boolean[256];

  static {
    String alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + "+/" + "-_" + "=";
    alphabet.chars().forEach(c -> MEMBER[c] = true);
  }

  private Base64() {}

  /** Where a run that begins here is over: {@code from} itself where there is none. */
  public static int end(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && MEMBER[bytes[at] & 0xff]) {
      at++;
    }
    return at;
  }

  /** Where a run that is over here begins: {@code to} itself where there is none. */
  public static int start(byte[] bytes, int to) {
    int at = to;
    while (at > 0 && MEMBER[bytes[at - 1] & 0xff]) {
      at--;
    }
    return at;
  }
}
