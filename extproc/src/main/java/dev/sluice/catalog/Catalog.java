package dev.sluice.catalog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a choice needs, as it stood at one moment. Immutable.
 *
 * @param channels by name
 * @param groups by name
 * @param keys by the SHA-256 of the key
 * @param rules checked in order, before the built-in ones
 * @param maxRequestBody in bytes
 * @param carrierKey what tokens for foreign clients are authenticated with, in hexadecimal digits
 * @param responses what is kept of clients' responses
 * @param ledger what is kept of requests
 * @param status how the configuration file stands
 * @param retries how many further tries there may be over all traffic
 * @param admins who may use the admin API, by the SHA-256 of the token
 * @param adminHosts names by which the admin API may be called, beside addresses and localhost
 */
public record Catalog(
    Map<String, Channel> channels,
    Map<String, Group> groups,
    Map<ByteBuffer, Key> keys,
    List<Rule> rules,
    long maxRequestBody,
    String carrierKey,
    Responses responses,
    Ledger ledger,
    Status status,
    Retries retries,
    Map<ByteBuffer, Admin> admins,
    Set<String> adminHosts) {

  /** Copies the collections. */
  public Catalog {
    channels = Map.copyOf(channels);
    groups = Map.copyOf(groups);
    keys = Map.copyOf(keys);
    rules = List.copyOf(rules);
    admins = Map.copyOf(admins);
    adminHosts = Set.copyOf(adminHosts);
  }

  /** With what holds where nothing is said. */
  public Catalog(
      Map<String, Channel> channels,
      Map<String, Group> groups,
      Map<ByteBuffer, Key> keys,
      List<Rule> rules,
      long maxRequestBody,
      String carrierKey,
      Responses responses,
      Status status) {
    this(
        channels,
        groups,
        keys,
        rules,
        maxRequestBody,
        carrierKey,
        responses,
        Ledger.DEFAULT,
        status,
        Retries.USUAL,
        Map.of(),
        Set.of());
  }

  /**
   * One who may use the admin API.
   *
   * @param name for the audit log
   */
  public record Admin(String name, Role role) {}

  /** What an admin token allows; each role allows what those before it do. */
  public enum Role {
    /** To look at everything but secrets, which nobody can look at. */
    VIEWER,
    /** To work on channels too. */
    OPERATOR,
    /** To change keys, users and groups too. */
    ADMIN
  }

  /**
   * What is kept of responses where their provider does not keep them.
   *
   * @param store whether they are
   * @param ttl for how long
   * @param maxSize of all together, in bytes
   */
  public record Responses(boolean store, Duration ttl, long maxSize) {
    /** Where nothing is said. */
    public static final Responses DEFAULT = new Responses(true, Duration.ofDays(30), 1L << 30);
  }

  /**
   * What is kept of requests.
   *
   * @param retention for how long
   */
  public record Ledger(Duration retention) {
    /** Where nothing is said. */
    public static final Ledger DEFAULT = new Ledger(Duration.ofDays(90));
  }

  /**
   * How the configuration file stands.
   *
   * @param applied when the one in force was read
   * @param refused what was wrong with a newer one, a line an error; empty: nothing
   */
  public record Status(Instant applied, List<String> refused) {
    /** Copies the list. */
    public Status {
      refused = List.copyOf(refused);
    }
  }

  /** What the keys of a group are charged is what the providers take times this. */
  public double multiplier(String group) {
    Group of = groups.get(group);
    return of == null ? 1 : of.priceMultiplier();
  }

  /** The channels of a group and of its ancestors, nearest group first, each channel once. */
  public List<List<Channel>> reach(String group) {
    var seen = new LinkedHashSet<String>();
    var levels = new ArrayList<List<Channel>>();
    var passed = new LinkedHashSet<String>();
    for (@Nullable Group at = groups.get(group);
        at != null && passed.add(at.name());
        at = at.parent() == null ? null : groups.get(at.parent())) {
      var level = new ArrayList<Channel>();
      for (String name : at.channels()) {
        Channel channel = channels.get(name);
        if (channel != null && seen.add(name)) {
          level.add(channel);
        }
      }
      levels.add(List.copyOf(level));
    }
    return List.copyOf(levels);
  }
}
