package dev.sluice.console;

import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Catalog.Admin;
import dev.sluice.catalog.Catalog.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may use the admin API: the configuration's tokens, and whoever can read the file {@code
 * admin-token} in the data directory, which is made on the first start. Tokens are held as SHA-256.
 */
final class Tokens {
  private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
  private static final String TOKEN = "admin-token";
  private static final String ADDRESS = "admin-address";
  private static final String PREFIX = "sa-sluice-";
  private static final Admin LOCAL = new Admin("local", Role.ADMIN);

  private final @Nullable Path data;
  private final Supplier<@Nullable Catalog> catalog;
  private final String host;
  private final @Nullable ByteBuffer local;

  private Tokens(
      @Nullable Path data,
      Supplier<@Nullable Catalog> catalog,
      String host,
      @Nullable ByteBuffer local) {
    this.data = data;
    this.catalog = catalog;
    this.host = host;
    this.local = local;
  }

  /**
   * Reads the local token, and makes it where there is none.
   *
   * @param data null: there is no local token
   * @param host what the server listens at
   */
  static Tokens open(@Nullable Path data, Supplier<@Nullable Catalog> catalog, String host) {
    ByteBuffer local = null;
    if (data != null) {
      try {
        local = sha256(token(data));
      } catch (IOException e) {
        LOG.warn("there is no local admin token: {}", e.getMessage());
      }
    }
    return new Tokens(data, catalog, host, local);
  }

  private static String token(Path data) throws IOException {
    Path file = data.resolve(TOKEN);
    if (Files.exists(file)) {
      String token = Files.readString(file).strip();
      if (token.startsWith(PREFIX)) {
        return token;
      }
      throw new IOException(file + " holds none; delete it, and the next start makes one.");
    }
    Files.createDirectories(data);
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Path next = data.resolve(TOKEN + ".new");
    Files.deleteIfExists(next);
    Files.createFile(
        next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(next, token + "\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    return token;
  }

  /** Says in the data directory where the server listens, for the command line. */
  void announce(String at, int port) {
    if (data == null) {
      return;
    }
    String reachable =
        switch (at) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::", "[::]" -> "[::1]";
          default -> at.contains(":") && !at.startsWith("[") ? "[" + at + "]" : at;
        };
    try {
      Files.writeString(data.resolve(ADDRESS), reachable + ":" + port + "\n");
    } catch (IOException e) {
      LOG.warn("the admin address is not written: {}", e.getMessage());
    }
  }

  /** Whose token this is; null: nobody's. */
  @Nullable Admin find(String token) {
    ByteBuffer hash = sha256(token);
    if (hash.equals(local)) {
      return LOCAL;
    }
    Catalog now = catalog.get();
    return now == null ? null : now.admins().get(hash);
  }

  /** Whether the server is called so: by an address, localhost, or a name that it was given. */
  boolean called(String name) {
    if (name.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]") || name.equalsIgnoreCase("localhost")) {
      return true;
    }
    Catalog now = catalog.get();
    return name.equalsIgnoreCase(host)
        || (now != null && now.adminHosts().stream().anyMatch(name::equalsIgnoreCase));
  }

  private static ByteBuffer sha256(String text) {
    try {
      return ByteBuffer.wrap(
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
