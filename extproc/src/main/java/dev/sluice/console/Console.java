package dev.sluice.console;

import dev.sluice.catalog.Catalog;
import dev.sluice.ledger.Ledger;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP server at the admin address. */
public final class Console implements AutoCloseable {
  private final ApplicationContext context;

  private Console(ApplicationContext context) {
    this.context = context;
  }

  /** Where the console looks things up. */
  record Source(Supplier<@Nullable Catalog> catalog, Supplier<Standing> responses, Ledger ledger) {}

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
   * @param responses what is said of them
   * @param ledger who is asked what was used; not closed with the console
   * @throws RuntimeException the address cannot be had
   */
  public static Console start(
      String host,
      int port,
      Supplier<@Nullable Catalog> catalog,
      Supplier<Standing> responses,
      Ledger ledger) {
    ApplicationContext context =
        ApplicationContext.builder()
            .banner(false)
            .deduceEnvironment(false)
            .properties(
                Map.of(
                    "micronaut.server.host", host,
                    "micronaut.server.port", port,
                    "micronaut.server.server-header", ""))
            .build();
    context.registerSingleton(Source.class, new Source(catalog, responses, ledger));
    context.start();
    context.getBean(EmbeddedServer.class).start();
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
