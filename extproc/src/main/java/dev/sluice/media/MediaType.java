package dev.sluice.media;

import dev.sluice.conversation.Block.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What fetched bytes are, by what their server says or, where it says nothing, by how they begin.
 */
final class MediaType {
  private static final Set<String> NOTHING =
      Set.of("", "application/octet-stream", "binary/octet-stream", "application/x-download");

  private MediaType() {}

  /** A {@code content-type} without its parameters; null where it says nothing. */
  static @Nullable String said(@Nullable String header) {
    String type =
        header == null ? "" : header.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
    return NOTHING.contains(type) || !type.matches("[a-z]+/[a-z0-9.+-]+") ? null : type;
  }

  /** Null where they begin like nothing that is known. */
  static @Nullable String of(byte[] bytes) {
    String begin = new String(bytes, 0, Math.min(bytes.length, 12), StandardCharsets.ISO_8859_1);
    if (begin.startsWith("RIFF") && begin.length() == 12) {
      return switch (begin.substring(8)) {
        case "WEBP" -> "image/webp";
        case "WAVE" -> "audio/wav";
        default -> null;
      };
    }
    if (begin.startsWith("ftyp", 4)) {
      return "video/mp4";
    }
    return begin.startsWith("\u0089PNG")
        ? "image/png"
        : begin.startsWith("\u00ff\u00d8\u00ff")
            ? "image/jpeg"
            : begin.startsWith("GIF8")
                ? "image/gif"
                : begin.startsWith("%PDF-")
                    ? "application/pdf"
                    : begin.startsWith("ID3") || begin.startsWith("\u00ff\u00fb")
                        ? "audio/mpeg"
                        : begin.startsWith("OggS")
                            ? "audio/ogg"
                            : begin.startsWith("fLaC") ? "audio/flac" : null;
  }

  /** Whether it may stand where such a medium is expected; a document may be of any kind. */
  static boolean fits(String type, Kind kind) {
    return kind == Kind.DOCUMENT
        ? !type.startsWith("multipart/") && !type.startsWith("message/")
        : Kind.of(type) == kind;
  }
}
