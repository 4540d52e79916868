package dev.sluice.conversation;

/** The protocol that a piece of a conversation was written in. Never a channel. */
public enum Origin {
  /** OpenAI Chat Completions. */
  CHAT,
  /** OpenAI Responses. */
  RESPONSES,
  /** Anthropic Messages. */
  MESSAGES,
  /** Gemini generateContent. */
  GEMINI;

  /** Whether it is one of OpenAI's two. */
  public boolean openAi() {
    return this == CHAT || this == RESPONSES;
  }
}
