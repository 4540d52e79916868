package dev.sluice.access;

import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Key;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a presented key opens. Keys are held as SHA-256, so that neither the heap nor a timing
 * tells one.
 */
public final class Keys {
  private Keys() {}

  /** What {@code presented} opens; null where it is not one of ours. */
  public static @Nullable Key find(Catalog catalog, String presented) {
    return catalog.keys().get(ByteBuffer.wrap(sha256(presented)));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
