package dev.sluice.console;

import dev.sluice.access.Access;
import dev.sluice.catalog.Catalog;
import dev.sluice.ledger.Ledger;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.enums.SecuritySchemeType;
import io.swagger.v3.oas.annotations.info.Info;
import io.swagger.v3.oas.annotations.security.SecurityRequirement;
import io.swagger.v3.oas.annotations.security.SecurityScheme;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP server at the admin address. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Sluice admin API",
            version = "1",
            description =
                "Keys, users, groups, channels and the audit log of a gateway. Every request but"
                    + " those for health and metrics carries an admin token. Errors are"
                    + " {\"error\": {\"message\": …}}."),
    security = @SecurityRequirement(name = "token"))
@SecurityScheme(name = "token", type = SecuritySchemeType.HTTP, scheme = "bearer")
public final class Console implements AutoCloseable {
  private final ApplicationContext context;

  private Console(ApplicationContext context) {
    this.context = context;
  }

  /**
   * What the console shows and changes.
   *
   * @param catalog the newest; null before there was one
   * @param responses how it stands with what is kept of clients' responses
   * @param access keys and budgets
   * @param ledger who is asked what was used; not closed with the console
   * @param data where the local admin token is kept; null: there is none
   */
  public record Source(
      Supplier<@Nullable Catalog> catalog,
      Supplier<Standing> responses,
      Access access,
      Ledger ledger,
      @Nullable Path data) {}

  /**
   * How it stands with what is kept of clients' responses.
   *
   * @param place where it is
   * @param bytes how much it is, about
   * @param lost how many responses were not kept although they should have been, since the start
   * @param trouble why responses are being lost now; null: none are
   */
  public record Standing(String place, long bytes, long lost, @Nullable String trouble) {}

  /**
   * Starts listening.
   *
   * @param host a name or an address
   * @param port 0 for any that is free
   * @param source what is shown and changed
   * @throws RuntimeException the address cannot be had
   */
  public static Console start(String host, int port, Source source) {
    ApplicationContext context =
        ApplicationContext.builder()
            .banner(false)
            .deduceEnvironment(false)
            .properties(
                Map.of(
                    "micronaut.server.host",
                    host,
                    "micronaut.server.port",
                    port,
                    "micronaut.server.server-header",
                    "",
                    "micronaut.server.max-request-size",
                    "1MB",
                    "jackson.serialization-inclusion",
                    "ALWAYS",
                    "jackson.deserialization.FAIL_ON_UNKNOWN_PROPERTIES",
                    true))
            .build();
    context.registerSingleton(Source.class, source);
    context.registerSingleton(Tokens.class, Tokens.open(source.data(), source.catalog(), host));
    context.start();
    EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
    context.getBean(Tokens.class).announce(host, server.getPort());
    return new Console(context);
  }

  /** The port that it listens on. */
  public int port() {
    return context.getBean(EmbeddedServer.class).getPort();
  }

  @Override
  public void close() {
    context.close();
  }
}
