package dev.sluice.access;

import dev.sluice.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** PostgreSQL and Valkey from the system's packages, as processes of the test. */
public final class Servers {
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static int postgresql;

  private Servers() {}

  /** A server that ends with the test. */
  public static final class Running implements AutoCloseable {
    private final List<String> command;
    private final Path folder;
    private final int port;
    private Process process;

    private Running(List<String> command, Path folder, int port) throws IOException {
      this.command = command;
      this.folder = folder;
      this.port = port;
      start();
    }

    /** The port on the loopback that it listens at. */
    public int port() {
      return port;
    }

    /** Starts it anew, and waits until it listens. */
    public void start() throws IOException {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      long end = System.nanoTime() + START_NANOS;
      while (true) {
        try (var socket = new Socket()) {
          socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
          return;
        } catch (IOException e) {
          if (System.nanoTime() > end || !process.isAlive()) {
            throw new IOException(
                command.getFirst() + ": " + Files.readString(folder.resolve("log")), e);
          }
          pause();
        }
      }
    }

    /** Ends it at once, as a machine without power would. */
    public void kill() {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      kill();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Path binary(String packaged, String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/postgresql")
                    .flatMap(folder -> below(Path.of(folder), name)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "This test needs "
                        + String.join(" or ", names)
                        + "; install it, on Debian with: apt-get install "
                        + packaged));
  }

  private static Stream<Path> below(Path folder, String name) {
    if (!folder.endsWith("postgresql")) {
      return Stream.of(folder.resolve(name)).filter(Files::isExecutable);
    }
    try (Stream<Path> versions = Files.isDirectory(folder) ? Files.list(folder) : Stream.of()) {
      return versions
          .map(version -> version.resolve("bin").resolve(name))
          .filter(Files::isExecutable)
          .toList()
          .stream();
    } catch (IOException e) {
      return Stream.of();
    }
  }

  /** A Valkey or Redis server of its own. */
  public static Running valkey() throws IOException {
    int port = Ports.free();
    Path folder = Files.createTempDirectory("valkey");
    return new Running(
        List.of(
            binary("redis-server", "valkey-server", "redis-server").toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            folder.toString()),
        folder,
        port);
  }

  /** The URL of a new, empty database; its server runs as long as this JVM. */
  public static synchronized String postgresql() throws IOException {
    if (postgresql == 0) {
      postgresql = cluster();
    }
    String name = "sluice" + DATABASES.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(jdbc("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IOException(e);
    }
    return "postgresql://tester:pg%2Dpassword@127.0.0.1:" + postgresql + "/" + name;
  }

  private static String jdbc(String database) {
    return "jdbc:postgresql://127.0.0.1:" + postgresql + "/" + database + "?user=tester";
  }

  private static int cluster() throws IOException {
    Path initdb = binary("postgresql", "initdb");
    Path folder = Files.createTempDirectory("postgresql");
    Path data = folder.resolve("data");
    var prefix = new ArrayList<String>();
    if (System.getProperty("user.name").equals("root")) {
      // PostgreSQL does not run as root.
      prefix.addAll(
          List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig"));
      prefix.addAll(List.of("KILL", "--"));
      run(List.of("chown", "nobody:nogroup", folder.toString()));
    }
    var make = new ArrayList<>(prefix);
    make.addAll(List.of(initdb.toString(), "-D", data.toString(), "-U", "tester", "-A", "trust"));
    make.addAll(List.of("-E", "UTF8", "--locale=C", "--no-sync"));
    run(make);
    int port = Ports.free();
    var serve = new ArrayList<>(prefix);
    serve.addAll(List.of(initdb.resolveSibling("postgres").toString(), "-D", data.toString()));
    serve.addAll(List.of("-p", Integer.toString(port), "-k", "", "-h", "127.0.0.1", "-F"));
    var running = new Running(serve, folder, port);
    Runtime.getRuntime().addShutdownHook(new Thread(running::close));
    postgresql = port;
    long end = System.nanoTime() + START_NANOS;
    while (true) {
      // It listens a moment before it takes connections.
      try (Connection _ = DriverManager.getConnection(jdbc("postgres"))) {
        return port;
      } catch (SQLException e) {
        if (System.nanoTime() > end) {
          throw new IOException(e);
        }
        pause();
      }
    }
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
