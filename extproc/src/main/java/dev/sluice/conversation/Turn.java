package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one side says before the other does. Tool results are said by the user's side.
 *
 * @param path where it stood in the source, such as {@code messages[2]}, for losses
 */
public record Turn(Role role, List<Block> blocks, String path, @Nullable Extra extra) {
  /** Copies the list. */
  public Turn {
    blocks = List.copyOf(blocks);
  }

  /** Where a block of it stood in the source, for losses. */
  public String at(int block) {
    boolean list = path.equals("system") || path.equals("instructions");
    return path + (list ? "[" : ".content[") + block + "]";
  }

  /** Who speaks. */
  public enum Role {
    SYSTEM,
    DEVELOPER,
    USER,
    ASSISTANT
  }
}
