package dev.sluice.envoy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The launcher, as the {@code sluice} script calls it.
 *
 * <pre>
 * sluice up [--config FILE] [--data DIR]
 * sluice check --config FILE
 * sluice keys create|list|revoke …
 * sluice usage …
 * sluice requests tail …
 * sluice prices FILE [--match PATTERN]
 * sluice replay [--from TIME] [--to TIME] [--exploration NUMBER] [--data DIR]
 * sluice rehearse
 * </pre>
 *
 * <p>The last is the build's: it runs the gateway once, so that it starts quickly later.
 */
public final class Sluice {
  private static final int WRONG = 2;

  private Sluice() {}

  /** Runs a command; the first argument is the project's folder. */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      System.exit(run(List.of(arguments)));
    } catch (Unusable e) {
      System.err.println(e.getMessage());
      System.exit(WRONG);
    } catch (IOException e) {
      System.err.println("sluice: " + e.getMessage());
      System.exit(1);
    }
  }

  private static int run(List<String> arguments)
      throws IOException, InterruptedException, Unusable {
    if (arguments.size() < 2) {
      throw new Unusable(
          "sluice: usage: sluice up [--config FILE] [--data DIR] | sluice check --config FILE |"
              + " sluice keys | sluice usage | sluice requests | sluice prices FILE [--match"
              + " PATTERN] | sluice replay [--from TIME] [--to TIME]");
    }
    Path home = Path.of(arguments.getFirst()).toAbsolutePath();
    if (Shell.COMMANDS.contains(arguments.get(1))) {
      return Shell.run(home, arguments.subList(1, arguments.size()));
    }
    if (arguments.get(1).equals("prices")) {
      return prices(arguments.subList(2, arguments.size()));
    }
    String command = arguments.get(1);
    Map<String, String> options = options(arguments.subList(2, arguments.size()));
    switch (command) {
      case "up" -> {
        String config = options.get("--config");
        Path data = Path.of(options.getOrDefault("--data", "data")).toAbsolutePath();
        return new Supervisor(home, config == null ? null : Path.of(config), data).run();
      }
      case "check" -> {
        String config = options.get("--config");
        if (config == null) {
          throw new Unusable("sluice: check needs --config FILE");
        }
        var java = new ArrayList<>(Jar.command(home, "xds-server", 256, home.resolve("target")));
        java.addAll(List.of("check", "--config", config));
        return new ProcessBuilder(java).inheritIO().start().waitFor();
      }
      case "rehearse" -> {
        return rehearse(home);
      }
      default ->
          throw new Unusable(
              "sluice: there is no command "
                  + command
                  + "; use up, check, keys, usage, requests, prices or replay");
    }
  }

  private static int rehearse(Path home) throws IOException, InterruptedException, Unusable {
    Path folder = Files.createTempDirectory("sluice-rehearsal");
    try {
      Jar.forget(home, "xds-server");
      Jar.forget(home, "extproc");
      return new Supervisor(home, Rehearsal.in(folder)).run();
    } catch (IOException e) {
      throw new IOException("rehearsing failed, so starts will be slower: " + e.getMessage(), e);
    } finally {
      EnvoyBinary.delete(folder);
    }
  }

  private static int prices(List<String> arguments) throws IOException, Unusable {
    boolean all = arguments.size() == 1;
    if (!all && (arguments.size() != 3 || !arguments.get(1).equals("--match"))) {
      throw new Unusable("sluice: usage: sluice prices FILE [--match PATTERN]");
    }
    Prices.lines(Path.of(arguments.getFirst()), all ? "*" : arguments.getLast())
        .forEach(System.out::println);
    return 0;
  }

  private static Map<String, String> options(List<String> arguments) throws Unusable {
    var options = new HashMap<String, String>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!List.of("--config", "--data").contains(name)) {
        throw new Unusable("sluice: there is no option " + name + "; use --config or --data");
      }
      if (i + 1 == arguments.size()) {
        throw new Unusable("sluice: " + name + " needs a value");
      }
      options.put(name, arguments.get(i + 1));
    }
    String config = options.get("--config");
    if (config != null && !Files.isReadable(Path.of(config))) {
      throw new Unusable("sluice: " + config + ": there is no such file.");
    }
    return options;
  }

  /** Something that whoever typed the command has to change; the message is one line or more. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message, null, false, false);
    }
  }
}
