package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class SecretTest {
  private final SecureRandom random = new SecureRandom();

  @Test
  void everyOneIsNewAndWellFormed() {
    var seen = new HashSet<String>();
    for (int i = 0; i < 1000; i++) {
      String secret = Secret.generate(random);
      assertThat(Secret.wellFormed(secret)).as(secret).isTrue();
      assertThat(seen.add(secret)).isTrue();
      assertThat(Secret.hint(secret)).hasSizeLessThan(20);
    }
  }

  @Test
  void oneWrongCharacterIsSeen() {
    String secret = Secret.generate(random);
    for (int i = 0; i < secret.length(); i++) {
      char other = secret.charAt(i) == 'A' ? 'B' : 'A';
      String wrong = secret.substring(0, i) + other + secret.substring(i + 1);
      assertThat(Secret.wellFormed(wrong)).as("%d", i).isFalse();
    }
    assertThat(Secret.wellFormed(secret + "A")).isFalse();
    assertThat(Secret.wellFormed(secret.substring(1))).isFalse();
    assertThat(Secret.wellFormed("")).isFalse();
  }
}
