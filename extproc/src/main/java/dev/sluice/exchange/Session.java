package dev.sluice.exchange;

import dev.sluice.protocol.Gist;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What a conversation is known by: a header of the client's, the protocol's own field, or how it
 * begins. Always with the key, so that two people who say the same are not one.
 */
final class Session {
  /** The gateway's own, and those that coding agents send. */
  static final List<String> HEADERS =
      List.of(
          "x-sluice-session",
          "x-session-id",
          "session_id",
          "session-id",
          "conversation_id",
          "x-claude-code-session-id");

  private static final int BYTES = 16;

  private Session() {}

  /** 32 hexadecimal digits; empty where nothing tells one conversation from another. */
  static String of(String key, Map<String, String> headers, Gist gist) {
    for (String name : HEADERS) {
      String said = headers.get(name);
      if (said != null && !said.isBlank()) {
        return hash(key, "header", said);
      }
    }
    if (!gist.conversation().isEmpty()) {
      return hash(key, "conversation", gist.conversation());
    }
    if (gist.opening() == 0) {
      return "";
    }
    // A person has many conversations, and everybody may be one person.
    return hash(key, "opening", gist.person() + "\n" + Long.toHexString(gist.opening()));
  }

  private static String hash(String key, String kind, String said) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((key + "\n" + kind + "\n" + said).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
