package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Turn;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** What a provider signed comes back to it as it was, and to nobody else. */
final class SignatureLawsTest {
  private static final String OTHER = "other";

  @Provide
  Arbitrary<byte[]> dice() {
    return Dice.bytes(160);
  }

  @Provide
  Arbitrary<Side> sides() {
    return Arbitraries.of(Side.ALL);
  }

  @Provide
  Arbitrary<Side> clients() {
    return Arbitraries.of(Side.PROTOCOLS);
  }

  /** Chat Completions has no signatures. */
  @Provide
  Arbitrary<Side> providers() {
    return Arbitraries.of(
        Side.PROTOCOLS.stream().filter(side -> side.origin() != Origin.CHAT).toList());
  }

  @Property(tries = 1500)
  void aSignatureReachesItsIssuerAlone(
      @ForAll("sides") Side from, @ForAll("sides") Side to, @ForAll("dice") byte[] bytes)
      throws Exception {
    var dice = new Dice(bytes);
    Request request = signed(from.read(Wire.request(from, dice).bytes()), dice);
    String written = Side.show(to.write(request).bytes());
    for (Signature signature : signatures(request)) {
      if (!signature.speaksTo(to.origin(), Side.ISSUER)) {
        assertThat(written).as(from + " → " + to).doesNotContain(signature.text());
      }
    }
  }

  private static Request signed(Request request, Dice dice) {
    var turns = new ArrayList<Turn>();
    int[] count = {0};
    for (Turn turn : request.turns()) {
      List<Block> blocks =
          turn.blocks().stream()
              .map(
                  block -> {
                    var by =
                        new Signature(
                            "SECRET-" + count[0]++ + "-",
                            dice.of(Origin.values()),
                            dice.of(null, Side.ISSUER, OTHER));
                    return signed(block, by);
                  })
              .toList();
      turns.add(new Turn(turn.role(), blocks, turn.path(), turn.extra()));
    }
    return new Request(
        request.origin(),
        turns,
        request.tools(),
        request.choice(),
        request.parallelCalls(),
        request.sampling(),
        request.output(),
        request.reasoning(),
        request.terms(),
        request.extra());
  }

  private static Block signed(Block block, Signature by) {
    return switch (block) {
      case Block.Text t -> new Block.Text(t.text(), t.citations(), by, t.cache(), t.extra());
      case Block.Thinking t -> new Block.Thinking(t.text(), by, t.extra());
      case Block.Redacted r -> new Block.Redacted(by, r.extra());
      case Block.ToolCall c ->
          new Block.ToolCall(
              c.id(), c.name(), c.arguments(), c.freeform(), by, c.cache(), c.extra());
      default -> block;
    };
  }

  private static List<Signature> signatures(Request request) {
    var signatures = new ArrayList<Signature>();
    request.turns().forEach(turn -> turn.blocks().forEach(block -> add(block, signatures)));
    return signatures;
  }

  private static void add(Block block, List<Signature> into) {
    Signature signature = signature(block);
    if (signature != null) {
      into.add(signature);
    }
  }

  private static @Nullable Signature signature(Block block) {
    return switch (block) {
      case Block.Text text -> text.signature();
      case Block.Thinking thinking -> thinking.signature();
      case Block.Redacted redacted -> redacted.data();
      case Block.ToolCall call -> call.signature();
      default -> null;
    };
  }

  @Property(tries = 1500)
  void aWholeAnswersSignaturesComeBack(
      @ForAll("clients") Side client,
      @ForAll("providers") Side provider,
      @ForAll("dice") byte[] bytes)
      throws Exception {
    Response answer = answer(new Dice(bytes), provider.origin());
    Written whole = client.translator().writeAnswer(answer, client.asked(false), Side.STAMP);
    comeBack(client, provider, answer, whole.bytes(), whole.losses());
  }

  @Property(tries = 1500)
  void aStreamedAnswersSignaturesComeBack(
      @ForAll("clients") Side client,
      @ForAll("providers") Side provider,
      @ForAll("dice") byte[] bytes)
      throws Exception {
    var dice = new Dice(bytes);
    Response answer = answer(dice, provider.origin());
    var writer = client.translator().writer(client.asked(true), Side.STAMP);
    byte[] stream = Streams.write(writer, Streams.tell(answer, dice));
    List<Event> events = Streams.read(client.translator().reader(), stream);
    Response folded = Streams.fold(events);
    byte[] whole = client.translator().writeAnswer(folded, client.asked(false), Side.STAMP).bytes();
    comeBack(client, provider, answer, whole, writer.losses());
  }

  /** An answer that is signed where its provider signs. */
  private static Response answer(Dice dice, Origin provider) {
    Response any = Answers.answer(dice, provider);
    var blocks = new ArrayList<Block>();
    for (int i = 0; i < any.blocks().size(); i++) {
      Block block = any.blocks().get(i);
      boolean thought = block instanceof Block.Thinking || block instanceof Block.Redacted;
      if (signature(block) != null && thought == (provider == Origin.GEMINI)) {
        blocks.add(unsigned(block));
      } else {
        blocks.add(block);
      }
    }
    return new Response(
        any.id(),
        any.model(),
        blocks,
        any.stop(),
        any.sequence(),
        any.usage(),
        any.likelihoods(),
        any.tier(),
        any.losses(),
        any.extra());
  }

  private static Block unsigned(Block block) {
    return switch (block) {
      case Block.Text t -> new Block.Text(t.text(), t.citations(), null, t.cache(), t.extra());
      case Block.Thinking t -> new Block.Thinking(t.text(), null, t.extra());
      case Block.Redacted _ -> new Block.Thinking("a", null, null);
      case Block.ToolCall c ->
          new Block.ToolCall(
              c.id(), c.name(), c.arguments(), c.freeform(), null, c.cache(), c.extra());
      default -> block;
    };
  }

  private static void comeBack(
      Side client, Side provider, Response answer, byte[] whole, List<Loss> losses)
      throws Exception {
    byte[] history = replayed(client, whole);
    Request read = client.read(history);
    String shown =
        provider
            + " → "
            + client
            + "\n"
            + answer
            + "\n"
            + Side.show(whole)
            + "\n"
            + Side.show(history)
            + "\n"
            + losses;
    var expected = new ArrayList<String>();
    for (int i = 0; i < answer.blocks().size(); i++) {
      Signature signature = signature(answer.blocks().get(i));
      String path = "content[" + i + "]";
      if (signature != null
          && losses.stream()
              .noneMatch(l -> l.field().equals(path) || l.field().equals(path + ".signature"))) {
        expected.add(kind(answer.blocks().get(i)) + signature.text() + signature.origin());
      }
    }
    assertThat(signs(read)).as(shown).isEqualTo(expected);
    answersMatch(read, shown);
    Written back = provider.write(read);
    assertThat(signs(provider.read(back.bytes())))
        .as(shown + "\n" + Side.show(back.bytes()) + back.losses())
        .isEqualTo(expected);
    if (client.origin() != provider.origin()) {
      String elsewhere = Side.show(provider.write(read, OTHER).bytes());
      for (Signature signature : signatures(read)) {
        assertThat(elsewhere).as(shown).doesNotContain("\"" + signature.text() + "\"");
      }
    }
  }

  private static void answersMatch(Request read, String shown) {
    var calls = new ArrayList<String>();
    for (Turn turn : read.turns()) {
      for (Block block : turn.blocks()) {
        if (block instanceof Block.ToolCall call) {
          calls.add(call.id());
        } else if (block instanceof Block.ToolResult result) {
          assertThat(calls).as(shown).contains(result.callId());
        }
      }
    }
  }

  private static String kind(Block block) {
    return block.getClass().getSimpleName() + " ";
  }

  private static List<String> signs(Request request) {
    var signs = new ArrayList<String>();
    for (Turn turn : request.turns()) {
      for (Block block : turn.blocks()) {
        Signature signature = signature(block);
        // What stands where Gemini wants a signature and has given none is none.
        if (signature != null && !signature.text().startsWith("skip_")) {
          signs.add(kind(block) + signature.text() + signature.origin());
        }
      }
    }
    return signs;
  }

  /** The next request of a client that sends all back and answers every call. */
  private static byte[] replayed(Side client, byte[] whole) {
    Json.Obj answer = (Json.Obj) Side.json(whole);
    Json.Obj question = Json.object(m -> m.put("role", "user").put("content", "q"));
    Json.Obj next =
        switch (client.origin()) {
          case CHAT -> {
            Json.Obj choice = (Json.Obj) answer.items("choices").getFirst();
            Json.Obj message = (Json.Obj) choice.members().get("message");
            var messages = new ArrayList<Json>(List.of(question, message));
            for (Json call : message.items("tool_calls")) {
              messages.add(
                  Json.object(
                      m ->
                          m.put("role", "tool")
                              .put("tool_call_id", ((Json.Obj) call).text("id"))
                              .put("content", "done")));
            }
            yield Json.object(r -> r.put("model", "m").put("messages", messages));
          }
          case MESSAGES -> {
            var results = new ArrayList<Json>();
            for (Json block : answer.items("content")) {
              if (block instanceof Json.Obj call && call.text("type", "").equals("tool_use")) {
                results.add(
                    Json.object(
                        b ->
                            b.put("type", "tool_result")
                                .put("tool_use_id", call.text("id"))
                                .put("content", "done")));
              }
            }
            Json.Obj said =
                Json.object(
                    m -> m.put("role", "assistant").put("content", answer.items("content")));
            yield Json.object(
                r ->
                    r.put("model", "m")
                        .put("max_tokens", 100L)
                        .put(
                            "messages",
                            Json.array(
                                question,
                                said,
                                Json.object(m -> m.put("role", "user").put("content", results)))));
          }
          case RESPONSES -> {
            var input = new ArrayList<Json>(List.of(question));
            input.addAll(answer.items("output"));
            for (Json item : answer.items("output")) {
              if (item instanceof Json.Obj call && call.text("call_id") != null) {
                input.add(
                    Json.object(
                        o ->
                            o.put(
                                    "type",
                                    call.text("type", "").equals("custom_tool_call")
                                        ? "custom_tool_call_output"
                                        : "function_call_output")
                                .put("call_id", call.text("call_id"))
                                .put("output", "done")));
              }
            }
            yield Json.object(r -> r.put("model", "m").put("input", input));
          }
          case GEMINI -> {
            Json.Obj candidate = (Json.Obj) answer.items("candidates").getFirst();
            Json.Obj content = (Json.Obj) candidate.members().get("content");
            var results = new ArrayList<Json>();
            for (Json part : content.items("parts")) {
              if (part instanceof Json.Obj object
                  && object.obj("functionCall") instanceof Json.Obj call) {
                results.add(
                    Json.object(
                        p ->
                            p.put(
                                "functionResponse",
                                Json.object(
                                    f ->
                                        f.put("id", call.text("id"))
                                            .put("name", call.text("name"))
                                            .put(
                                                "response",
                                                Json.object(r -> r.put("output", "done")))))));
              }
            }
            Json.Obj asked =
                Json.object(
                    c ->
                        c.put("role", "user")
                            .put("parts", Json.array(Json.object(p -> p.put("text", "q")))));
            var contents = new ArrayList<Json>(List.of(asked, content));
            if (!results.isEmpty()) {
              contents.add(Json.object(c -> c.put("role", "user").put("parts", results)));
            }
            yield Json.object(r -> r.put("contents", contents));
          }
        };
    return next.bytes();
  }
}
