package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Signature;
import dev.sluice.protocol.Carrier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thoughts that wait for a call, whose id takes them through the client: every client sends the ids
 * of calls back, and a provider that signs its thoughts wants them back where it called a tool.
 */
final class Pending {
  private final Carrier carrier;
  private final String issuer;
  private final List<Block> thoughts = new ArrayList<>();
  private final List<String> paths = new ArrayList<>();
  private boolean signed;

  Pending(Carrier carrier, String issuer) {
    this.carrier = carrier;
    this.issuer = issuer;
  }

  /** A {@link Block.Thinking} or {@link Block.Redacted} that came at this place. */
  void add(Block thought, String path) {
    thoughts.add(thought);
    boolean sealed = thought instanceof Block.Redacted;
    if (sealed || (thought instanceof Block.Thinking thinking && thinking.signature() != null)) {
      signed = true;
      paths.add(sealed ? path : path + ".signature");
    }
  }

  /** The call's id with what waits for it. */
  String id(String id, @Nullable Signature own, String path, List<Loss> losses) {
    String with = id;
    if (signed || own != null) {
      var token = carrier.pack(new Carrier.Load(signed ? thoughts : List.of(), own), issuer);
      if (token.isPresent()) {
        with = id + token.get();
        paths.clear();
      } else if (own != null) {
        paths.add(path + ".signature");
      }
    }
    end(losses);
    return with;
  }

  /** Nothing will take what still waits. */
  void end(List<Loss> losses) {
    for (String path : paths) {
      losses.add(new Loss(path, "Chat Completions has no place for it but the id of a call"));
    }
    thoughts.clear();
    paths.clear();
    signed = false;
  }
}
