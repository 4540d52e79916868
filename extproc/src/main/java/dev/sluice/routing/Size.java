package dev.sluice.routing;

/**
 * Requests by their size, so that what is cheap for long prompts is not judged by short ones, and
 * scores can be made beforehand: seven sizes of prompt, three of answer, each with a session or
 * without.
 */
final class Size {
  private static final long[] PROMPTS = {1_000, 4_000, 16_000, 64_000, 256_000};
  private static final double[] PROMPT = {500, 2_000, 8_000, 32_000, 128_000, 400_000, 2_000};
  private static final int UNKNOWN = PROMPT.length - 1;
  private static final long[] ANSWERS = {0, 256, 2_048};

  /** How many sizes there are. */
  static final int ALL = PROMPT.length * ANSWERS.length * 2;

  private Size() {}

  /**
   * A request's size.
   *
   * @param promptTokens 0: not known
   * @param answerTokens the most that was asked for; 0: nothing was said
   * @param session whether it belongs to one
   */
  static int of(long promptTokens, long answerTokens, boolean session) {
    int prompt = 0;
    while (prompt < PROMPTS.length && promptTokens > PROMPTS[prompt]) {
      prompt++;
    }
    int answer =
        answerTokens <= 0 || answerTokens > ANSWERS[2] ? 0 : answerTokens > ANSWERS[1] ? 2 : 1;
    int both = (promptTokens <= 0 ? UNKNOWN : prompt) * ANSWERS.length + answer;
    return both * 2 + (session ? 1 : 0);
  }

  /** Whether the requests belong to sessions. */
  static boolean session(int size) {
    return size % 2 == 1;
  }

  /** How many tokens a prompt of this size stands for. */
  static double prompt(int size) {
    return PROMPT[size / 2 / ANSWERS.length];
  }

  /** How many tokens are expected of an answer where {@code usual} are usual. */
  static double answer(int size, double usual) {
    long most = ANSWERS[size / 2 % ANSWERS.length];
    return most == 0 ? usual : Math.min(usual, (double) most);
  }
}
