package dev.sluice.examples.simulator;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a provider signs its thoughts and calls with. A seal holds what it stands for, so that the
 * provider knows its own again and keeps nothing between two turns.
 */
final class Seals {
  private static final int PROOF = 32;

  private final SecretKeySpec key;
  private final Set<String> issued = ConcurrentHashMap.newKeySet();

  /** Each provider has a key of its own, by its name and dialect. */
  Seals(Dialect dialect, String provider) {
    key =
        new SecretKeySpec(
            (dialect + " " + provider).getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  /** A seal over a text, in base64. */
  String seal(String text) {
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    byte[] proof = proof(plain);
    byte[] all = Arrays.copyOf(proof, PROOF + plain.length);
    System.arraycopy(plain, 0, all, PROOF, plain.length);
    String seal = Base64.getEncoder().encodeToString(all);
    issued.add(seal);
    return seal;
  }

  /** What a seal of this provider's stands for; empty where it is none. */
  Optional<String> open(String seal) {
    byte[] all;
    try {
      all = Base64.getDecoder().decode(seal);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (all.length < PROOF) {
      return Optional.empty();
    }
    byte[] plain = Arrays.copyOfRange(all, PROOF, all.length);
    return MessageDigest.isEqual(proof(plain), Arrays.copyOf(all, PROOF))
        ? Optional.of(new String(plain, StandardCharsets.UTF_8))
        : Optional.empty();
  }

  /** Every one that was given out. */
  Set<String> issued() {
    return Set.copyOf(issued);
  }

  private byte[] proof(byte[] plain) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
