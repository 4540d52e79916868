package dev.sluice.xds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file says, and what is said of one that is wrong. */
final class ConfigurationFileTest {
  private static final String GOOD =
      """
      edge:
        http: 127.0.0.1:10000
        max_request_body: 8MiB
      admin: 127.0.0.1:9090
      groups:
        default:
          max_attempts: 3
          hedge_after: 150ms
          channels: [one]
        child: {parent: default, mode: economy, price_multiplier: 1.5, bodies: {redact: ["a+"]}}
      channels:
        one:
          protocol: openai-chat
          base_urls: ["https://a.example.com/v1/", "http://127.0.0.1:8080"]
          accounts:
            - {name: main, key: "${ONE_KEY}", groups: [default]}
            - {name: spare, key: "${SPARE:-none}", priority: 2}
          models: [{alias: m, model: real}, {match: "*x*&*y*"}]
          timeouts: {first_token: 20s}
          limits: {rpm: 600, tpm: 2000000}
          fetch_media: {max_size: 2MiB}
        two:
          protocol: anthropic
          base_urls: ["https://c.example.com"]
          accounts: [{name: main, key: none}]
          models: [{match: "*claude*"}]
          anthropic_beta: [context-1m-2025-08-07]
      error_rules:
        - {status: 403, body: "(?i)quota", action: cool_account, for: 1h}
      keys:
        - {name: alice, key: sk-1, group: default, limits: {rpm: 60, budget: 50 USD/month}}
      responses: {store: false, ttl: 7d, max_size: 4GiB}
      ledger: {retention: 30d}
      currencies: {EUR: 1.25}
      admin_tokens:
        - {name: ops, token: token-of-operations, role: operator}
      admin_hosts: [console.example.com]
      """;

  @TempDir Path folder = Path.of("");

  private Configuration read(String text, Map<String, String> environment) throws Exception {
    Path file = folder.resolve("sluice.yaml");
    Files.writeString(file, text);
    return ConfigurationFile.read(file, environment);
  }

  @Test
  void whatItSays() throws Exception {
    Configuration read = read(GOOD, Map.of("ONE_KEY", "secret"));
    assertThat(read.edge().maxRequestBody()).isEqualTo(8 << 20);
    assertThat(read.groups().getFirst().hedgeAfter()).isEqualTo(Duration.ofMillis(150));
    assertThat(read.groups().getFirst().ambiguous()).isEqualTo("reject");
    assertThat(read.groups().getFirst().usage()).isEqualTo("exact");
    Configuration.Channel one = read.channels().getFirst();
    assertThat(one.baseUrls()).containsExactly("https://a.example.com/v1", "http://127.0.0.1:8080");
    assertThat(one.accounts())
        .extracting(Configuration.Account::key)
        .containsExactly("secret", "none");
    assertThat(one.timeouts().firstToken()).isEqualTo(Duration.ofSeconds(20));
    assertThat(one.timeouts().connect()).isEqualTo(Duration.ofSeconds(5));
    assertThat(one.failoverOn()).hasSize(6);
    assertThat(one.maxRetries()).isEqualTo(OptionalInt.empty());
    assertThat(one.fetchMedia())
        .isEqualTo(new Configuration.FetchMedia(2 << 20, Duration.ofSeconds(10)));
    assertThat(one.anthropicBeta()).isNull();
    Configuration.Channel two = read.channels().getLast();
    assertThat(two.fetchMedia()).isNull();
    assertThat(two.anthropicBeta())
        .isEqualTo(new Configuration.AnthropicBeta(false, List.of("context-1m-2025-08-07")));
    assertThat(read.errorRules().getFirst().coolFor()).isEqualTo(Duration.ofHours(1));
    assertThat(read.keys().getFirst().models()).containsExactly("*");
    assertThat(read.responses())
        .isEqualTo(new Configuration.Responses(false, Duration.ofDays(7), 4L << 30));
    assertThat(read.ledger()).isEqualTo(new Configuration.Ledger(Duration.ofDays(30)));
    assertThat(read.groups().getLast().priceMultiplier()).isEqualTo(1.5);
    assertThat(read.groups().getFirst().bodies()).isNull();
    assertThat(read.groups().getLast().bodies())
        .isEqualTo(new Configuration.Bodies(16 << 10, List.of("a+")));
    assertThat(read.adminTokens())
        .containsExactly(new Configuration.AdminToken("ops", "token-of-operations", "operator"));
    assertThat(read.adminHosts()).containsExactly("console.example.com");
    assertThat(read.toString())
        .doesNotContain("secret")
        .doesNotContain("sk-1")
        .doesNotContain("token-of-operations");
  }

  @Test
  void prices() throws Exception {
    String prices =
        """
        prices:
              - {model: a, input: 2, cached_input: 0.5, cache_write: 3, cache_write_hour: 4, output: 8}
              - {model: b, currency: EUR, input: 4, output: 8, per_call: 0.4, from: 2026-12-01}
              - {reasoning: 1, audio_input: 2, audio_output: 3, per_image: 4, per_second: 5}
            limits:\
        """;
    assertThat(
            read(GOOD.replace("limits: {rpm: 600", prices + " {rpm: 600"), Map.of("ONE_KEY", "s"))
                .channels()
                .getFirst()
                .prices())
        .containsExactly(
            new Configuration.Price(
                "a", 2.0, 0.5, 3.0, 4.0, 8.0, null, null, null, null, null, null, null),
            new Configuration.Price(
                "b",
                5.0,
                null,
                null,
                null,
                10.0,
                null,
                null,
                null,
                0.5,
                null,
                null,
                LocalDate.of(2026, 12, 1)),
            new Configuration.Price(
                "*", null, null, null, null, null, 1.0, 2.0, 3.0, null, 4.0, 5.0, null));
  }

  @Test
  void theEnvironmentOverrides() throws Exception {
    Configuration.Channel one =
        read(
                GOOD,
                Map.of(
                    "ONE_KEY", "secret",
                    "SLUICE_ONE_BASE_URLS", "https://b.example.com, https://c.example.com",
                    "SLUICE_ONE_API_KEYS", "k1,k2,k3",
                    "SLUICE_ONE_TIMEOUT", "7",
                    "SLUICE_ONE_STREAM_TIMEOUT", "70",
                    "SLUICE_ONE_MAX_RETRIES", "2",
                    "SLUICE_ONE_ENABLED", "false"))
            .channels()
            .getFirst();
    assertThat(one.baseUrls()).containsExactly("https://b.example.com", "https://c.example.com");
    assertThat(one.accounts())
        .extracting(Configuration.Account::key)
        .containsExactly("k1", "k2", "k3");
    assertThat(one.timeouts().request()).isEqualTo(Duration.ofSeconds(7));
    assertThat(one.timeouts().stream()).isEqualTo(Duration.ofSeconds(70));
    assertThat(one.maxRetries()).isEqualTo(OptionalInt.of(2));
    assertThat(one.enabled()).isFalse();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(
            "token: token-of-operations",
            "token: secret",
            ":36: admin_tokens[0].token: is too easy to guess; give at least 16 characters."),
        mistake(
            "role: operator",
            "role: boss",
            ":36: admin_tokens[0].role: \"boss\" is none of viewer, operator, admin."),
        mistake(", role: operator", "", ":36: admin_tokens[0].role: is missing."),
        mistake(
            "budget: 50 USD/month",
            "budget: '1 USD/day, 5 tokens/day, 2 USD/day'",
            ":31: keys[0].limits.budget: \"1 USD/day, 5 tokens/day, 2 USD/day\" gives two"),
        mistake(
            "max_attempts: 3",
            "max_atempts: 3",
            ":7: groups.default.max_atempts: is not a known key; did you mean \"max_attempts\"?"),
        mistake(
            "max_attempts: 3",
            "max_attempts: 0",
            ":7: groups.default.max_attempts: \"0\" must be a whole number, 1 or more."),
        mistake(
            "150ms",
            "soon",
            ":8: groups.default.hedge_after: \"soon\" is no duration; write 500ms, 20s, 2m or 1h."),
        mistake(
            "8MiB",
            "lots",
            ":3: edge.max_request_body: \"lots\" is no size; write 64MiB or 512KiB."),
        mistake(
            "{max_size: 2MiB}",
            "{max_sise: 2MiB}",
            ":21: channels.one.fetch_media.max_sise: is not a known key; did you mean"
                + " \"max_size\"?"),
        mistake(
            "fetch_media: {max_size: 2MiB}",
            "anthropic_beta: all",
            ":21: channels.one.anthropic_beta: is for channels of the protocol anthropic alone."),
        mistake(
            "[context-1m-2025-08-07]",
            "some",
            ":27: channels.two.anthropic_beta: \"some\" is none of all, none."),
        mistake(
            "127.0.0.1:10000",
            "nowhere",
            ":2: edge.http: \"nowhere\" is no address; write host:port, such as 127.0.0.1:10000."),
        mistake(
            "channels: [one]",
            "channels: [none]",
            ":9: groups.default.channels: there is no channel \"none\"."),
        mistake(
            "parent: default",
            "parent: nobody",
            ":10: groups.child.parent: there is no group \"nobody\"."),
        mistake(
            "parent: default",
            "parent: child",
            ":10: groups.child.parent: the groups are their own ancestors; break the circle."),
        mistake(
            "mode: economy",
            "mode: cheap",
            ":10: groups.child.mode: \"cheap\" is none of economy, performance, stability."),
        mistake(
            "openai-chat",
            "foo",
            ":13: channels.one.protocol: \"foo\" is none of openai-chat, openai-responses,"
                + " anthropic, gemini."),
        mistake("    protocol: openai-chat\n", "", ":12: channels.one.protocol: is missing."),
        mistake(
            "https://a.example.com/v1/",
            "a.example.com",
            ":14: channels.one.base_urls: \"a.example.com\" is no base URL; write http:// or"
                + " https://, a host, and a path without ? or #."),
        mistake(
            "${ONE_KEY}",
            "${TWO_KEY}",
            ":16: channels.one.accounts[0].key: the environment has no TWO_KEY; set it, or write"
                + " ${TWO_KEY:-default}."),
        mistake(
            "name: spare", "name: main", ":17: channels.one.accounts[1].name: is also in line 16."),
        mistake(
            "groups: [default]",
            "groups: [none]",
            ":16: channels.one.accounts[0].groups: there is no group \"none\"."),
        mistake(
            "{alias: m, model: real}",
            "{model: real}",
            ":18: channels.one.models[0].alias: give either alias or match."),
        mistake(
            "(?i)quota",
            "(quota",
            ":29: error_rules[0].body: \"(quota\" is no regular expression: Unclosed group."),
        mistake(
            "action: cool_account",
            "action: nap",
            ":29: error_rules[0].action: \"nap\" is none of pass, failover, cool_account,"
                + " ban_account."),
        mistake(
            "group: default, limits",
            "group: staff, limits",
            ":31: keys[0].group: there is no group \"staff\"."),
        mistake(
            "admin: 127.0.0.1:9090",
            "admin: [1]",
            ":4: admin: must be one text, not a list or a mapping."),
        mistake(
            "admin: 127.0.0.1:9090",
            "admin: 127.0.0.1:9090\nedge: {http: 127.0.0.1:1}",
            ":5: edge: stands there twice; keep one of them."),
        mistake(
            "admin: 127.0.0.1:9090",
            "quotas: {}",
            ":4: quotas: is not a known key; known here: edge, admin, currencies, channels, groups,"
                + " error_rules, keys, responses, ledger, admin_tokens, admin_hosts, retries."),
        mistake(
            "http: 127.0.0.1:10000",
            "http: 127.0.0.1:70000",
            ":2: edge.http: \"127.0.0.1:70000\" is no address; write host:port, such as"
                + " 127.0.0.1:10000."),
        mistake(
            "  http: 127.0.0.1:10000\n",
            "",
            ":1: edge: names no address; give http, https or both."),
        mistake(
            "http: 127.0.0.1:10000",
            "https: {address: 127.0.0.1:10443, certificate: no.pem, private_key: no.key}",
            ":2: edge.https.certificate: there is no readable file "),
        mistake(
            "http: 127.0.0.1:10000",
            "http: 127.0.0.1:1\n  https: {address: 127.0.0.1:1, certificate: sluice.yaml,"
                + " private_key: sluice.yaml}",
            ":1: edge: http and https have the same address; give each its own port."),
        mistake("8MiB", "0MiB", ":3: edge.max_request_body: \"0MiB\" must be between 1B and 1GiB."),
        mistake(
            "8MiB",
            "99999999999999999999GiB",
            ":3: edge.max_request_body: \"99999999999999999999GiB\" must be between 1B and 1GiB."),
        mistake(
            "4GiB",
            "2000GiB",
            ":32: responses.max_size: \"2000GiB\" must be between 1B and 1024GiB."),
        mistake("ttl: 7d", "ttl: 0s", ":32: responses.ttl: \"0s\" must be longer than 0."),
        mistake(
            "store: false",
            "store: maybe",
            ":32: responses.store: \"maybe\" must be true or false."),
        mistake(
            "max_size:", "max_sise:", ":32: responses.max_sise: is not a known key; did you mean"),
        mistake("30d", "36h", ":33: ledger.retention: \"36h\" must be whole days, 1d or more."),
        mistake("retention", "retain", ":33: ledger.retain: is not a known key; known here: "),
        mistake("EUR: 1.25", "EUR: 0", ":34: currencies.EUR: \"0\" must be greater than 0."),
        mistake("EUR: 1.25", "USD: 2", ":34: currencies.USD: is what the others are counted in;"),
        mistake("EUR: 1.25", "euro: 2", ":34: currencies.euro: a currency has three capital"),
        mistake(
            "timeouts: {first_token: 20s}",
            "prices: [{currency: GBP}]",
            ":19: channels.one.prices[0].currency: \"GBP\" is none of EUR, USD."),
        mistake(
            "timeouts: {first_token: 20s}",
            "prices: [{from: soon}]",
            ":19: channels.one.prices[0].from: \"soon\" is no date; write 2026-12-01."),
        mistake(
            "150ms", "9000d", ":8: groups.default.hedge_after: \"9000d\" must not be longer than"),
        mistake(
            "first_token: 20s",
            "first_token: 0s",
            ":19: channels.one.timeouts.first_token: \"0s\" must be longer than 0."),
        mistake("channels: [one]", "channels: one", ":9: groups.default.channels: must be a list."),
        mistake(
            "max_attempts: 3",
            "exploration: -1",
            ":7: groups.default.exploration: \"-1\" must be a number, 0 or more."),
        mistake(
            "max_attempts: 3",
            "ambiguous: maybe",
            ":7: groups.default.ambiguous: \"maybe\" is none of reject, score."),
        mistake(
            "max_attempts: 3",
            "usage: exactly",
            ":7: groups.default.usage: \"exactly\" is none of exact, estimate."),
        mistake(
            "{redact: [\"a+\"]}",
            "{max: 2MiB}",
            ":10: groups.child.bodies.max: \"2MiB\" must be between 1B and 1MiB."),
        mistake(
            "[\"a+\"]",
            "[\"a+\", \"(b\"]",
            ":10: groups.child.bodies.redact[1]: \"(b\" is no regular expression: Unclosed group."),
        mistake(
            "[\"a+\"]",
            "[\"a*\"]",
            ":10: groups.child.bodies.redact[0]: \"a*\" matches the empty text; write what it"),
        mistake("[\"a+\"]", "a+", ":10: groups.child.bodies.redact: must be a list."),
        mistake(
            "{redact:", "{redacted:", ":10: groups.child.bodies.redacted: is not a known key; did"),
        mistake(
            "  one:\n",
            "  o ne:\n",
            ":12: channels.o ne: a channel's name is of letters, digits, '.', '_' and '-'."),
        mistake(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:99999",
            ":14: channels.one.base_urls: \"http://127.0.0.1:99999\" is no base URL;"),
        mistake(
            "http://127.0.0.1:8080",
            "http://me:secret@127.0.0.1",
            ":14: channels.one.base_urls: \"http://…@127.0.0.1\" is no base URL;"),
        mistake(
            "http://127.0.0.1:8080",
            "https://a.example.com/v1",
            ":14: channels.one.base_urls: \"https://a.example.com/v1\" stands there twice."),
        mistake(
            "[\"https://a.example.com/v1/\", \"http://127.0.0.1:8080\"]",
            "[]",
            ":14: channels.one.base_urls: needs at least one URL."),
        mistake(
            """
            accounts:
                  - {name: main, key: "${ONE_KEY}", groups: [default]}
                  - {name: spare, key: "${SPARE:-none}", priority: 2}
            """,
            "accounts: []\n",
            ":15: channels.one.accounts: needs at least one entry: {name: …, key: …}."),
        mistake("${SPARE:-none}", "", ":17: channels.one.accounts[1].key: must not be empty."),
        mistake(
            "[{alias: m, model: real}, {match: \"*x*&*y*\"}]",
            "[]",
            ":18: channels.one.models: needs at least one entry: {alias: …, model: …} or"
                + " {match: …}."),
        mistake(
            "timeouts: {first_token: 20s}",
            "failover_on: [429, 418]",
            ":19: channels.one.failover_on: \"418\" is none of 429, 5xx, timeout, connect, quota,"
                + " model_unsupported."),
        mistake(
            "timeouts: {first_token: 20s}",
            "enabled: perhaps",
            ":19: channels.one.enabled: \"perhaps\" must be true or false."),
        mistake(
            "timeouts: {first_token: 20s}",
            "weight: 0",
            ":19: channels.one.weight: \"0\" must be greater than 0."),
        mistake(
            "timeouts: {first_token: 20s}",
            "ca: none.pem",
            ":19: channels.one.ca: there is no readable file "),
        mistake(
            "timeouts: {first_token: 20s}",
            "ca: sluice.yaml",
            ":19: channels.one.ca: there is no PEM certificate in "),
        mistake(
            "rpm: 600",
            "rpm: many",
            ":20: channels.one.limits.rpm: \"many\" must be a whole number, 0 or more."),
        mistake(
            "status: 403", "status: 777", ":29: error_rules[0].status: \"777\" is no HTTP status."),
        mistake(
            "key: sk-1, group: default, limits: {rpm: 60, budget: 50 USD/month}}",
            "key: secret, group: default}\n  - {name: bob, key: secret, group: default}",
            ":32: keys[1].key: is the same as in line 31."),
        mistake(
            "50 USD/month",
            "50 EUR",
            ":31: keys[0].limits.budget: \"50 EUR\" is no budget; write 50 USD/month, 2.5"),
        mistake(
            "admin: 127.0.0.1:9090",
            "admin: 127.0.0.1:10000",
            ":4: admin: is an address of the edge too; give it a port of its own."),
        mistake("admin: 127.0.0.1:9090", "admin: \"x", ": is not YAML: "));
  }

  private static Arguments mistake(String was, String is, String line) {
    return Arguments.of(was, is, line);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @MethodSource("mistakes")
  void aMistakeHasItsLine(String was, String is, String line) {
    assertThat(GOOD).contains(was);
    var invalid =
        Objects.requireNonNull(
            catchThrowableOfType(
                InvalidConfiguration.class,
                () -> read(GOOD.replace(was, is), Map.of("ONE_KEY", "secret"))));
    List<String> lines = invalid.problems().stream().map(Problem::toString).toList();
    assertThat(lines).anyMatch(said -> said.contains(line));
    assertThat(lines.toString()).contains("sluice.yaml").doesNotContain("secret");
  }

  static Stream<Arguments> wrongOverrides() {
    return Stream.of(
        Arguments.of("BASE_URLS", "nowhere", ":14: channels.one.base_urls: \"nowhere\" is no"),
        Arguments.of("TIMEOUT", "soon", ":19: channels.one.timeouts: \"soon\" must be"),
        Arguments.of("STREAM_TIMEOUT", "0", ":19: channels.one.timeouts: \"0\" must be"),
        Arguments.of("MAX_RETRIES", "-1", ":12: channels.one.max_retries: \"-1\" must be"),
        Arguments.of("ENABLED", "maybe", ":12: channels.one.enabled: \"maybe\" must be true or"));
  }

  @ParameterizedTest
  @MethodSource("wrongOverrides")
  void aWrongOverrideNamesItsVariable(String name, String value, String line) {
    var invalid =
        Objects.requireNonNull(
            catchThrowableOfType(
                InvalidConfiguration.class,
                () -> read(GOOD, Map.of("ONE_KEY", "x", "SLUICE_ONE_" + name, value))));
    assertThat(invalid.problems()).hasSize(1);
    assertThat(invalid.problems().getFirst().toString())
        .contains(line)
        .endsWith("(from SLUICE_ONE_" + name + ")");
  }

  @Test
  void aChannelsVariablesHaveItsNameInCapitals() throws Exception {
    String text = GOOD.replace("  one:\n", "  my-one.2:\n").replace("[one]", "[my-one.2]");
    Configuration read =
        read(text, Map.of("ONE_KEY", "x", "SLUICE_MY_ONE_2_API_KEYS", "k1", "SLUICE_ONE_X", "y"));
    assertThat(read.channels().getFirst().accounts())
        .extracting(Configuration.Account::name, Configuration.Account::key)
        .containsExactly(tuple("main", "k1"));
  }

  /** A second channel after the first, whose name is {@code one}. */
  private String withChannels(String first, String second) {
    return GOOD.replace("  one:\n", "  " + first + ":\n")
        .replace("[one]", "[" + first + "]")
        .replace(
            "error_rules:",
            """
              %s:
                protocol: gemini
                base_urls: ["https://c.example.com"]
                accounts: [{name: a, key: k}]
                models: [{match: "*"}]
            error_rules:\
            """
                .formatted(second));
  }

  @ParameterizedTest
  @CsvSource({
    "a-b, a_b,      SLUICE_A_B_BASE_URLS",
    "a.b, A-b,      SLUICE_A_B_BASE_URLS",
    "a,   a-stream, SLUICE_A_STREAM_TIMEOUT",
    "a-stream, a,   SLUICE_A_STREAM_TIMEOUT"
  })
  void aVariableBelongsToOneChannel(String first, String second, String variable) {
    var invalid =
        Objects.requireNonNull(
            catchThrowableOfType(
                InvalidConfiguration.class,
                () -> read(withChannels(first, second), Map.of("ONE_KEY", "x"))));
    assertThat(invalid.problems())
        .singleElement()
        .asString()
        .contains("sluice.yaml:28: channels." + second + ": " + variable)
        .contains("channel \"" + first + "\" in line 12");
  }

  @Test
  void channelsWhoseVariablesDifferAreAccepted() throws Exception {
    assertThat(read(withChannels("a-b", "a-b-c"), Map.of("ONE_KEY", "x")).channels()).hasSize(3);
  }

  @Test
  void whatTheFileLeavesOutHasItsDefault() throws Exception {
    Configuration read =
        read(
            """
            edge: {http: "[::1]:10000"}
            groups:
              g: {channels: [c]}
            channels:
              c:
                protocol: gemini
                base_urls: ["https://a.example.com"]
                accounts: [{name: a, key: k}]
                models: [{match: "*"}]
            error_rules: [{status: 500, action: failover}]
            keys: [{name: n, key: s, group: g}]
            """,
            Map.of());
    assertThat(read.edge())
        .isEqualTo(
            new Configuration.Edge(new Configuration.HostPort("::1", 10_000), null, 64L << 20));
    assertThat(read.admin()).isNull();
    assertThat(read.responses())
        .isEqualTo(new Configuration.Responses(true, Duration.ofDays(30), 1L << 30));
    assertThat(read.ledger()).isEqualTo(new Configuration.Ledger(Duration.ofDays(90)));
    assertThat(read.groups())
        .containsExactly(
            new Configuration.Group(
                "g",
                null,
                "stability",
                Map.of(),
                0.1,
                4,
                Duration.ZERO,
                Duration.ZERO,
                List.of("c"),
                "reject",
                "exact",
                1.0,
                Duration.ofHours(1),
                null));
    assertThat(read.channels())
        .containsExactly(
            new Configuration.Channel(
                "c",
                Configuration.Protocol.GEMINI,
                List.of("https://a.example.com"),
                List.of(new Configuration.Account("a", "k", 1, List.of())),
                List.of(new Configuration.Model("", "", "*")),
                List.of(),
                1,
                1.0,
                new Configuration.Timeouts(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(10)),
                Configuration.Limits.NONE,
                List.of("429", "5xx", "timeout", "connect", "quota", "model_unsupported"),
                OptionalInt.empty(),
                null,
                "c",
                false,
                null,
                null,
                Configuration.Breaker.DEFAULT,
                true));
    assertThat(read.errorRules())
        .containsExactly(new Configuration.ErrorRule(500, "", "failover", Duration.ofMinutes(5)));
    assertThat(read.keys())
        .containsExactly(
            new Configuration.Key("n", "s", "g", List.of("*"), Configuration.Limits.NONE));
  }

  @Test
  void anUnsetVariableIsOneMistake() {
    var invalid =
        Objects.requireNonNull(
            catchThrowableOfType(InvalidConfiguration.class, () -> read(GOOD, Map.of())));
    assertThat(invalid.problems()).extracting(Problem::line).containsExactly(16);
  }

  @Test
  void everyMistakeIsFoundAtOnce() {
    String text =
        GOOD.replace("openai-chat", "foo").replace("150ms", "soon").replace("8MiB", "lots");
    var invalid =
        Objects.requireNonNull(
            catchThrowableOfType(
                InvalidConfiguration.class, () -> read(text, Map.of("ONE_KEY", "x"))));
    assertThat(invalid.problems()).extracting(Problem::line).containsExactly(3, 8, 13);
  }

  @Test
  void theDemoIsAccepted() throws Exception {
    Path demo = Path.of("..", "examples", "demo", "sluice.yaml");
    assertThat(ConfigurationFile.read(demo, Map.of()).channels()).hasSize(4);
  }
}
