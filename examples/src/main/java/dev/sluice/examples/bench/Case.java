package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import java.util.Map;
import java.util.Set;

/**
 * One line of the table.
 *
 * @param key short, for files
 * @param title for people
 * @param gate whom it asks
 * @param client what the client speaks
 * @param model what it asks for
 * @param headers that it sends
 * @param works what is measured
 * @param peer whether it is another project's gateway, which gets a smaller load
 */
record Case(
    String key,
    String title,
    Gate gate,
    Dialect client,
    String model,
    Map<String, String> headers,
    Set<Work> works,
    boolean peer) {
  Question question(Work work) {
    return Question.of(client, model, headers, work.order(), 0);
  }
}
