package dev.sluice.routing;

/**
 * Requests by their size, so that what is cheap for long prompts is not judged by short ones, and
 * scores can be made beforehand: seven sizes of prompt, three of answer.
 */
final class Size {
  private static final long[] PROMPTS = {1_000, 4_000, 16_000, 64_000, 256_000};
  private static final double[] PROMPT = {500, 2_000, 8_000, 32_000, 128_000, 400_000, 2_000};
  private static final int UNKNOWN = PROMPT.length - 1;
  private static final long[] ANSWERS = {0, 256, 2_048};

  /** How many sizes there are. */
  static final int ALL = PROMPT.length * ANSWERS.length;

  private Size() {}

  /**
   * A request's size.
   *
   * @param promptTokens 0: not known
   * @param answerTokens the most that was asked for; 0: nothing was said
   */
  static int of(long promptTokens, long answerTokens) {
    int prompt = 0;
    while (prompt < PROMPTS.length && promptTokens > PROMPTS[prompt]) {
      prompt++;
    }
    int answer =
        answerTokens <= 0 || answerTokens > ANSWERS[2] ? 0 : answerTokens > ANSWERS[1] ? 2 : 1;
    return (promptTokens <= 0 ? UNKNOWN : prompt) * ANSWERS.length + answer;
  }

  /** How many tokens a prompt of this size stands for. */
  static double prompt(int size) {
    return PROMPT[size / ANSWERS.length];
  }

  /** How many tokens are expected of an answer where {@code usual} are usual. */
  static double answer(int size, double usual) {
    long most = ANSWERS[size % ANSWERS.length];
    return most == 0 ? usual : Math.min(usual, (double) most);
  }
}
