package dev.sluice.protocol.gemini;

import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Suffix;
import dev.sluice.wire.Json;

/** What a client's request says of the form of its answer. */
final class Asked {
  /** A model that takes everything: a client is one. */
  static final Family ANY = new Family(0, 0, false, false, false);

  private Asked() {}

  /**
   * Whether it wants to read thoughts, which are sent on request alone; where the request cannot be
   * read, it might.
   */
  static boolean shown(Ask ask) {
    if (Suffix.of(ask.model())
        .filter(it -> Boolean.TRUE.equals(it.reasoning().shown()))
        .isPresent()) {
      return true;
    }
    Json.Obj root = ask.around();
    if (root == null) {
      return true;
    }
    Json.Obj config = Names.obj(Names.camel(root), "generationConfig");
    Json.Obj thinking = config == null ? null : Names.obj(config, "thinkingConfig");
    return thinking != null && thinking.isTrue("includeThoughts");
  }
}
