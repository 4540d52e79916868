package dev.sluice.xds.publish;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.sluice.protos.Xds;
import dev.sluice.protos.v1.AdminToken;
import dev.sluice.protos.v1.Bodies;
import dev.sluice.protos.v1.ErrorRule;
import dev.sluice.protos.v1.Group;
import dev.sluice.protos.v1.Key;
import dev.sluice.protos.v1.Ledger;
import dev.sluice.protos.v1.Responses;
import dev.sluice.protos.v1.Retries;
import dev.sluice.protos.v1.Settings;
import dev.sluice.protos.v1.Status;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.Channel;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.GenericSecret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What must not stand in a cluster: accounts' credentials, the settings with the keys' hashes, TLS.
 */
final class Secrets {
  private Secrets() {}

  /** How the configuration file stands. */
  record Standing(Instant applied, List<String> refused) {}

  static List<Secret> forJava(Configuration configuration, Standing standing) {
    var secrets = new ArrayList<Secret>();
    secrets.add(generic(Xds.SETTINGS_SECRET, settings(configuration, standing).toByteString()));
    for (Channel channel : configuration.channels()) {
      if (channel.enabled()) {
        channel
            .accounts()
            .forEach(
                account ->
                    secrets.add(
                        generic(
                            Xds.accountSecret(channel.name(), account.name()),
                            ByteString.copyFromUtf8(account.key()))));
      }
    }
    return secrets;
  }

  static Secret certificate(Publisher.Certificate certificate) {
    return Secret.newBuilder()
        .setName(Listeners.CERTIFICATE)
        .setTlsCertificate(
            TlsCertificate.newBuilder()
                .setCertificateChain(DataSource.newBuilder().setInlineBytes(certificate.chain()))
                .setPrivateKey(DataSource.newBuilder().setInlineBytes(certificate.key())))
        .build();
  }

  private static Secret generic(String name, ByteString value) {
    return Secret.newBuilder()
        .setName(name)
        .setGenericSecret(
            GenericSecret.newBuilder().setSecret(DataSource.newBuilder().setInlineBytes(value)))
        .build();
  }

  private static Settings settings(Configuration configuration, Standing standing) {
    var enabled =
        new HashSet<>(
            configuration.channels().stream()
                .filter(Channel::enabled)
                .map(Channel::name)
                .collect(Collectors.toSet()));
    var settings =
        Settings.newBuilder()
            .setMaxRequestBody(configuration.edge().maxRequestBody())
            .setCarrierKey(ByteString.copyFrom(carrierKey(configuration)))
            .setResponses(
                Responses.newBuilder()
                    .setStore(configuration.responses().store())
                    .setTtl(Clusters.proto(configuration.responses().ttl()))
                    .setMaxSize(configuration.responses().maxSize()))
            .setLedger(
                Ledger.newBuilder()
                    .setRetention(Clusters.proto(configuration.ledger().retention())))
            .setRetries(
                Retries.newBuilder()
                    .setShare(configuration.retries().share())
                    .setFloor(configuration.retries().floor()))
            .setStatus(
                Status.newBuilder()
                    .setApplied(
                        Timestamp.newBuilder().setSeconds(standing.applied().getEpochSecond()))
                    .addAllRefused(standing.refused()));
    for (Configuration.Group group : configuration.groups()) {
      var written =
          Group.newBuilder()
              .setName(group.name())
              .setParent(group.parent() == null ? "" : group.parent())
              .setMode(group.mode())
              .putAllWeights(group.weights())
              .setExploration(group.exploration())
              .setMaxAttempts(group.maxAttempts())
              .setHedgeAfter(Clusters.proto(group.hedgeAfter()))
              .setCommitAfter(Clusters.proto(group.commitAfter()))
              .addAllChannels(group.channels().stream().filter(enabled::contains).toList())
              .setAmbiguous(group.ambiguous())
              .setUsage(group.usage())
              .setPriceMultiplier(group.priceMultiplier())
              .setSticky(Clusters.proto(group.sticky()));
      Configuration.Bodies bodies = group.bodies();
      if (bodies != null) {
        written.setBodies(Bodies.newBuilder().setMax(bodies.max()).addAllRedact(bodies.redact()));
      }
      settings.addGroups(written);
    }
    for (Configuration.Key key : configuration.keys()) {
      settings.addKeys(
          Key.newBuilder()
              .setName(key.name())
              .setSha256(ByteString.copyFrom(sha256(key.key())))
              .setGroup(key.group())
              .addAllModels(key.models())
              .setLimits(Clusters.limits(key.limits()))
              .setBudget(key.limits().budget()));
    }
    for (Configuration.AdminToken token : configuration.adminTokens()) {
      settings.addAdminTokens(
          AdminToken.newBuilder()
              .setName(token.name())
              .setSha256(ByteString.copyFrom(sha256(token.token())))
              .setRole(token.role()));
    }
    settings.addAllAdminHosts(configuration.adminHosts());
    for (Configuration.ErrorRule rule : configuration.errorRules()) {
      var written =
          ErrorRule.newBuilder()
              .setBody(rule.body())
              .setAction(rule.action())
              .setCoolFor(Clusters.proto(rule.coolFor()));
      Integer status = rule.status();
      if (status != null) {
        written.setStatus(status);
      }
      settings.addErrorRules(written);
    }
    return settings.build();
  }

  /** The same on every gateway of one configuration, and unknown to whoever knows one key. */
  private static byte[] carrierKey(Configuration configuration) {
    return sha256(
        Stream.concat(
                configuration.keys().stream().map(Configuration.Key::key),
                configuration.channels().stream()
                    .flatMap(channel -> channel.accounts().stream())
                    .map(Configuration.Account::key))
            .sorted()
            .collect(Collectors.joining("\n", "carrier\n", "")));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
