package dev.sluice.conversation;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One piece of a turn. Their order in a turn is the order in which they were said. */
public sealed interface Block {
  /** Fields of its own that the model does not know; null: none. */
  @Nullable Extra extra();

  /**
   * Plain text.
   *
   * @param citations what it rests on
   * @param signature null where nobody signed it
   * @param cache null: none
   */
  record Text(
      String text,
      List<Citation> citations,
      @Nullable Signature signature,
      @Nullable CacheMark cache,
      @Nullable Extra extra)
      implements Block {
    /** Copies the list. */
    public Text {
      citations = List.copyOf(citations);
    }

    /** Text and nothing else. */
    public Text(String text) {
      this(text, List.of(), null, null, null);
    }

    /** Text that nobody signed and that cites nothing. */
    public Text(String text, @Nullable CacheMark cache, @Nullable Extra extra) {
      this(text, List.of(), null, cache, extra);
    }
  }

  /**
   * What a model thought before it spoke.
   *
   * @param signature null where nobody signed it
   */
  record Thinking(String text, @Nullable Signature signature, @Nullable Extra extra)
      implements Block {}

  /**
   * Thinking that the provider gives only in a form that it alone can read.
   *
   * @param data opaque; goes back to its issuer alone
   */
  record Redacted(Signature data, @Nullable Extra extra) implements Block {}

  /**
   * The model calls a tool.
   *
   * @param id stable over the conversation; empty where the provider gave none
   * @param arguments as the model wrote them, normally a JSON object's text; never parsed here
   * @param freeform whether the arguments are plain text, for a {@link Tool.Custom}
   * @param signature null where nobody signed it
   */
  record ToolCall(
      String id,
      String name,
      String arguments,
      boolean freeform,
      @Nullable Signature signature,
      @Nullable CacheMark cache,
      @Nullable Extra extra)
      implements Block {
    /** An unsigned call of a function. */
    public ToolCall(
        String id,
        String name,
        String arguments,
        @Nullable CacheMark cache,
        @Nullable Extra extra) {
      this(id, name, arguments, false, null, cache, extra);
    }
  }

  /**
   * What a tool said.
   *
   * @param callId the id of the call that it answers
   * @param name the tool's; null where the protocol names the call alone
   * @param content text and media
   * @param error whether the tool failed
   */
  record ToolResult(
      String callId,
      @Nullable String name,
      List<Block> content,
      boolean error,
      @Nullable CacheMark cache,
      @Nullable Extra extra)
      implements Block {
    /** Copies the list. */
    public ToolResult {
      content = List.copyOf(content);
    }
  }

  /**
   * An image, a document, a piece of audio or video.
   *
   * @param name a file name or title; null: none
   * @param detail how closely it is looked at, such as {@code low} or {@code high}; null: not said
   * @param signature null where nobody signed it
   */
  record Media(
      Kind kind,
      Source source,
      @Nullable String name,
      @Nullable String detail,
      @Nullable Signature signature,
      @Nullable CacheMark cache,
      @Nullable Extra extra)
      implements Block {
    /** An unsigned medium. */
    public Media(
        Kind kind,
        Source source,
        @Nullable String name,
        @Nullable String detail,
        @Nullable CacheMark cache,
        @Nullable Extra extra) {
      this(kind, source, name, detail, null, cache, extra);
    }

    /** The same medium with another signature. */
    public Media signed(@Nullable Signature by) {
      return new Media(kind, source, name, detail, by, cache, extra);
    }

    /** The same medium with its bytes here; a document is what its type says by then. */
    public Media inline(Source.Inline bytes) {
      Kind is = kind == Kind.DOCUMENT ? Kind.of(bytes.mediaType()) : kind;
      return new Media(is, bytes, name, detail, signature, cache, extra);
    }
  }

  /** What a medium is. */
  enum Kind {
    IMAGE,
    DOCUMENT,
    AUDIO,
    VIDEO;

    /** What a media type such as {@code image/png} is; a document where it is nothing else. */
    public static Kind of(String type) {
      return type.startsWith("image/")
          ? IMAGE
          : type.startsWith("audio/") ? AUDIO : type.startsWith("video/") ? VIDEO : DOCUMENT;
    }
  }

  /** Where a medium's bytes are. */
  sealed interface Source {
    /** At an address that the provider fetches. */
    record Url(String url) implements Source {}

    /** Here, in base64. */
    record Inline(String mediaType, String base64) implements Source {
      /** The bytes as UTF-8; the base64 itself where it is none. */
      public String text() {
        try {
          return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
          return base64;
        }
      }

      /** As a {@code data:} address (RFC 2397). */
      public String url() {
        return "data:" + mediaType + ";base64," + base64;
      }
    }

    /**
     * At the provider, under an id that only it knows.
     *
     * @param origin the protocol whose provider keeps it
     */
    record File(String id, Origin origin) implements Source {
      /** Whether a provider of this protocol knows the id; OpenAI's two share their files. */
      public boolean knownTo(Origin protocol) {
        return origin.openAi() ? protocol.openAi() : origin == protocol;
      }
    }

    /** What an address says; {@link Inline} where it holds the bytes itself. */
    static Source of(String url) {
      int comma = url.indexOf(',');
      String end = ";base64";
      return url.startsWith("data:") && comma > 0 && url.substring(0, comma).endsWith(end)
          ? new Inline(url.substring(5, comma - end.length()), url.substring(comma + 1))
          : new Url(url);
    }
  }

  /** The model says that it will not answer. */
  record Refusal(String text, @Nullable Extra extra) implements Block {}

  /**
   * Something that only its own protocol has a word for.
   *
   * @param origin that protocol
   * @param raw its JSON text
   */
  record Opaque(Origin origin, String raw) implements Block {
    @Override
    public @Nullable Extra extra() {
      return null;
    }
  }
}
