package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import java.util.List;

/**
 * Orders channels of one priority, the one to try first in front. A policy of this shape decides
 * among equals; priorities are never its business.
 */
@FunctionalInterface
public interface Score {
  /**
   * The same channels in the order in which they shall be tried.
   *
   * @param group whose aim counts
   * @param equals at least two channels of one priority
   */
  List<Channel> order(Group group, List<Channel> equals);
}
