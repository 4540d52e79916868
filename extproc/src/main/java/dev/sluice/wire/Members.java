package dev.sluice.wire;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An object's members in their order. Nobody else has the map, so that it need not be copied. */
final class Members extends AbstractMap<String, Json> {
  private final Map<String, Json> members;

  /** Takes the map, which nobody may change from now on. */
  Members(Map<String, Json> members) {
    this.members = members;
  }

  @Override
  public @Nullable Json get(@Nullable Object name) {
    return members.get(name);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return members.containsKey(name);
  }

  @Override
  public int size() {
    return members.size();
  }

  @Override
  public Set<String> keySet() {
    return Collections.unmodifiableSet(members.keySet());
  }

  @Override
  public Set<Map.Entry<String, Json>> entrySet() {
    return Collections.unmodifiableMap(members).entrySet();
  }
}
