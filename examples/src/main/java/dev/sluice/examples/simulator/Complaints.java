package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;

/** What real providers refuse with 400, so that a bad translation is found out. */
final class Complaints {
  private Complaints() {}

  /** Why the provider would refuse it; empty where it would not. */
  static String about(Dialect dialect, JsonNode request, Heard heard, Seals seals) {
    try {
      switch (dialect) {
        case CHAT -> ChatRules.check(request);
        case RESPONSES -> new ResponsesRules(request, seals).check();
        case MESSAGES -> new MessagesRules(request, seals).check();
        case GEMINI -> new GeminiRules(request, heard.model(), seals).check();
      }
      return "";
    } catch (Complaint complaint) {
      return String.valueOf(complaint.getMessage());
    }
  }
}
