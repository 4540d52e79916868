package dev.sluice.it;

import dev.sluice.envoy.EnvoyBinary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The pinned Envoy: the binary that {@link EnvoyBinary} finds, or with {@code
 * -Dsluice.envoy=container} its image. Both see the same folder and the same network.
 */
sealed interface EnvoyServer extends AutoCloseable {
  /**
   * Starts one with {@code envoy.yaml} in the folder; it writes {@code envoy.log} and {@code
   * admin}.
   *
   * @throws IOException there is none to be had; says what to install
   */
  static EnvoyServer start(Path folder) throws IOException {
    return switch (System.getProperty("sluice.envoy", "binary")) {
      case "binary" -> Binary.start(folder);
      case "container" -> Container.start(folder);
      default ->
          throw new IOException("-Dsluice.envoy must be binary or container, or be left out.");
    };
  }

  @Override
  void close();

  /** Ends it at once. */
  void kill();

  private static List<String> arguments(Path folder) {
    return List.of(
        "-c",
        folder.resolve("envoy.yaml").toString(),
        "--use-dynamic-base-id",
        "--file-flush-interval-msec",
        "250",
        "--concurrency",
        "2",
        "--admin-address-path",
        folder.resolve("admin").toString(),
        "--log-level",
        "warning");
  }

  /** A process. */
  record Binary(Process process) implements EnvoyServer {
    private static Binary start(Path folder) throws IOException {
      Path root = Path.of("..", "..").toAbsolutePath().normalize();
      var builder =
          new ProcessBuilder(EnvoyBinary.find(System.getenv(), root.resolve(".cache")).toString());
      builder.command().addAll(arguments(folder));
      return new Binary(
          builder
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("envoy.log").toFile()))
              .start());
    }

    @Override
    public void kill() {
      process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A container on the host's network, as the folder's owner, since sockets belong to one user. */
  record Container(GenericContainer<?> container) implements EnvoyServer {
    private static Container start(Path folder) throws IOException {
      var command = new ArrayList<>(arguments(folder));
      command.add(0, "envoy");
      command.addAll(List.of("--log-path", folder.resolve("envoy.log").toString()));
      String user =
          Files.getAttribute(folder, "unix:uid") + ":" + Files.getAttribute(folder, "unix:gid");
      var container =
          new GenericContainer<>(DockerImageName.parse("envoyproxy/envoy:v" + EnvoyBinary.VERSION))
              .withNetworkMode("host")
              .withEnv("ENVOY_UID", "0")
              .withCreateContainerCmdModifier(create -> create.withUser(user))
              .withFileSystemBind(folder.toString(), folder.toString(), BindMode.READ_WRITE)
              .withCommand(command.toArray(String[]::new));
      try {
        container.start();
      } catch (RuntimeException e) {
        container.close();
        throw new IOException(
            "There is no container of Envoy to be had: install Docker and start it, or leave"
                + " -Dsluice.envoy out. It said: "
                + e.getMessage(),
            e);
      }
      return new Container(container);
    }

    @Override
    public void kill() {
      container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
      close();
    }

    @Override
    public void close() {
      container.close();
    }
  }
}
