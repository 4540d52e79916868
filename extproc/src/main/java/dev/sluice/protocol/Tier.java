package dev.sluice.protocol;

import org.jspecify.annotations.Nullable;

/** The providers' words for how soon they answer, each in the words of the others. */
public final class Tier {
  private Tier() {}

  /** A word that OpenAI knows; null where it has none for it. */
  public static @Nullable String openAi(String tier) {
    return switch (tier) {
      case "auto", "default", "flex", "scale", "priority" -> tier;
      case "standard", "standard_only" -> "default";
      default -> null;
    };
  }

  /** A word that a request to Anthropic may say; null where it has none for it. */
  public static @Nullable String askAnthropic(String tier) {
    return switch (tier) {
      case "auto", "standard_only" -> tier;
      case "default", "standard" -> "standard_only";
      default -> null;
    };
  }

  /** A word that Anthropic's answers say; null where it has none for it. */
  public static @Nullable String anthropic(String tier) {
    return switch (tier) {
      case "standard", "priority", "batch" -> tier;
      case "default" -> "standard";
      default -> null;
    };
  }
}
