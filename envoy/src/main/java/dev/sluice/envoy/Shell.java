package dev.sluice.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.envoy.Sluice.Unusable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The commands that use the admin API. They end with 0, with 1 where the gateway says no or is
 * away, and with 2 where the command line has to change; errors are one line.
 */
@Command(
    mixinStandardHelpOptions = true,
    name = "sluice",
    subcommands = {Shell.Keys.class, Shell.Usage.class, Shell.Requests.class})
final class Shell {
  private static final int REFUSED = 1;
  private static final int WRONG = 2;
  private static final int PAGE = 1_000;
  private static final Duration FOLLOWED = Duration.ofMinutes(15);
  private static final int REMEMBERED = 20_000;
  private static final long LOOK_MILLIS = 1_000;
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  /** The commands that are here. */
  static final Set<String> COMMANDS = Set.of("keys", "usage", "requests", "replay");

  private Shell() {}

  /**
   * Runs one; the exit status.
   *
   * @param home the project's folder
   */
  static int run(Path home, List<String> arguments) {
    return new CommandLine(new Shell())
        .addSubcommand(new Replay(home))
        .setParameterExceptionHandler(
            (e, _) -> {
              System.err.println(
                  e.getCommandLine().getCommandSpec().qualifiedName()
                      + ": "
                      + String.valueOf(e.getMessage()).replaceAll("\\s+", " ")
                      + "; --help says more.");
              return WRONG;
            })
        .setExecutionExceptionHandler(
            (e, _, _) -> {
              switch (e) {
                case Unusable unusable -> {
                  System.err.println(unusable.getMessage());
                  return WRONG;
                }
                case IOException away -> System.err.println("sluice: " + away.getMessage());
                default -> System.err.println("sluice: a defect of ours: " + e);
              }
              return REFUSED;
            })
        .execute(arguments.toArray(String[]::new));
  }

  /** What every command takes. */
  static final class Common {
    @Option(
        names = "--data",
        defaultValue = "data",
        paramLabel = "DIR",
        description = "data directory of a gateway on this machine (default: ${DEFAULT-VALUE})")
    private Path data = Path.of("data");

    @Option(names = "--json", description = "print JSON, one document or one a line")
    private boolean json;

    Admin admin() throws Unusable {
      return Admin.find(System.getenv(), data);
    }

    void print(JsonNode body, Runnable otherwise) {
      if (json) {
        OUT.println(body);
      } else {
        otherwise.run();
      }
    }
  }

  // ---- keys

  /** {@code sluice keys}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "keys",
      synopsisSubcommandLabel = "(create | list | revoke)",
      description = "Makes, lists and revokes clients' keys.",
      subcommands = {Create.class, ListKeys.class, Revoke.class})
  static final class Keys implements Callable<Integer> {
    @Override
    public Integer call() throws Unusable {
      throw new Unusable("sluice keys: say create, list or revoke; --help says more.");
    }
  }

  /** {@code sluice keys create}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "create",
      description =
          "Makes a key and prints it. It is shown this once: the gateway keeps its hash alone.")
  static final class Create implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(paramLabel = "NAME", description = "unique")
    private String name = "";

    @Option(names = "--group", required = true, description = "group of the configuration")
    private String group = "";

    @Option(names = "--user", description = "its owner")
    private @Nullable String user;

    @Option(
        names = "--models",
        split = ",",
        paramLabel = "PATTERN",
        description = "what it may use, such as gpt-*; all by default")
    private @Nullable List<String> models;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "such as 30d or 2026-12-01T00:00:00Z; never by default")
    private @Nullable String expires;

    @Option(names = "--rpm", description = "requests in a minute")
    private long rpm;

    @Option(names = "--tpm", description = "tokens in a minute")
    private long tpm;

    @Option(names = "--concurrency", description = "requests at a time")
    private long concurrency;

    @Option(
        names = "--budget",
        paramLabel = "BUDGET",
        description = "such as '50 USD/month' or '1000000 tokens/total'; may be given again")
    private @Nullable List<String> budgets;

    @Option(names = "--tag", paramLabel = "TAG", description = "may be given again")
    private @Nullable List<String> tags;

    @Override
    public Integer call() throws Unusable, IOException {
      ObjectNode body = Admin.JSON.createObjectNode();
      body.put("name", name).put("group", group).put("user", user).put("expires", expires);
      body.putPOJO("models", models).putPOJO("budgets", budgets).putPOJO("tags", tags);
      body.putObject("limits").put("rpm", rpm).put("tpm", tpm).put("concurrency", concurrency);
      JsonNode made = common.admin().ask("POST", "/admin/keys", body);
      common.print(
          made,
          () -> {
            System.err.println("sluice: the key '" + name + "' is shown this once:");
            OUT.println(made.path("key").asText());
          });
      return 0;
    }
  }

  /** {@code sluice keys list}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "list",
      description = "Lists keys, never the keys themselves.")
  static final class ListKeys implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Option(names = "--user", description = "only this user's")
    private @Nullable String user;

    @Option(names = "--group", description = "only this group's")
    private @Nullable String group;

    @Override
    public Integer call() throws Unusable, IOException {
      Admin admin = common.admin();
      ArrayNode keys = Admin.JSON.createArrayNode();
      String after = null;
      do {
        var parameters = new LinkedHashMap<String, @Nullable String>();
        parameters.put("limit", Integer.toString(PAGE));
        parameters.put("user", user);
        parameters.put("group", group);
        parameters.put("after", after);
        JsonNode page = admin.ask("GET", "/admin/keys" + Admin.query(parameters), null);
        page.path("keys").forEach(keys::add);
        after = page.path("next").textValue();
      } while (after != null);
      common.print(
          keys,
          () -> {
            var rows = new ArrayList<List<String>>();
            for (JsonNode key : keys) {
              rows.add(
                  List.of(
                      key.path("name").asText(),
                      text(key.path("hint")),
                      text(key.path("user")),
                      key.path("group").asText(),
                      standing(key),
                      text(key.path("expires")),
                      joined(key.path("models")),
                      joined(key.path("budgets"))));
            }
            table(
                List.of("NAME", "KEY", "USER", "GROUP", "STATE", "EXPIRES", "MODELS", "BUDGETS"),
                rows);
          });
      return 0;
    }

    private static String standing(JsonNode key) {
      if (!key.path("revoked").isNull()) {
        return "revoked";
      }
      String expires = key.path("expires").textValue();
      if (expires != null && Instant.parse(expires).isBefore(Instant.now())) {
        return "expired";
      }
      return !key.path("enabled").asBoolean()
          ? "disabled"
          : key.path("source").asText().equals("configuration") ? "configured" : "active";
    }
  }

  /** {@code sluice keys revoke}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "revoke",
      description = "Revokes a key for good, at once.")
  static final class Revoke implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(paramLabel = "NAME", description = "as in the list")
    private String name = "";

    @Override
    public Integer call() throws Unusable, IOException {
      JsonNode revoked = common.admin().ask("DELETE", "/admin/keys/" + Admin.escaped(name), null);
      common.print(revoked, () -> System.err.println("sluice: the key '" + name + "' is revoked."));
      return 0;
    }
  }

  // ---- usage

  /** {@code sluice usage}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "usage",
      description = "Shows what was used: requests, tokens, money.")
  static final class Usage implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Option(
        names = "--by",
        defaultValue = "key",
        description = "key, group, model, channel, account, provider_model, with commas between")
    private String by = "key";

    @Option(names = "--per", description = "hour or day")
    private @Nullable String per;

    @Option(names = "--from", description = "a time or a day of UTC; a day ago by default")
    private @Nullable String from;

    @Option(names = "--to", description = "a time or a day of UTC; now by default")
    private @Nullable String to;

    @Option(names = "--key", description = "only this key's")
    private @Nullable String key;

    @Option(names = "--group", description = "only this group's")
    private @Nullable String group;

    @Option(names = "--model", description = "only this model's")
    private @Nullable String model;

    @Option(names = "--channel", description = "only this channel's")
    private @Nullable String channel;

    @Override
    public Integer call() throws Unusable, IOException {
      var parameters = new LinkedHashMap<String, @Nullable String>();
      parameters.put("by", by);
      parameters.put("per", per);
      parameters.put("from", from);
      parameters.put("to", to);
      parameters.put("key", key);
      parameters.put("group", group);
      parameters.put("model", model);
      parameters.put("channel", channel);
      JsonNode usage = common.admin().ask("GET", "/admin/usage" + Admin.query(parameters), null);
      common.print(
          usage,
          () -> {
            var names = new ArrayList<String>();
            if (per != null) {
              names.add("time");
            }
            Collections.addAll(names, by.split(",", -1));
            var head = new ArrayList<String>();
            names.forEach(name -> head.add(name.toUpperCase(Locale.ROOT)));
            Collections.addAll(
                head, "REQUESTS", "ERRORS", "INPUT", "CACHED", "OUTPUT", "USD", "P50_MS", "P95_MS");
            var rows = new ArrayList<List<String>>();
            for (JsonNode row : usage.path("rows")) {
              var cells = new ArrayList<String>();
              names.forEach(name -> cells.add(text(row.path(name))));
              JsonNode tokens = row.path("tokens");
              Collections.addAll(
                  cells,
                  text(row.path("requests")),
                  text(row.path("errors")),
                  text(tokens.path("input")),
                  text(tokens.path("cache_read")),
                  text(tokens.path("output")),
                  "%.4f".formatted(row.path("cost").asDouble()),
                  text(row.at("/duration_ms/p50")),
                  text(row.at("/duration_ms/p95")));
              rows.add(cells);
            }
            table(head, rows);
          });
      return 0;
    }
  }

  // ---- requests

  /** {@code sluice requests}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "requests",
      synopsisSubcommandLabel = "tail",
      description = "Shows requests.",
      subcommands = Tail.class)
  static final class Requests implements Callable<Integer> {
    @Override
    public Integer call() throws Unusable {
      throw new Unusable("sluice requests: say tail; --help says more.");
    }
  }

  /** {@code sluice requests tail}. */
  @Command(
      mixinStandardHelpOptions = true,
      name = "tail",
      description = "Shows the newest requests, and those that come.")
  static final class Tail implements Callable<Integer> {
    private static final String LINE = "%-24s  %-36s  %-16s  %-24s  %-16s  %6s  %9s  %10s";

    @Mixin private Common common = new Common();

    @Option(
        names = {"-n", "--lines"},
        defaultValue = "20",
        description = "how many at first (default: ${DEFAULT-VALUE})")
    private int lines = 20;

    @Option(
        names = {"-f", "--follow"},
        description = "go on until it is ended")
    private boolean follow;

    @Option(names = "--key", description = "only this key's")
    private @Nullable String key;

    @Option(names = "--channel", description = "only those that tried this channel")
    private @Nullable String channel;

    @Option(names = "--status", description = "only those that ended so")
    private @Nullable String status;

    @Override
    public Integer call() throws Unusable, IOException, InterruptedException {
      Admin admin = common.admin();
      Set<String> seen =
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > REMEMBERED;
                }
              });
      if (!common.json) {
        OUT.println(
            LINE.formatted("BEGAN", "ID", "KEY", "MODEL", "CHANNEL", "STATUS", "MS", "USD")
                .stripTrailing());
      }
      show(admin, seen, null, lines);
      while (follow) {
        Thread.sleep(LOOK_MILLIS);
        // A request is known when it ends, so one that began long ago may be new.
        show(admin, seen, Instant.now().minus(FOLLOWED), PAGE);
      }
      return 0;
    }

    private void show(Admin admin, Set<String> seen, @Nullable Instant from, int most)
        throws IOException {
      var parameters = new LinkedHashMap<String, @Nullable String>();
      parameters.put("limit", Integer.toString(most));
      parameters.put("from", from == null ? null : from.toString());
      parameters.put("key", key);
      parameters.put("channel", channel);
      parameters.put("status", status);
      JsonNode page = admin.ask("GET", "/admin/requests" + Admin.query(parameters), null);
      var fresh = new ArrayList<JsonNode>();
      for (JsonNode request : page.path("requests")) {
        if (seen.add(request.path("id").asText())) {
          fresh.add(request);
        }
      }
      for (JsonNode request : fresh.reversed()) {
        common.print(request, () -> OUT.println(line(request)));
      }
    }

    private static String line(JsonNode request) {
      JsonNode attempts = request.path("attempts");
      return LINE.formatted(
              text(request.path("began")),
              text(request.path("id")),
              text(request.path("key")),
              text(request.path("model")),
              text(attempts.path(attempts.size() - 1).path("channel")),
              text(request.path("status")),
              "%.0f".formatted(request.path("duration_ms").asDouble()),
              "%.6f".formatted(request.path("cost").asDouble()))
          .stripTrailing();
    }
  }

  // ---- text

  private static String text(JsonNode value) {
    return value.isNull() || value.isMissingNode() || value.asText().isEmpty()
        ? "-"
        : value.asText().replaceAll("\\p{Cntrl}", "?");
  }

  private static String joined(JsonNode values) {
    var texts = new ArrayList<String>();
    values.forEach(value -> texts.add(text(value)));
    return texts.isEmpty() ? "-" : String.join(",", texts);
  }

  private static void table(List<String> head, List<List<String>> rows) {
    int[] widths = head.stream().mapToInt(String::length).toArray();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    var all = new ArrayList<List<String>>();
    all.add(head);
    all.addAll(rows);
    for (List<String> row : all) {
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      OUT.println(line.toString().stripTrailing());
    }
  }
}
