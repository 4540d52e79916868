package dev.sluice.protocol.chat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Sound that comes in pieces of base64, of which some may be padded. */
final class Sound {
  private final List<StringBuilder> pieces = new ArrayList<>();
  private int length;

  /** Whether a medium of this type is samples alone, so that two of it in a row are one. */
  static boolean bare(String type) {
    return type.startsWith("audio/L16") || type.startsWith("audio/pcm");
  }

  /** Takes the next piece. What follows padding begins anew. */
  void add(String base64) {
    if (pieces.isEmpty() || padded(pieces.getLast())) {
      pieces.add(new StringBuilder());
    }
    pieces.getLast().append(base64);
    length += base64.length();
  }

  private static boolean padded(CharSequence piece) {
    return !piece.isEmpty() && piece.charAt(piece.length() - 1) == '=';
  }

  /** How many characters have come. */
  int length() {
    return length;
  }

  /** All of it as one; as it came where it is no base64. */
  String base64() {
    if (pieces.size() > 1) {
      try {
        var bytes = new ByteArrayOutputStream();
        pieces.forEach(piece -> bytes.writeBytes(Base64.getDecoder().decode(piece.toString())));
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
      } catch (IllegalArgumentException e) {
        return String.join("", pieces);
      }
    }
    return pieces.isEmpty() ? "" : pieces.getFirst().toString();
  }
}
