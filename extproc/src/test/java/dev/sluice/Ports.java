package dev.sluice;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for the servers of a test. */
public final class Ports {
  private static final int FIRST = 15_000;

  /** From here on Linux gives ports to outgoing connections, of which tests have thousands. */
  private static final int END = 32_768;

  private static final int TRIES = 100;

  private Ports() {}

  /**
   * One that is free now, and that nobody is given who does not ask for it.
   *
   * @throws IOException there is none to be found
   */
  public static int free() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException _) {
        // Somebody has it.
      }
    }
    throw new IOException("no free port among " + TRIES + " from " + FIRST + " to " + END);
  }
}
