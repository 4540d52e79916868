package dev.sluice.wire;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An object's members in their order; whoever fills one does not do so any more once it is an
 * object's. Few are looked for one by one, which is quicker than a table and takes less memory.
 */
final class Members extends AbstractMap<String, Json> {
  private static final int FEW = 12;
  private static final int USUAL = 6;

  private String[] names;
  private Json[] values;
  private int size;

  /** Where each of many is. */
  private @Nullable Map<String, Integer> places;

  Members() {
    names = new String[USUAL];
    values = new Json[USUAL];
  }

  /** A copy, in the map's order. */
  Members(Map<String, Json> members) {
    names = new String[Math.max(1, members.size())];
    values = new Json[names.length];
    members.forEach(this::add);
  }

  private int place(@Nullable Object name) {
    Map<String, Integer> table = places;
    if (table != null) {
      return table.getOrDefault(name, -1);
    }
    for (int i = 0; i < size; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Puts a member; one of the same name keeps its place and loses its value. */
  void add(String name, Json value) {
    int place = place(name);
    if (place >= 0) {
      values[place] = value;
      return;
    }
    if (size == names.length) {
      names = Arrays.copyOf(names, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    names[size] = name;
    values[size] = value;
    size++;
    Map<String, Integer> table = places;
    if (table != null) {
      table.put(name, size - 1);
    } else if (size > FEW) {
      table = new HashMap<>(4 * FEW);
      for (int i = 0; i < size; i++) {
        table.put(names[i], i);
      }
      places = table;
    }
  }

  /** The name of one, in their order. */
  String name(int place) {
    return names[place];
  }

  /** The value of one, in their order. */
  Json value(int place) {
    return values[place];
  }

  @Override
  public @Nullable Json get(@Nullable Object name) {
    int place = place(name);
    return place < 0 ? null : values[place];
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return place(name) >= 0;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super Json> action) {
    for (int i = 0; i < size; i++) {
      action.accept(names[i], values[i]);
    }
  }

  @Override
  public Set<Map.Entry<String, Json>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<String, Json>> {
    @Override
    public int size() {
      return size;
    }

    @Override
    public Iterator<Map.Entry<String, Json>> iterator() {
      return new Iterator<>() {
        private int at;

        @Override
        public boolean hasNext() {
          return at < size;
        }

        @Override
        public Map.Entry<String, Json> next() {
          if (at == size) {
            throw new NoSuchElementException();
          }
          return Map.entry(names[at], values[at++]);
        }
      };
    }
  }
}
