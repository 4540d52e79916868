package dev.sluice.xds.configuration;

import com.google.protobuf.ByteString;
import dev.sluice.xds.configuration.Configuration.Account;
import dev.sluice.xds.configuration.Configuration.AdminToken;
import dev.sluice.xds.configuration.Configuration.AnthropicBeta;
import dev.sluice.xds.configuration.Configuration.Authorities;
import dev.sluice.xds.configuration.Configuration.Bodies;
import dev.sluice.xds.configuration.Configuration.Channel;
import dev.sluice.xds.configuration.Configuration.Edge;
import dev.sluice.xds.configuration.Configuration.ErrorRule;
import dev.sluice.xds.configuration.Configuration.FetchMedia;
import dev.sluice.xds.configuration.Configuration.Group;
import dev.sluice.xds.configuration.Configuration.HostPort;
import dev.sluice.xds.configuration.Configuration.Https;
import dev.sluice.xds.configuration.Configuration.Limits;
import dev.sluice.xds.configuration.Configuration.Model;
import dev.sluice.xds.configuration.Configuration.Price;
import dev.sluice.xds.configuration.Configuration.Protocol;
import dev.sluice.xds.configuration.Configuration.Responses;
import dev.sluice.xds.configuration.Configuration.Timeouts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a {@code sluice.yaml}. Every mistake is found at once, and each has its file, line and key.
 */
public final class ConfigurationFile {
  private static final List<String> FAILOVER_ON =
      List.of("429", "5xx", "timeout", "connect", "quota", "model_unsupported");
  private static final List<String> ACTIONS =
      List.of("pass", "failover", "cool_account", "ban_account");
  private static final List<String> ROLES = List.of("viewer", "operator", "admin");
  private static final int TOKEN_CHARACTERS = 16;
  private static final List<String> OVERRIDES =
      List.of("BASE_URLS", "API_KEYS", "TIMEOUT", "STREAM_TIMEOUT", "MAX_RETRIES", "ENABLED");
  private static final String DOLLAR = "USD";
  private static final int DEFAULT_MAX_ATTEMPTS = 4;
  private static final int DEFAULT_BODY = 16 << 10;
  private static final Duration DEFAULT_STICKY = Duration.ofHours(1);
  private static final double DEFAULT_EXPLORATION = 0.1;
  private static final long DEFAULT_MAX_REQUEST_BODY = 64L << 20;

  private final Path file;
  private final Problems problems;

  private ConfigurationFile(Path file, Map<String, String> environment) {
    this.file = file;
    this.problems = new Problems(file.toString(), environment);
  }

  /**
   * Reads and checks a file.
   *
   * @param environment for {@code ${VAR}} and the channels' overrides
   * @throws InvalidConfiguration it cannot be read or says something that cannot be
   */
  public static Configuration read(Path file, Map<String, String> environment)
      throws InvalidConfiguration {
    return new ConfigurationFile(file, environment).read();
  }

  private Configuration read() throws InvalidConfiguration {
    Configuration configuration = root(compose());
    List<Problem> found = problems.found();
    if (!found.isEmpty()) {
      throw new InvalidConfiguration(found);
    }
    return configuration;
  }

  private @Nullable Node compose() throws InvalidConfiguration {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      var settings = LoadSettings.builder().setLabel(file.toString()).build();
      return new Compose(settings).composeString(text).orElse(null);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add(line, "", "is not YAML: " + e.getProblem() + ".");
    } catch (YamlEngineException e) {
      problems.add(0, "", "is not YAML: " + e.getMessage());
    } catch (IOException e) {
      problems.add(0, "", unreadable());
    }
    throw new InvalidConfiguration(problems.found());
  }

  private String unreadable() {
    if (!Files.exists(file)) {
      return "there is no such file.";
    }
    return Files.isReadable(file)
        ? "cannot be read as UTF-8 text."
        : "may not be read by the user who runs this.";
  }

  private Configuration root(@Nullable Node node) {
    var root = new Section(problems, "", 1, node);
    Edge edge = edge(root.section("edge"));
    HostPort admin = root.maybe("admin", Words::address);
    Map<String, Double> currencies = currencies(root.section("currencies"));
    List<Channel> channels = new ArrayList<>();
    var channelSections = root.sections("channels");
    channelSections.forEach((name, section) -> channels.add(channel(name, section, currencies)));
    variables(channelSections);
    var groupSections = root.sections("groups");
    List<Group> groups = new ArrayList<>();
    groupSections.forEach(
        (name, section) -> groups.add(group(name, section, channelSections.keySet())));
    parents(groups, groupSections);
    channelSections.forEach((name, section) -> bound(section, groupSections.keySet()));
    List<ErrorRule> rules = root.list("error_rules").stream().map(this::rule).toList();
    List<Configuration.Key> keys = keys(root.list("keys"), groupSections.keySet());
    Responses responses = responses(root.section("responses"));
    Configuration.Ledger ledger = ledger(root.section("ledger"));
    List<AdminToken> tokens = adminTokens(root.list("admin_tokens"));
    List<String> hosts = root.texts("admin_hosts");
    Configuration.Retries retries = retries(root.section("retries"));
    channelSections.values().forEach(Section::close);
    groupSections.values().forEach(Section::close);
    root.close();
    if (edge.http() == null && edge.https() == null) {
      root.wrong("edge", "names no address; give http, https or both.");
    }
    if (edge.https() != null && edge.https().address().equals(edge.http())) {
      root.wrong("edge", "http and https have the same address; give each its own port.");
    }
    if (admin != null
        && (admin.equals(edge.http())
            || (edge.https() != null && admin.equals(edge.https().address())))) {
      root.wrong("admin", "is an address of the edge too; give it a port of its own.");
    }
    return new Configuration(
        edge, admin, groups, channels, rules, keys, responses, ledger, tokens, hosts, retries);
  }

  // ---- edge

  private Edge edge(Section edge) {
    HostPort http = edge.maybe("http", Words::address);
    Https https = edge.has("https") ? https(edge.section("https")) : null;
    long max = edge.value("max_request_body", DEFAULT_MAX_REQUEST_BODY, Words::size);
    edge.close();
    return new Edge(http, https, max);
  }

  private static Responses responses(Section section) {
    Responses otherwise = Responses.DEFAULT;
    var responses =
        new Responses(
            section.value("store", otherwise.store(), Words::truth),
            section.value("ttl", otherwise.ttl(), Words::positive),
            section.value("max_size", otherwise.maxSize(), Words::space));
    section.close();
    return responses;
  }

  private static Configuration.Retries retries(Section section) {
    Configuration.Retries otherwise = Configuration.Retries.DEFAULT;
    var retries =
        new Configuration.Retries(
            section.value("share", otherwise.share(), Words::amount),
            section.value("floor", otherwise.floor(), Words::amount));
    section.close();
    return retries;
  }

  private static Configuration.Breaker breaker(Section section) {
    Configuration.Breaker otherwise = Configuration.Breaker.DEFAULT;
    var breaker =
        new Configuration.Breaker(
            section.value("failures", otherwise.failures(), text -> Words.count(text, 0)),
            section.value("share", otherwise.share(), ConfigurationFile::share),
            section.value("rest", otherwise.rest(), Words::duration));
    section.close();
    return breaker;
  }

  private static double quality(String text) {
    double quality = share(text);
    if (quality == 0) {
      throw new IllegalArgumentException("must be greater than 0.");
    }
    return quality;
  }

  private static double share(String text) {
    double share = Words.amount(text);
    if (share > 1) {
      throw new IllegalArgumentException("must be between 0 and 1.");
    }
    return share;
  }

  private static Configuration.Ledger ledger(Section section) {
    var ledger =
        new Configuration.Ledger(
            section.value("retention", Configuration.Ledger.DEFAULT.retention(), Words::days));
    section.close();
    return ledger;
  }

  /** What a currency is worth in USD. */
  private static Map<String, Double> currencies(Section section) {
    var currencies = new HashMap<>(Map.of(DOLLAR, 1.0));
    for (String name : section.names()) {
      Double rate = section.maybe(name, Words::rate);
      if (!name.matches("[A-Z]{3}")) {
        section.wrong(name, "a currency has three capital letters, such as EUR.");
      } else if (name.equals(DOLLAR)) {
        section.wrong(name, "is what the others are counted in; leave it out.");
      } else if (rate != null) {
        currencies.put(name, rate);
      }
    }
    section.close();
    return currencies;
  }

  private @Nullable Https https(Section https) {
    String address = https.required("address");
    HostPort at = address.isEmpty() ? null : https.maybe("address", Words::address);
    Path certificate = existing(https, "certificate");
    Path key = existing(https, "private_key");
    https.close();
    return at == null || certificate == null || key == null
        ? null
        : new Https(at, certificate, key);
  }

  private @Nullable Path existing(Section section, String key) {
    String name = section.required(key);
    if (name.isEmpty()) {
      return null;
    }
    Path path = beside(name);
    if (!Files.isReadable(path)) {
      section.wrong(key, "there is no readable file " + path + ".");
      return null;
    }
    return path;
  }

  private Path beside(String name) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? Path.of(name) : parent.resolve(name).normalize();
  }

  // ---- channels

  private Channel channel(String name, Section section, Map<String, Double> currencies) {
    if (!name.matches("[A-Za-z0-9._-]+")) {
      wrongName(section, "a channel's name is of letters, digits, '.', '_' and '-'.");
    }
    var overrides = new Overrides(name);
    String word = section.required("protocol");
    Protocol protocol =
        Arrays.stream(Protocol.values())
            .filter(p -> p.word().equals(word))
            .findFirst()
            .orElse(null);
    if (protocol == null && !word.isEmpty()) {
      section.wrong(
          "protocol",
          "\""
              + word
              + "\" is none of "
              + String.join(", ", Arrays.stream(Protocol.values()).map(Protocol::word).toList())
              + ".");
    }
    List<Account> accounts = overrides.accounts(accounts(section));
    if (accounts.isEmpty()) {
      section.wrong("accounts", "needs at least one entry: {name: …, key: …}.");
    }
    Timeouts timeouts = overrides.timeouts(timeouts(section.section("timeouts")), section);
    return new Channel(
        name,
        protocol == null ? Protocol.OPENAI_CHAT : protocol,
        urls(section, overrides),
        accounts,
        models(section),
        prices(section, currencies),
        section.value("priority", 1, text -> Words.count(text, 0)),
        section.value(
            "weight",
            1.0,
            text -> {
              double weight = Words.amount(text);
              if (weight == 0) {
                throw new IllegalArgumentException("must be greater than 0.");
              }
              return weight;
            }),
        timeouts,
        limits(section.section("limits"), false),
        failoverOn(section),
        overrides.maxRetries(
            section,
            section.value(
                "max_retries", OptionalInt.empty(), text -> OptionalInt.of(Words.count(text, 0)))),
        section.text("ca") == null ? null : authorities(section),
        section.value("signatures", name, text -> text),
        section.value("thinking_to_content", false, Words::truth),
        section.has("fetch_media") ? fetchMedia(section.section("fetch_media")) : null,
        anthropicBeta(section, protocol),
        breaker(section.section("breaker")),
        overrides.enabled(section, section.value("enabled", true, Words::truth)));
  }

  private void wrongName(Section channel, String message) {
    problems.add(channel.line(), channel.in("").replaceAll("\\.$", ""), message);
  }

  /** A variable of the environment must not be two channels'. */
  private void variables(Map<String, Section> channels) {
    var owners = new HashMap<String, String>();
    channels.forEach(
        (name, section) -> {
          for (String override : OVERRIDES) {
            String variable = prefix(name) + override;
            String owner = owners.putIfAbsent(variable, name);
            Section other = owner == null ? null : channels.get(owner);
            if (other != null) {
              wrongName(
                  section,
                  variable
                      + " would override channel \""
                      + owner
                      + "\" in line "
                      + other.line()
                      + " too; rename one of them.");
              return;
            }
          }
        });
  }

  private static String prefix(String channel) {
    return "SLUICE_" + channel.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_") + "_";
  }

  private @Nullable Authorities authorities(Section section) {
    Path path = existing(section, "ca");
    if (path == null) {
      return null;
    }
    try {
      ByteString pem = ByteString.copyFrom(Files.readAllBytes(path));
      if (!CertificateFactory.getInstance("X.509").generateCertificates(pem.newInput()).isEmpty()) {
        return new Authorities(path, pem);
      }
    } catch (IOException | CertificateException _) {
      // Said below: a file that cannot be read as certificates holds none.
    }
    section.wrong("ca", "there is no PEM certificate in " + path + ".");
    return null;
  }

  private List<String> urls(Section section, Overrides overrides) {
    List<String> overriding = overrides.list("BASE_URLS");
    List<String> written = section.texts("base_urls");
    boolean fromFile = overriding == null;
    List<String> texts = overriding == null ? written : overriding;
    var urls = new ArrayList<String>();
    for (String text : texts) {
      try {
        String url = Words.url(text);
        if (urls.contains(url)) {
          section.wrong("base_urls", "\"" + url + "\" stands there twice.");
        } else {
          urls.add(url);
        }
      } catch (IllegalArgumentException e) {
        section.wrong(
            "base_urls",
            "\""
                + Words.withoutPassword(text)
                + "\" "
                + e.getMessage()
                + (fromFile ? "" : overrides.from("BASE_URLS")));
      }
    }
    if (texts.isEmpty()) {
      problems.add(section.lineOf("base_urls"), section.in("base_urls"), "needs at least one URL.");
    }
    return urls;
  }

  private List<Account> accounts(Section section) {
    var accounts = new ArrayList<Account>();
    var unique = new Section.Unique();
    for (Section account : section.list("accounts")) {
      String name = account.required("name");
      unique
          .first(name, account.line())
          .ifPresent(line -> account.wrong("name", "is also in line " + line + "."));
      accounts.add(
          new Account(
              name,
              account.required("key"),
              account.value("priority", 1, text -> Words.count(text, 0)),
              account.texts("groups")));
      account.close();
    }
    return accounts;
  }

  /** Accounts may name only groups that there are. */
  private void bound(Section channel, Set<String> groups) {
    for (Section account : channel.list("accounts")) {
      for (String group : account.texts("groups")) {
        if (!groups.contains(group)) {
          account.wrong("groups", "there is no group \"" + group + "\".");
        }
      }
    }
  }

  private static List<Model> models(Section section) {
    var models = new ArrayList<Model>();
    for (Section model : section.list("models")) {
      String match = model.text("match", "");
      String alias = model.text("alias", "");
      String target = model.text("model", "");
      if (match.isEmpty() == alias.isEmpty()) {
        model.wrong(match.isEmpty() ? "alias" : "match", "give either alias or match.");
      }
      double quality = model.value("quality", 1.0, ConfigurationFile::quality);
      if (quality != 1 && alias.isEmpty()) {
        model.wrong("quality", "is for an alias that another model stands in for.");
      }
      model.close();
      models.add(new Model(alias, target, match, quality));
    }
    if (models.isEmpty()) {
      section.wrong("models", "needs at least one entry: {alias: …, model: …} or {match: …}.");
    }
    return models;
  }

  private static List<Price> prices(Section section, Map<String, Double> currencies) {
    var prices = new ArrayList<Price>();
    for (Section price : section.list("prices")) {
      String currency =
          price.oneOf("currency", DOLLAR, currencies.keySet().stream().sorted().toList());
      double rate = currencies.getOrDefault(currency, 1.0);
      Function<String, Double> dollars = text -> Words.amount(text) * rate;
      prices.add(
          new Price(
              price.text("model", "*"),
              price.maybe("input", dollars),
              price.maybe("cached_input", dollars),
              price.maybe("cache_write", dollars),
              price.maybe("cache_write_hour", dollars),
              price.maybe("output", dollars),
              price.maybe("reasoning", dollars),
              price.maybe("audio_input", dollars),
              price.maybe("audio_output", dollars),
              price.maybe("per_call", dollars),
              price.maybe("per_image", dollars),
              price.maybe("per_second", dollars),
              price.maybe("from", Words::date)));
      price.close();
    }
    return prices;
  }

  private static Timeouts timeouts(Section section) {
    Timeouts otherwise = Timeouts.DEFAULT;
    var timeouts =
        new Timeouts(
            section.value("connect", otherwise.connect(), Words::positive),
            section.value("first_token", otherwise.firstToken(), Words::positive),
            section.value("idle", otherwise.idle(), Words::positive),
            section.value("request", otherwise.request(), Words::positive),
            section.value("stream", otherwise.stream(), Words::positive));
    section.close();
    return timeouts;
  }

  private static FetchMedia fetchMedia(Section section) {
    FetchMedia otherwise = FetchMedia.DEFAULT;
    var fetchMedia =
        new FetchMedia(
            section.value("max_size", otherwise.maxSize(), Words::size),
            section.value("timeout", otherwise.timeout(), Words::positive));
    section.close();
    return fetchMedia;
  }

  private static @Nullable AnthropicBeta anthropicBeta(
      Section section, @Nullable Protocol protocol) {
    String key = "anthropic_beta";
    if (!section.has(key)) {
      return null;
    }
    if (protocol != null && protocol != Protocol.ANTHROPIC) {
      section.wrong(key, "is for channels of the protocol anthropic alone.");
    }
    if (section.node(key) instanceof SequenceNode) {
      return new AnthropicBeta(false, section.texts(key));
    }
    boolean all = section.oneOf(key, "none", List.of("all", "none")).equals("all");
    return new AnthropicBeta(all, List.of());
  }

  private static Limits limits(Section section, boolean budget) {
    var limits =
        new Limits(
            section.value("rpm", 0L, Words::big),
            section.value("tpm", 0L, Words::big),
            section.value("concurrency", 0L, Words::big),
            budget ? section.value("budget", "", Words::budget) : "");
    section.close();
    return limits;
  }

  private static List<String> failoverOn(Section section) {
    if (!section.has("failover_on")) {
      return FAILOVER_ON;
    }
    List<String> words = section.texts("failover_on");
    for (String word : words) {
      if (!FAILOVER_ON.contains(word)) {
        section.wrong(
            "failover_on", "\"" + word + "\" is none of " + String.join(", ", FAILOVER_ON) + ".");
      }
    }
    return words;
  }

  /** {@code SLUICE_<CHANNEL>_…}, for one channel. */
  private final class Overrides {
    private final String prefix;

    Overrides(String channel) {
      prefix = prefix(channel);
    }

    String from(String name) {
      return " (from " + prefix + name + ")";
    }

    private @Nullable String get(String name) {
      String value = problems.environment().get(prefix + name);
      return value == null || value.isBlank() ? null : value;
    }

    @Nullable List<String> list(String name) {
      String value = get(name);
      return value == null
          ? null
          : Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
    }

    /**
     * Keys replace those of the accounts in their order; further ones are accounts of their own.
     */
    List<Account> accounts(List<Account> written) {
      List<String> keys = list("API_KEYS");
      if (keys == null) {
        return written;
      }
      var accounts = new ArrayList<Account>();
      for (int i = 0; i < keys.size(); i++) {
        accounts.add(
            i < written.size()
                ? new Account(
                    written.get(i).name(),
                    keys.get(i),
                    written.get(i).priority(),
                    written.get(i).groups())
                : new Account("env" + (i + 1), keys.get(i), 1, List.of()));
      }
      return accounts;
    }

    Timeouts timeouts(Timeouts written, Section section) {
      Duration request = seconds("TIMEOUT", section);
      Duration stream = seconds("STREAM_TIMEOUT", section);
      return new Timeouts(
          written.connect(),
          written.firstToken(),
          written.idle(),
          request == null ? written.request() : request,
          stream == null ? written.stream() : stream);
    }

    private @Nullable Duration seconds(String name, Section section) {
      String value = get(name);
      if (value == null) {
        return null;
      }
      try {
        return Duration.ofSeconds(Words.count(value, 1));
      } catch (IllegalArgumentException e) {
        section.wrong("timeouts", "\"" + value + "\" " + e.getMessage() + from(name));
        return null;
      }
    }

    OptionalInt maxRetries(Section section, OptionalInt written) {
      String value = get("MAX_RETRIES");
      if (value == null) {
        return written;
      }
      try {
        return OptionalInt.of(Words.count(value, 0));
      } catch (IllegalArgumentException e) {
        section.wrong("max_retries", "\"" + value + "\" " + e.getMessage() + from("MAX_RETRIES"));
        return written;
      }
    }

    boolean enabled(Section section, boolean written) {
      String value = get("ENABLED");
      if (value == null) {
        return written;
      }
      try {
        return Words.truth(value);
      } catch (IllegalArgumentException e) {
        section.wrong("enabled", "\"" + value + "\" " + e.getMessage() + from("ENABLED"));
        return written;
      }
    }
  }

  // ---- groups

  private static Group group(String name, Section section, Set<String> channels) {
    var weights = new LinkedHashMap<String, Double>();
    Section own = section.section("weights");
    for (String part : List.of("cost", "latency", "availability", "quality")) {
      Double weight = own.maybe(part, Words::amount);
      if (weight != null) {
        weights.put(part, weight);
      }
    }
    own.close();
    List<String> listed = section.texts("channels");
    for (String channel : listed) {
      if (!channels.contains(channel)) {
        section.wrong("channels", "there is no channel \"" + channel + "\".");
      }
    }
    return new Group(
        name,
        section.text("parent"),
        weights.isEmpty()
            ? section.oneOf("mode", "stability", List.of("economy", "performance", "stability"))
            : section.text("mode", ""),
        weights,
        section.value("exploration", DEFAULT_EXPLORATION, Words::amount),
        section.value("max_attempts", DEFAULT_MAX_ATTEMPTS, text -> Words.count(text, 1)),
        section.value("hedge_after", Duration.ZERO, Words::duration),
        section.value("commit_after", Duration.ZERO, Words::duration),
        listed,
        section.oneOf("ambiguous", "reject", List.of("reject", "score")),
        section.oneOf("usage", "exact", List.of("exact", "estimate")),
        section.value("price_multiplier", 1.0, Words::amount),
        section.value("sticky", DEFAULT_STICKY, Words::duration),
        bodies(section));
  }

  private static @Nullable Bodies bodies(Section section) {
    if (!section.has("bodies")) {
      return null;
    }
    Section own = section.section("bodies");
    var bodies =
        new Bodies(
            own.value("max", DEFAULT_BODY, Words::body), own.texts("redact", Words::expression));
    own.close();
    return bodies;
  }

  private static void parents(List<Group> groups, Map<String, Section> sections) {
    var byName = new LinkedHashMap<String, Group>();
    groups.forEach(group -> byName.put(group.name(), group));
    for (Group group : groups) {
      Section section = sections.get(group.name());
      String parent = group.parent();
      if (section == null || parent == null) {
        continue;
      }
      if (!byName.containsKey(parent)) {
        section.wrong("parent", "there is no group \"" + parent + "\".");
        continue;
      }
      var passed = new HashSet<String>();
      for (Group at = group;
          at != null;
          at = at.parent() == null ? null : byName.get(at.parent())) {
        if (!passed.add(at.name())) {
          section.wrong("parent", "the groups are their own ancestors; break the circle.");
          break;
        }
      }
    }
  }

  // ---- rules and keys

  private ErrorRule rule(Section section) {
    Integer status =
        section.maybe(
            "status",
            text -> {
              int value = Words.count(text, 100);
              if (value > 599) {
                throw new IllegalArgumentException("is no HTTP status.");
              }
              return value;
            });
    var rule =
        new ErrorRule(
            status,
            section.value("body", "", Words::regex),
            section.required("action").isEmpty()
                ? "pass"
                : section.oneOf("action", "pass", ACTIONS),
            section.value("for", Duration.ofMinutes(5), Words::positive));
    section.close();
    return rule;
  }

  private static List<AdminToken> adminTokens(List<Section> sections) {
    var tokens = new ArrayList<AdminToken>();
    var names = new Section.Unique();
    var values = new Section.Unique();
    for (Section section : sections) {
      String name = section.required("name");
      String token = section.required("token");
      names
          .first(name, section.line())
          .ifPresent(line -> section.wrong("name", "is also in line " + line + "."));
      values
          .first(token, section.line())
          .ifPresent(line -> section.wrong("token", "is the same as in line " + line + "."));
      if (!token.isEmpty() && token.length() < TOKEN_CHARACTERS) {
        section.wrong(
            "token", "is too easy to guess; give at least " + TOKEN_CHARACTERS + " characters.");
      }
      section.required("role");
      tokens.add(new AdminToken(name, token, section.oneOf("role", "viewer", ROLES)));
      section.close();
    }
    return tokens;
  }

  private static List<Configuration.Key> keys(List<Section> sections, Set<String> groups) {
    var keys = new ArrayList<Configuration.Key>();
    var names = new Section.Unique();
    var values = new Section.Unique();
    for (Section section : sections) {
      String name = section.required("name");
      String value = section.required("key");
      String group = section.required("group");
      names
          .first(name, section.line())
          .ifPresent(line -> section.wrong("name", "is also in line " + line + "."));
      values
          .first(value, section.line())
          .ifPresent(line -> section.wrong("key", "is the same as in line " + line + "."));
      if (!group.isEmpty() && !groups.contains(group)) {
        section.wrong("group", "there is no group \"" + group + "\".");
      }
      List<String> models = section.has("models") ? section.texts("models") : List.of("*");
      keys.add(
          new Configuration.Key(
              name, value, group, models, limits(section.section("limits"), true)));
      section.close();
    }
    return keys;
  }
}
