package dev.sluice.console;

import io.micronaut.core.annotation.Introspected;

/**
 * What is wrong with a request.
 *
 * @param error what
 */
@Introspected
record Problem(What error) {

  /**
   * What is wrong.
   *
   * @param message a sentence, with what to do
   */
  @Introspected
  record What(String message) {}

  static Problem of(String message) {
    return new Problem(new What(message));
  }
}
