package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * A medium of a request whose bytes a provider would take and whose address it would not.
 *
 * @param url an address of {@code http} or {@code https}
 * @param kind what it is
 * @param path where it stands in the source
 */
public record Wanted(String url, Block.Kind kind, String path) {
  /** All of a request, in order; what the model's side said is no medium that goes back. */
  public static List<Wanted> of(
      Request request, Protocol.Translator provider, Protocol.Target target) {
    var wanted = new ArrayList<Wanted>();
    for (Turn turn : request.turns()) {
      if (turn.role() == Turn.Role.USER) {
        for (int i = 0; i < turn.blocks().size(); i++) {
          add(turn.blocks().get(i), turn.at(i), provider, target, wanted);
        }
      }
    }
    return wanted;
  }

  private static void add(
      Block block,
      String path,
      Protocol.Translator provider,
      Protocol.Target target,
      List<Wanted> into) {
    if (block instanceof Block.ToolResult result) {
      for (int i = 0; i < result.content().size(); i++) {
        add(result.content().get(i), path + ".content[" + i + "]", provider, target, into);
      }
    } else if (block instanceof Block.Media media
        && media.source() instanceof Block.Source.Url(String url)
        && (url.startsWith("https://") || url.startsWith("http://"))
        && provider.takesBytesAlone(media.kind(), url, target)) {
      into.add(new Wanted(url, media.kind(), path));
    }
  }
}
