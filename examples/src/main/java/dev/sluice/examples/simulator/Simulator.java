package dev.sluice.examples.simulator;

import java.time.Duration;

/** The demo's four providers as a process: good, failing, slow, and one of another protocol. */
public final class Simulator {
  private Simulator() {}

  /** Runs until it is ended, at the address that is given, else on the loopback. */
  public static void main(String[] arguments) throws InterruptedException {
    String host = arguments.length == 0 ? "127.0.0.1" : arguments[0];
    Provider.start("good", Dialect.CHAT, host, 19101).pace(Duration.ofMillis(50));
    Provider.start("failing", Dialect.CHAT, host, 19102).fault(new Fault.ErrorInside());
    Provider.start("slow", Dialect.CHAT, host, 19103).fault(new Fault.Slow(Duration.ofSeconds(3)));
    Provider.start("claude", Dialect.MESSAGES, host, 19104).pace(Duration.ofMillis(50));
    System.out.println("simulator: ready");
    Thread.currentThread().join();
  }
}
