package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What kind of answer is wanted.
 *
 * @param format of its text; null: not said
 * @param verbosity a word such as {@code low}; null: not said
 * @param modalities {@code text}, {@code audio}, {@code image}; empty: not said
 * @param voice of spoken answers; null: none wanted
 */
public record Output(
    @Nullable Format format,
    @Nullable String verbosity,
    List<String> modalities,
    @Nullable Voice voice) {
  /** Nothing said. */
  public static final Output ANY = new Output(null, null, List.of(), null);

  /** Copies the list. */
  public Output {
    modalities = List.copyOf(modalities);
  }

  /**
   * How an answer is spoken.
   *
   * @param name the provider's name of the voice
   * @param format such as {@code wav} or {@code pcm16}; null: the provider's
   */
  public record Voice(String name, @Nullable String format) {}
}
