package dev.sluice.xds;

import dev.sluice.xds.configuration.ConfigurationFile;
import dev.sluice.xds.configuration.InvalidConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The xDS server as a process.
 *
 * <pre>
 * xds-server serve --config FILE --listen ADDRESS --extproc ADDRESS
 * xds-server check --config FILE
 * </pre>
 *
 * <p>An ADDRESS is {@code unix:/path/to.sock} or {@code host:port}. {@code serve} prints one line,
 * {@code xds-server: ready http=… https=… admin=…}, when it listens. Both print a line for each
 * mistake in the configuration and exit with 2.
 */
public final class XdsServer {
  private static final int WRONG = 2;

  private XdsServer() {}

  /** Runs one of the commands. */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      String command = arguments.length == 0 ? "" : arguments[0];
      Map<String, String> options = options(arguments);
      Path file = Path.of(required(options, "--config"));
      switch (command) {
        case "check" -> {
          ConfigurationFile.read(file, System.getenv());
          System.out.println("ok");
        }
        case "serve" ->
            new Serving(
                    file,
                    System.getenv(),
                    required(options, "--listen"),
                    required(options, "--extproc"))
                .run();
        default -> throw new IllegalArgumentException("the command must be serve or check");
      }
    } catch (InvalidConfiguration e) {
      System.err.println(e.getMessage());
      System.exit(WRONG);
    } catch (IllegalArgumentException | IOException e) {
      System.err.println("xds-server: " + e.getMessage());
      System.exit(WRONG);
    }
  }

  private static Map<String, String> options(String[] arguments) {
    var options = new HashMap<String, String>();
    for (int i = 1; i < arguments.length; i += 2) {
      if (!List.of("--config", "--listen", "--extproc").contains(arguments[i])
          || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            arguments[i] + ": expected --config FILE, --listen ADDRESS, --extproc ADDRESS");
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private static String required(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }
}
