package dev.sluice.protocol.messages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Loss;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which values of {@code anthropic-beta} a provider sees. */
final class BetaHeaderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "new-2030-01-01,context-1m-2025-08-07 | api.anthropic.com      |"
            + " new-2030-01-01,context-1m-2025-08-07",
        "new-2030-01-01                       | API.Anthropic.com:443  | new-2030-01-01",
        "new-2030-01-01,context-1m-2025-08-07 | reseller.example:8443  | context-1m-2025-08-07",
        "new-2030-01-01                       | reseller.example       | none",
        "context-1m-2025-08-07                | api.anthropic.com.evil | context-1m-2025-08-07",
        "new-2030-01-01                       | api.anthropic.com.evil | none",
        "claude-code-20250219, , interleaved-thinking-2025-05-14,claude-code-20250219 | h |"
            + " claude-code-20250219,interleaved-thinking-2025-05-14",
        "','                                  | api.anthropic.com      | none",
      })
  void byHost(String header, String authority, @Nullable String passed) {
    assertThat(BetaHeader.byHost(header, authority).value()).isEqualTo(passed);
  }

  @Test
  void whatDoesNotPassIsNamed() {
    BetaHeader.Passed passed = BetaHeader.pass("a-1, b-2 ,c-3", "b-2"::equals);
    assertThat(passed.value()).isEqualTo("b-2");
    assertThat(passed.losses())
        .extracting(Loss::field)
        .containsExactly("anthropic-beta.a-1", "anthropic-beta.c-3");
  }
}
