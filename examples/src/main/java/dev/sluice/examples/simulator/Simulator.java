package dev.sluice.examples.simulator;

import java.time.Duration;

/** The demo's four providers as a process: good, failing, slow, and one of another protocol. */
public final class Simulator {
  private Simulator() {}

  /**
   * Runs until it is ended: {@code [HOST [PORT [MILLISECONDS]]]}, by default on the loopback, at
   * four ports from 19101 on, with 50 ms between two words.
   */
  public static void main(String[] arguments) throws InterruptedException {
    String host = arguments.length == 0 ? "127.0.0.1" : arguments[0];
    int port = arguments.length < 2 ? 19101 : Integer.parseInt(arguments[1]);
    var pace = Duration.ofMillis(arguments.length < 3 ? 50 : Integer.parseInt(arguments[2]));
    Provider.start("good", Dialect.CHAT, host, port).pace(pace);
    Provider.start("failing", Dialect.CHAT, host, port + 1).fault(new Fault.ErrorInside());
    Provider.start("slow", Dialect.CHAT, host, port + 2)
        .fault(new Fault.Slow(Duration.ofSeconds(3)));
    Provider.start("claude", Dialect.MESSAGES, host, port + 3).pace(pace);
    System.out.println("simulator: ready");
    Thread.currentThread().join();
  }
}
