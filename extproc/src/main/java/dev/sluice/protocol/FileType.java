package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a file's name, or the path of an address, says of its media type, and the reverse. */
public final class FileType {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("png", "image/png"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("webp", "image/webp"),
          Map.entry("bmp", "image/bmp"),
          Map.entry("heic", "image/heic"),
          Map.entry("heif", "image/heif"),
          Map.entry("gif", "image/gif"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("txt", "text/plain"),
          Map.entry("log", "text/plain"),
          Map.entry("md", "text/markdown"),
          Map.entry("html", "text/html"),
          Map.entry("htm", "text/html"),
          Map.entry("csv", "text/csv"),
          Map.entry("json", "application/json"),
          Map.entry("mp3", "audio/mp3"),
          Map.entry("wav", "audio/wav"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("mov", "video/mov"),
          Map.entry("webm", "video/webm"));

  private FileType() {}

  /** Null where the ending of its last name says nothing. */
  public static @Nullable String of(String name) {
    String path = name.replaceFirst("[?#].*", "");
    int dot = path.lastIndexOf('.');
    return dot < path.lastIndexOf('/')
        ? null
        : TYPES.get(path.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /** A document's name with an ending that says its type, be it made up: OpenAI wants both. */
  public static String name(@Nullable String name, Block.Source.Inline document) {
    String ending =
        switch (document.mediaType()) {
          case "application/pdf" -> ".pdf";
          case "text/plain" -> ".txt";
          case "text/markdown" -> ".md";
          case "text/csv" -> ".csv";
          case "text/html" -> ".html";
          case "application/json" -> ".json";
          default -> "";
        };
    if (name == null) {
      return "document" + (ending.isEmpty() ? ".pdf" : ending);
    }
    return of(name) == null ? name + ending : name;
  }
}
