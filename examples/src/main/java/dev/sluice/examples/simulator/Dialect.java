package dev.sluice.examples.simulator;

/** What a simulated provider speaks. */
public enum Dialect {
  /** OpenAI Chat Completions. */
  CHAT,
  /** OpenAI Responses. */
  RESPONSES,
  /** Anthropic Messages. */
  MESSAGES,
  /** Gemini generateContent. */
  GEMINI
}
