package dev.sluice.xds.configuration;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says, checked and with its defaults filled in.
 *
 * @param edge what clients connect to
 * @param admin where the console listens; null: nowhere
 * @param groups in the order of the file
 * @param channels in the order of the file, disabled ones too
 * @param errorRules in the order of the file
 * @param keys what clients present
 * @param responses what is kept of OpenAI Responses
 * @param ledger what is kept of requests
 * @param adminTokens who may use the admin API
 * @param adminHosts names by which the admin API may be called, beside addresses and localhost
 * @param retries over all traffic
 */
public record Configuration(
    Edge edge,
    @Nullable HostPort admin,
    List<Group> groups,
    List<Channel> channels,
    List<ErrorRule> errorRules,
    List<Key> keys,
    Responses responses,
    Ledger ledger,
    List<AdminToken> adminTokens,
    List<String> adminHosts,
    Retries retries) {
  /** Copies the lists. */
  public Configuration {
    groups = List.copyOf(groups);
    channels = List.copyOf(channels);
    errorRules = List.copyOf(errorRules);
    keys = List.copyOf(keys);
    adminTokens = List.copyOf(adminTokens);
    adminHosts = List.copyOf(adminHosts);
  }

  /** A host and a port. */
  public record HostPort(String host, int port) {
    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * What clients connect to.
   *
   * @param http null: no plain HTTP
   * @param https null: no TLS
   * @param maxRequestBody in bytes
   */
  public record Edge(@Nullable HostPort http, @Nullable Https https, long maxRequestBody) {}

  /**
   * What is kept of OpenAI Responses where their provider keeps none.
   *
   * @param maxSize of all together, in bytes
   */
  public record Responses(boolean store, Duration ttl, long maxSize) {
    /** What holds where the file says nothing. */
    static final Responses DEFAULT = new Responses(true, Duration.ofDays(30), 1L << 30);
  }

  /**
   * What is kept of requests.
   *
   * @param retention whole days count
   */
  public record Ledger(Duration retention) {
    /** What holds where the file says nothing. */
    static final Ledger DEFAULT = new Ledger(Duration.ofDays(90));
  }

  /**
   * Who may use the admin API.
   *
   * @param role {@code viewer}, {@code operator} or {@code admin}
   */
  public record AdminToken(String name, String token, String role) {
    /** Without the token. */
    @Override
    public String toString() {
      return "AdminToken[" + name + "]";
    }
  }

  /** Where TLS ends. */
  public record Https(HostPort address, Path certificate, Path privateKey) {}

  /**
   * Who may use what.
   *
   * @param priceMultiplier its keys are charged what the providers take times this
   * @param bodies what is kept of its requests' bodies; null: nothing
   */
  public record Group(
      String name,
      @Nullable String parent,
      String mode,
      Map<String, Double> weights,
      double exploration,
      int maxAttempts,
      Duration hedgeAfter,
      Duration commitAfter,
      List<String> channels,
      String ambiguous,
      String usage,
      double priceMultiplier,
      Duration sticky,
      @Nullable Bodies bodies) {
    /** Copies the collections. */
    public Group {
      weights = Map.copyOf(weights);
      channels = List.copyOf(channels);
    }
  }

  /**
   * What is kept of bodies.
   *
   * @param max bytes of each
   * @param redact regular expressions; what they find is not kept
   */
  public record Bodies(int max, List<String> redact) {
    /** Copies the list. */
    public Bodies {
      redact = List.copyOf(redact);
    }
  }

  /** What a provider speaks. */
  public enum Protocol {
    OPENAI_CHAT("openai-chat"),
    OPENAI_RESPONSES("openai-responses"),
    ANTHROPIC("anthropic"),
    GEMINI("gemini");

    private final String word;

    Protocol(String word) {
      this.word = word;
    }

    /** The word for it in the file. */
    public String word() {
      return word;
    }
  }

  /**
   * A provider or reseller.
   *
   * @param ca whom to trust instead of the system's authorities; null: those
   * @param signatures what its signatures are known by; channels of one name read each other's
   * @param thinkingToContent whether thinking reaches clients as text
   * @param fetchMedia null: media are not fetched for it
   * @param anthropicBeta which values of a client's header it may see; null: not said
   */
  public record Channel(
      String name,
      Protocol protocol,
      List<String> baseUrls,
      List<Account> accounts,
      List<Model> models,
      List<Price> prices,
      int priority,
      double weight,
      Timeouts timeouts,
      Limits limits,
      List<String> failoverOn,
      OptionalInt maxRetries,
      @Nullable Authorities ca,
      String signatures,
      boolean thinkingToContent,
      @Nullable FetchMedia fetchMedia,
      @Nullable AnthropicBeta anthropicBeta,
      Breaker breaker,
      boolean enabled) {
    /** Copies the lists. */
    public Channel {
      baseUrls = List.copyOf(baseUrls);
      accounts = List.copyOf(accounts);
      models = List.copyOf(models);
      prices = List.copyOf(prices);
      failoverOn = List.copyOf(failoverOn);
    }
  }

  /**
   * How media are fetched from their addresses where the provider takes their bytes alone.
   *
   * @param maxSize of all media of one request together, in bytes
   * @param timeout for all of them together
   */
  public record FetchMedia(long maxSize, Duration timeout) {
    /** What holds where the section says nothing. */
    static final FetchMedia DEFAULT = new FetchMedia(20L << 20, Duration.ofSeconds(10));
  }

  /**
   * Values of the header {@code anthropic-beta}.
   *
   * @param all whether every value passes
   * @param values which pass where not all do
   */
  public record AnthropicBeta(boolean all, List<String> values) {
    /** Copies the list. */
    public AnthropicBeta {
      values = List.copyOf(values);
    }
  }

  /**
   * Certificate authorities.
   *
   * @param pem what stood in the file when the configuration was read
   */
  public record Authorities(Path file, ByteString pem) {}

  /** A credential at a provider. */
  public record Account(String name, String key, int priority, List<String> groups) {
    /** Copies the list. */
    public Account {
      groups = List.copyOf(groups);
    }

    /** Without the credential. */
    @Override
    public String toString() {
      return "Account[" + name + "]";
    }
  }

  /**
   * An alias with its model, or a pattern; empty where it is the other.
   *
   * @param quality of the model where it stands in for what the alias promises, over 0 to 1
   */
  public record Model(String alias, String model, String match, double quality) {
    /** The model itself. */
    public Model(String alias, String model, String match) {
      this(alias, model, match, 1);
    }
  }

  /**
   * How much of a channel may fail before it is set aside.
   *
   * @param failures in a row; 0: any number
   * @param share of recent tries; 0: any share
   * @param rest how long it is left alone at first; zero: it is never set aside by itself
   */
  public record Breaker(int failures, double share, Duration rest) {
    /** What holds where the file says nothing. */
    public static final Breaker DEFAULT = new Breaker(5, 0.5, Duration.ofSeconds(5));
  }

  /**
   * How many further tries there may be over all traffic.
   *
   * @param share of all recent requests
   * @param floor so many a second are always allowed
   */
  public record Retries(double share, double floor) {
    /** What holds where the file says nothing. */
    public static final Retries DEFAULT = new Retries(0.2, 10);
  }

  /**
   * USD per million tokens, or per call, picture or second; null: not given.
   *
   * @param from the date from which it holds; null: always
   */
  public record Price(
      String model,
      @Nullable Double input,
      @Nullable Double cachedInput,
      @Nullable Double cacheWrite,
      @Nullable Double cacheWriteHour,
      @Nullable Double output,
      @Nullable Double reasoning,
      @Nullable Double audioInput,
      @Nullable Double audioOutput,
      @Nullable Double perCall,
      @Nullable Double perImage,
      @Nullable Double perSecond,
      @Nullable LocalDate from) {}

  /** How long a channel may take. */
  public record Timeouts(
      Duration connect, Duration firstToken, Duration idle, Duration request, Duration stream) {
    /** What holds where the file says nothing. */
    public static final Timeouts DEFAULT =
        new Timeouts(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Duration.ofMinutes(10));
  }

  /** 0 means no limit. */
  public record Limits(long rpm, long tpm, long concurrency, String budget) {
    /** No limit at all. */
    public static final Limits NONE = new Limits(0, 0, 0, "");
  }

  /** What to do about a provider's answer. */
  public record ErrorRule(@Nullable Integer status, String body, String action, Duration coolFor) {}

  /** What a client presents. */
  public record Key(String name, String key, String group, List<String> models, Limits limits) {
    /** Copies the list. */
    public Key {
      models = List.copyOf(models);
    }

    /** Without the key. */
    @Override
    public String toString() {
      return "Key[" + name + "]";
    }
  }
}
