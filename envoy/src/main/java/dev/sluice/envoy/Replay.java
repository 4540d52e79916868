package dev.sluice.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.envoy.Sluice.Unusable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code sluice replay}: fetches the requests of a time from the admin API, page by page, and hands
 * them to the service's own code, which says what other modes would have had.
 */
final class Replay {
  private static final int HEAP_MIB = 512;
  private static final String PAGE = "1000";
  private static final List<String> KNOWN = List.of("--from", "--to", "--exploration", "--data");

  private Replay() {}

  /** Runs it; the exit status. */
  static int run(Path home, List<String> arguments)
      throws IOException, InterruptedException, Unusable {
    Map<String, String> options = options(arguments);
    Path data = Path.of(options.getOrDefault("--data", "data"));
    Admin admin = Admin.find(System.getenv(), data);
    JsonNode page = page(admin, options, null);
    var java = new ArrayList<>(Jar.command(home, "extproc", HEAP_MIB, home.resolve("target")));
    java.add("replay");
    String exploration = options.get("--exploration");
    if (exploration != null) {
      java.add(exploration);
    }
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
        page = page(admin, options, next);
      }
    } catch (IOException e) {
      replay.destroy();
      replay.waitFor();
      throw e;
    }
    return replay.waitFor();
  }

  private static JsonNode page(Admin admin, Map<String, String> options, @Nullable String after)
      throws IOException {
    var parameters = new LinkedHashMap<String, @Nullable String>();
    parameters.put("limit", PAGE);
    parameters.put("from", options.get("--from"));
    parameters.put("to", options.get("--to"));
    parameters.put("after", after);
    return admin.ask("GET", "/admin/requests" + Admin.query(parameters), null);
  }

  /** Their names and values. */
  static Map<String, String> options(List<String> arguments) throws Unusable {
    var options = new HashMap<String, String>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!KNOWN.contains(name)) {
        throw new Unusable(
            "sluice: replay has no option " + name + "; use " + String.join(", ", KNOWN) + ".");
      }
      if (i + 1 == arguments.size()) {
        throw new Unusable("sluice: " + name + " needs a value.");
      }
      options.put(name, arguments.get(i + 1));
    }
    String exploration = options.get("--exploration");
    if (exploration != null && !exploration.matches("[0-9]{1,6}([.][0-9]{1,6})?")) {
      throw new Unusable("sluice: --exploration is a number, 0 or more, such as 0.1.");
    }
    return options;
  }
}
