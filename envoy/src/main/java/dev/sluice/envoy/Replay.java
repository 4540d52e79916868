package dev.sluice.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.envoy.Sluice.Unusable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code sluice replay}: fetches the requests of a time from the admin API, page by page, and hands
 * them to the service's own code, which says what other modes would have had.
 */
@Command(
    mixinStandardHelpOptions = true,
    name = "replay",
    description = "Says what the other modes would have had on the requests of the log.")
final class Replay implements Callable<Integer> {
  private static final int HEAP_MIB = 512;
  private static final String PAGE = "500";

  private final Path home;

  @Option(
      names = "--data",
      defaultValue = "data",
      paramLabel = "DIR",
      description = "data directory of a gateway on this machine (default: ${DEFAULT-VALUE})")
  private Path data = Path.of("data");

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "only requests that began then or later")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "only requests that began before")
  private @Nullable String to;

  @Option(
      names = "--exploration",
      paramLabel = "NUMBER",
      description = "the temperature of the other modes, 0 or more")
  private @Nullable String exploration;

  Replay(Path home) {
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, Unusable {
    var java = new ArrayList<>(Jar.command(home, "extproc", HEAP_MIB, home.resolve("target")));
    java.add("replay");
    if (exploration != null) {
      if (!exploration.matches("[0-9]{1,6}([.][0-9]{1,6})?")) {
        throw new Unusable("sluice: --exploration is a number, 0 or more, such as 0.1.");
      }
      java.add(exploration);
    }
    Admin admin = Admin.find(System.getenv(), data);
    JsonNode page = page(admin, null);
    Process replay =
        new ProcessBuilder(java)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedWriter lines = replay.outputWriter(StandardCharsets.UTF_8)) {
      while (true) {
        for (JsonNode request : page.path("requests")) {
          lines.write(request.toString());
          lines.newLine();
        }
        String next = page.path("next").textValue();
        if (next == null) {
          break;
        }
        page = page(admin, next);
      }
    } catch (IOException e) {
      replay.destroy();
      replay.waitFor();
      throw e;
    }
    return replay.waitFor();
  }

  private JsonNode page(Admin admin, @Nullable String after) throws IOException {
    var parameters = new LinkedHashMap<String, @Nullable String>();
    parameters.put("limit", PAGE);
    parameters.put("from", from);
    parameters.put("to", to);
    parameters.put("after", after);
    return admin.ask("GET", "/admin/requests" + Admin.query(parameters), null);
  }
}
