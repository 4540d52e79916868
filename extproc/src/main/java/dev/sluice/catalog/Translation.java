package dev.sluice.catalog;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import dev.sluice.conversation.Origin;
import dev.sluice.protos.Xds;
import dev.sluice.protos.v1.AdminToken;
import dev.sluice.protos.v1.AnthropicBeta;
import dev.sluice.protos.v1.FetchMedia;
import dev.sluice.protos.v1.Protocol;
import dev.sluice.protos.v1.Settings;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From what xDS says to what a choice needs. */
final class Translation {
  private static final java.time.Duration FIRST_TOKEN = java.time.Duration.ofSeconds(30);
  private static final java.time.Duration REQUEST = java.time.Duration.ofMinutes(5);
  private static final java.time.Duration STREAM = java.time.Duration.ofMinutes(10);
  private static final java.time.Duration FETCH = java.time.Duration.ofSeconds(10);
  private static final long FETCHED = 20L << 20;

  private Translation() {}

  /**
   * The catalog that these resources describe.
   *
   * @throws InvalidProtocolBufferException a resource of ours cannot be read; names it
   */
  static Catalog catalog(Collection<Cluster> clusters, Map<String, Secret> secrets)
      throws InvalidProtocolBufferException {
    Secret held = secrets.get(Xds.SETTINGS_SECRET);
    if (held == null) {
      throw new InvalidProtocolBufferException("no secret named " + Xds.SETTINGS_SECRET);
    }
    var settings = Settings.parseFrom(value(held));
    var byName = new LinkedHashMap<String, TreeMap<Integer, Located>>();
    for (Cluster cluster : clusters) {
      var metadata = cluster.getMetadata().getFilterMetadataMap().get(Xds.CHANNEL_METADATA);
      if (metadata != null) {
        var channel = dev.sluice.protos.v1.Channel.newBuilder();
        try {
          JsonFormat.parser()
              .ignoringUnknownFields()
              .merge(JsonFormat.printer().print(metadata), channel);
        } catch (InvalidProtocolBufferException e) {
          throw new InvalidProtocolBufferException(
              "cluster " + cluster.getName() + ": " + e.getMessage());
        }
        byName
            .computeIfAbsent(channel.getName(), _ -> new TreeMap<>())
            .put(channel.getPosition(), new Located(channel.build(), cluster.getName()));
      }
    }
    var channels = new LinkedHashMap<String, Channel>();
    for (var entry : byName.entrySet()) {
      channels.put(entry.getKey(), channel(List.copyOf(entry.getValue().values()), secrets));
    }
    return new Catalog(
        channels,
        settings.getGroupsList().stream()
            .map(Translation::group)
            .collect(Collectors.toMap(Group::name, g -> g)),
        keys(settings),
        settings.getErrorRulesList().stream().map(Translation::rule).toList(),
        settings.getMaxRequestBody(),
        HexFormat.of().formatHex(settings.getCarrierKey().toByteArray()),
        settings.hasResponses() ? responses(settings.getResponses()) : Catalog.Responses.DEFAULT,
        new Catalog.Ledger(
            duration(settings.getLedger().getRetention(), Catalog.Ledger.DEFAULT.retention())),
        new Catalog.Status(
            Instant.ofEpochMilli(Timestamps.toMillis(settings.getStatus().getApplied())),
            settings.getStatus().getRefusedList()),
        settings.hasRetries()
            ? new Retries(settings.getRetries().getShare(), settings.getRetries().getFloor())
            : Retries.USUAL,
        settings.getAdminTokensList().stream()
            .collect(
                Collectors.toMap(
                    token -> token.getSha256().asReadOnlyByteBuffer(), Translation::admin)),
        Set.copyOf(settings.getAdminHostsList()));
  }

  private static Catalog.Admin admin(AdminToken token) {
    return new Catalog.Admin(
        token.getName(),
        switch (token.getRole()) {
          case "admin" -> Catalog.Role.ADMIN;
          case "operator" -> Catalog.Role.OPERATOR;
          default -> Catalog.Role.VIEWER;
        });
  }

  private static Catalog.Responses responses(dev.sluice.protos.v1.Responses responses) {
    return new Catalog.Responses(
        responses.getStore(),
        duration(responses.getTtl(), Catalog.Responses.DEFAULT.ttl()),
        responses.getMaxSize() > 0 ? responses.getMaxSize() : Catalog.Responses.DEFAULT.maxSize());
  }

  private record Located(dev.sluice.protos.v1.Channel channel, String cluster) {}

  private static Channel channel(List<Located> clusters, Map<String, Secret> secrets) {
    var first = clusters.getFirst().channel();
    var accounts = new ArrayList<Account>();
    for (var account : first.getAccountsList()) {
      Secret secret = secrets.get(Xds.accountSecret(first.getName(), account.getName()));
      if (secret != null) {
        accounts.add(
            new Account(
                account.getName(),
                account.getPriority(),
                Set.copyOf(account.getGroupsList()),
                value(secret).toStringUtf8()));
      }
    }
    accounts.sort(Comparator.comparingInt(Account::priority));
    return new Channel(
        first.getName(),
        origin(first.getProtocol()),
        clusters.stream().map(c -> url(c.channel().getBaseUrl(), c.cluster())).toList(),
        accounts,
        first.getModelsList().stream().map(Translation::model).toList(),
        first.getPricesList().stream().map(Translation::price).toList(),
        first.getPriority(),
        first.getWeight() > 0 ? first.getWeight() : 1,
        new Timeouts(
            duration(first.getTimeouts().getFirstToken(), FIRST_TOKEN),
            duration(first.getTimeouts().getRequest(), REQUEST),
            duration(first.getTimeouts().getStream(), STREAM)),
        limits(first.getLimits()),
        first.getFailoverOnList().stream()
            .flatMap(word -> Trouble.of(word).stream())
            .collect(Collectors.toUnmodifiableSet()),
        first.hasMaxRetries() ? OptionalInt.of(first.getMaxRetries()) : OptionalInt.empty(),
        first.getSignatures().isEmpty() ? first.getName() : first.getSignatures(),
        first.getThinkingToContent(),
        first.hasFetchMedia() ? fetching(first.getFetchMedia()) : null,
        first.hasAnthropicBeta() ? betas(first.getAnthropicBeta()) : null,
        first.hasBreaker() ? tolerance(first.getBreaker()) : Tolerance.USUAL);
  }

  private static Fetching fetching(FetchMedia fetch) {
    return new Fetching(
        fetch.getMaxSize() > 0 ? fetch.getMaxSize() : FETCHED, duration(fetch.getTimeout(), FETCH));
  }

  private static Betas betas(AnthropicBeta beta) {
    return new Betas(beta.getAll(), Set.copyOf(beta.getValuesList()));
  }

  private static Channel.Url url(String base, String cluster) {
    URI uri = URI.create(base);
    String path = uri.getRawPath();
    return new Channel.Url(
        base, uri.getRawAuthority(), path == null || path.equals("/") ? "" : path, cluster);
  }

  private static Origin origin(Protocol protocol) {
    return switch (protocol) {
      case OPENAI_RESPONSES -> Origin.RESPONSES;
      case ANTHROPIC -> Origin.MESSAGES;
      case GEMINI -> Origin.GEMINI;
      case OPENAI_CHAT, PROTOCOL_UNSPECIFIED, UNRECOGNIZED -> Origin.CHAT;
    };
  }

  private static Model model(dev.sluice.protos.v1.Model model) {
    return model.getMatch().isEmpty()
        ? new Model.Alias(
            model.getAlias(),
            model.getModel().isEmpty() ? model.getAlias() : model.getModel(),
            model.getQuality() > 0 ? model.getQuality() : 1)
        : new Model.Match(Pattern.of(model.getMatch()));
  }

  private static Group group(dev.sluice.protos.v1.Group group) {
    return new Group(
        group.getName(),
        emptyToNull(group.getParent()),
        Math.max(1, group.getMaxAttempts()),
        duration(group.getHedgeAfter(), java.time.Duration.ZERO),
        duration(group.getCommitAfter(), java.time.Duration.ZERO),
        group.getChannelsList(),
        group.getAmbiguous().equals("score") ? Group.Ambiguous.SCORE : Group.Ambiguous.REJECT,
        aim(group),
        group.getExploration(),
        group.hasSticky() ? length(group.getSticky()) : Group.STICKY,
        group.getUsage().equals("estimate") ? Group.Metering.ESTIMATE : Group.Metering.EXACT,
        group.hasPriceMultiplier() ? group.getPriceMultiplier() : 1,
        group.hasBodies() ? bodies(group.getBodies()) : null);
  }

  private static Group.Bodies bodies(dev.sluice.protos.v1.Bodies bodies) {
    return new Group.Bodies(
        bodies.getMax(),
        bodies.getRedactList().stream().map(java.util.regex.Pattern::compile).toList());
  }

  private static Aim aim(dev.sluice.protos.v1.Group group) {
    Map<String, Double> weights = group.getWeightsMap();
    if (!weights.isEmpty()) {
      return new Aim(
          weights.getOrDefault("cost", 0.0),
          weights.getOrDefault("latency", 0.0),
          weights.getOrDefault("availability", 0.0),
          weights.getOrDefault("quality", 0.0));
    }
    return switch (group.getMode()) {
      case "economy" -> Aim.ECONOMY;
      case "performance" -> Aim.PERFORMANCE;
      default -> Aim.STABILITY;
    };
  }

  private static Price price(dev.sluice.protos.v1.Price price) {
    return new Price(
        Pattern.of(price.getModel()),
        price.getInput(),
        price.hasCachedInput() ? price.getCachedInput() : null,
        price.hasCacheWrite() ? price.getCacheWrite() : null,
        price.getOutput(),
        price.getPerCall(),
        new Price.Kinds(
            price.hasCacheWriteHour() ? price.getCacheWriteHour() : null,
            price.hasReasoning() ? price.getReasoning() : null,
            price.hasAudioInput() ? price.getAudioInput() : null,
            price.hasAudioOutput() ? price.getAudioOutput() : null),
        price.getPerImage(),
        price.getPerSecond(),
        price.getFrom().isEmpty()
            ? null
            : LocalDate.parse(price.getFrom()).atStartOfDay(ZoneOffset.UTC).toInstant());
  }

  private static Tolerance tolerance(dev.sluice.protos.v1.Breaker breaker) {
    return new Tolerance(breaker.getFailures(), breaker.getShare(), length(breaker.getRest()));
  }

  /** Zero is a length too. */
  private static java.time.Duration length(Duration duration) {
    return java.time.Duration.ofNanos(Durations.toNanos(duration));
  }

  private static Limits limits(dev.sluice.protos.v1.Limits limits) {
    return new Limits(limits.getRpm(), limits.getTpm(), limits.getConcurrency());
  }

  private static Map<ByteBuffer, Key> keys(Settings settings) {
    var keys = new LinkedHashMap<ByteBuffer, Key>();
    for (var key : settings.getKeysList()) {
      keys.put(
          key.getSha256().asReadOnlyByteBuffer(),
          new Key(
              key.getName(),
              null,
              key.getGroup(),
              key.getModelsList().stream().map(Pattern::of).toList(),
              null,
              true,
              limits(key.getLimits()),
              Budget.list(key.getBudget()),
              List.of()));
    }
    return keys;
  }

  private static Rule rule(dev.sluice.protos.v1.ErrorRule rule) {
    return new Rule(
        rule.hasStatus() ? OptionalInt.of(rule.getStatus()) : OptionalInt.empty(),
        rule.getBody().isEmpty() ? null : java.util.regex.Pattern.compile(rule.getBody()),
        switch (rule.getAction()) {
          case "failover" -> Rule.Action.FAILOVER;
          case "cool_account" -> Rule.Action.COOL_ACCOUNT;
          case "ban_account" -> Rule.Action.BAN_ACCOUNT;
          default -> Rule.Action.PASS;
        },
        duration(rule.getCoolFor(), java.time.Duration.ZERO));
  }

  private static com.google.protobuf.ByteString value(Secret secret) {
    return secret.getGenericSecret().getSecret().getInlineBytes().isEmpty()
        ? secret.getGenericSecret().getSecret().getInlineStringBytes()
        : secret.getGenericSecret().getSecret().getInlineBytes();
  }

  private static java.time.Duration duration(Duration duration, java.time.Duration otherwise) {
    return Durations.isPositive(duration)
        ? java.time.Duration.ofNanos(Durations.toNanos(duration))
        : otherwise;
  }

  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
