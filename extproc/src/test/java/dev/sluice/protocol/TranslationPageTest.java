package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/translation.md say what the translators do with each feature: one request or
 * answer that has it is translated to every protocol, and its losses are the cell.
 */
final class TranslationPageTest {
  private static final Path PAGE = Path.of("..", "docs", "translation.md");
  private static final Carrier CARRIER = new Carrier(() -> "page".getBytes(StandardCharsets.UTF_8));
  private static final List<Protocol> PROTOCOLS =
      List.of(
          new Chat(CARRIER), new Responses(CARRIER), new Messages(CARRIER), new Gemini(CARRIER));
  private static final Map<Origin, String> MODELS =
      Map.of(
          Origin.CHAT,
          "gpt-5.4",
          Origin.RESPONSES,
          "gpt-5.4",
          Origin.MESSAGES,
          "claude-sonnet-4-6",
          Origin.GEMINI,
          "gemini-3.1-pro-preview");
  private static final Call GENERATE = new Call(Call.Operation.GENERATE, "m", false);

  private static final Map<Origin, String> LEAST =
      Map.of(
          Origin.CHAT,
          "{'model':'m','messages':[{'role':'user','content':'Hi'}]}",
          Origin.RESPONSES,
          "{'model':'m','input':'Hi'}",
          Origin.MESSAGES,
          "{'model':'m','max_tokens':99,'messages':[{'role':'user','content':'Hi'}]}",
          Origin.GEMINI,
          "{'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}");

  private static final String TOOLS =
      "'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]";
  private static final String TOOL = "'tools':[{'name':'f','input_schema':{'type':'object'}}]";
  private static final String USER = "'messages':[{'role':'user','content':[";

  /** A feature, the protocol that shows it, and what a request of it adds to the least one. */
  private static final List<List<String>> REQUESTS =
      List.of(
          List.of("system instructions", "CHAT", "'messages':[{'role':'system','content':'s'}]"),
          List.of(
              "instructions amid the turns",
              "CHAT",
              "'messages':[{'role':'user','content':'u'},{'role':'system','content':'s'}]"),
          List.of(
              "developer instructions",
              "CHAT",
              "'messages':[{'role':'developer','content':'s'},{'role':'user','content':'u'}]"),
          List.of("instructions alone", "CHAT", "'messages':[{'role':'system','content':'s'}]"),
          List.of(
              "beginning of the answer",
              "CHAT",
              "'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'a'}]"),
          List.of(
              "beginning of the answer, to go on from",
              "MESSAGES",
              "'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'a'}]"),
          List.of(
              "what a search found",
              "MESSAGES",
              USER
                  + "{'type':'search_result','source':'s','title':'t','content':"
                  + "[{'type':'text','text':'x'}]}]}]"),
          List.of(
              "a name of the speaker", "CHAT", USER + "{'type':'text','text':'u'}],'name':'ann'}]"),
          List.of(
              "image, inline",
              "CHAT",
              USER + "{'type':'image_url','image_url':{'url':'data:image/png;base64,AA=='}}]}]"),
          List.of(
              "image by address",
              "CHAT",
              USER + "{'type':'image_url','image_url':{'url':'https://e.test/a.png'}}]}]"),
          List.of(
              "image, looked at closely",
              "CHAT",
              USER
                  + "{'type':'image_url','image_url':"
                  + "{'url':'data:image/png;base64,AA==','detail':'high'}}]}]"),
          List.of(
              "PDF, inline",
              "CHAT",
              USER + "{'type':'file','file':{'file_data':'data:application/pdf;base64,AA=='}}]}]"),
          List.of(
              "text document, inline",
              "MESSAGES",
              USER
                  + "{'type':'document','source':"
                  + "{'type':'text','media_type':'text/plain','data':'x'}}]}]"),
          List.of(
              "document by address",
              "MESSAGES",
              USER + "{'type':'document','source':{'type':'url','url':'https://e.test/a.pdf'}}]}]"),
          List.of(
              "file by OpenAI's id", "CHAT", USER + "{'type':'file','file':{'file_id':'f'}}]}]"),
          List.of(
              "sound, inline",
              "CHAT",
              USER + "{'type':'input_audio','input_audio':{'data':'AA==','format':'wav'}}]}]"),
          List.of(
              "film, inline",
              "GEMINI",
              "'contents':[{'role':'user','parts':["
                  + "{'inlineData':{'mimeType':'video/mp4','data':'AA=='}}]}]"),
          List.of("function tool", "CHAT", TOOLS),
          List.of(
              "strict function",
              "CHAT",
              "'tools':[{'type':'function','function':{'name':'f','strict':true,'parameters':"
                  + "{'type':'object','properties':{},'additionalProperties':false}}}]"),
          List.of(
              "strict function with bounds",
              "CHAT",
              "'tools':[{'type':'function','function':{'name':'f','strict':true,'parameters':"
                  + "{'type':'object','properties':{'a':{'type':'integer','minimum':0}},"
                  + "'required':['a'],'additionalProperties':false}}}]"),
          List.of(
              "strict function with a choice",
              "MESSAGES",
              "'tools':[{'name':'f','strict':true,'input_schema':{'type':'object',"
                  + "'properties':{'a':{'type':'integer'}},'additionalProperties':false}}]"),
          List.of(
              "choice of schemas at a tool's top",
              "CHAT",
              "'tools':[{'type':'function','function':{'name':'f','parameters':"
                  + "{'type':'object','anyOf':[{'required':['a']},{'required':['b']}]}}}]"),
          List.of("plain-text tool", "CHAT", "'tools':[{'type':'custom','custom':{'name':'f'}}]"),
          List.of(
              "plain-text tool with a grammar",
              "CHAT",
              "'tools':[{'type':'custom','custom':{'name':'f','format':{'type':'grammar',"
                  + "'grammar':{'syntax':'lark','definition':'start: /a/'}}}}]"),
          List.of(
              "tools in a namespace",
              "RESPONSES",
              "'tools':[{'type':'namespace','name':'n','description':'d',"
                  + "'tools':[{'type':'function','name':'f'}]}]"),
          List.of("OpenAI's own tool", "RESPONSES", "'tools':[{'type':'web_search'}]"),
          List.of(
              "Anthropic's own tool",
              "MESSAGES",
              "'tools':[{'type':'web_search_20250305','name':'web_search'}]"),
          List.of("Google's own tool", "GEMINI", "'tools':[{'googleSearch':{}}]"),
          List.of("tool choice: any", "CHAT", TOOLS + ",'tool_choice':'required'"),
          List.of("tool choice: none", "CHAT", TOOLS + ",'tool_choice':'none'"),
          List.of(
              "tool choice: one",
              "CHAT",
              TOOLS + ",'tool_choice':{'type':'function','function':{'name':'f'}}"),
          List.of(
              "tool choice: some",
              "CHAT",
              TOOLS
                  + ",'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'auto',"
                  + "'tools':[{'type':'function','function':{'name':'f'}}]}}"),
          List.of("one call at a time", "CHAT", TOOLS + ",'parallel_tool_calls':false"),
          List.of(
              "calls and results",
              "CHAT",
              TOOLS
                  + ",'messages':[{'role':'user','content':'u'},{'role':'assistant','tool_calls':["
                  + "{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]},"
                  + "{'role':'tool','tool_call_id':'c','content':'r'}]"),
          List.of(
              "failed result",
              "MESSAGES",
              TOOL
                  + ",'messages':[{'role':'user','content':'u'},{'role':'assistant','content':["
                  + "{'type':'tool_use','id':'c','name':'f','input':{}}]},{'role':'user','content':"
                  + "[{'type':'tool_result','tool_use_id':'c','content':'r','is_error':true}]}]"),
          List.of(
              "image in a result",
              "MESSAGES",
              TOOL
                  + ",'messages':[{'role':'user','content':'u'},{'role':'assistant','content':["
                  + "{'type':'tool_use','id':'c','name':'f','input':{}}]},{'role':'user','content':"
                  + "[{'type':'tool_result','tool_use_id':'c','content':[{'type':'image','source':"
                  + "{'type':'base64','media_type':'image/png','data':'AA=='}}]}]}]"),
          List.of("effort in a word", "CHAT", "'reasoning_effort':'high'"),
          List.of("effort above high", "CHAT", "'reasoning_effort':'xhigh'"),
          List.of(
              "a forced tool and thinking",
              "CHAT",
              "'reasoning_effort':'low'," + TOOLS + ",'tool_choice':'required'"),
          List.of("no reasoning", "CHAT", "'reasoning_effort':'none'"),
          List.of(
              "budget in tokens",
              "MESSAGES",
              "'max_tokens':9000,'thinking':{'type':'enabled','budget_tokens':8000}"),
          List.of("adaptive thinking", "MESSAGES", "'thinking':{'type':'adaptive'}"),
          List.of("summaries of reasoning", "RESPONSES", "'reasoning':{'summary':'auto'}"),
          List.of(
              "unsigned thinking of earlier turns",
              "CHAT",
              "'messages':[{'role':'user','content':'u'},"
                  + "{'role':'assistant','content':'a','reasoning_content':'t'},"
                  + "{'role':'user','content':'u'}]"),
          List.of("JSON", "CHAT", "'response_format':{'type':'json_object'}"),
          List.of(
              "JSON by a schema",
              "CHAT",
              "'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':"
                  + "{'type':'object','properties':{},'additionalProperties':false}}}"),
          List.of(
              "JSON by a schema with bounds",
              "CHAT",
              "'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':"
                  + "{'type':'object','properties':{'a':{'type':'integer','minimum':0}},"
                  + "'required':['a'],'additionalProperties':false}}}"),
          List.of(
              "cache marks",
              "MESSAGES",
              USER
                  + "{'type':'text','text':'u','cache_control':{'type':'ephemeral','ttl':'1h'}}]}]"),
          List.of("cache key", "CHAT", "'prompt_cache_key':'k'"),
          List.of("longest answer", "CHAT", "'max_completion_tokens':99"),
          List.of("temperature", "CHAT", "'temperature':0.5"),
          List.of("temperature above 1", "CHAT", "'temperature':1.5"),
          List.of(
              "temperature beside thinking", "CHAT", "'temperature':0.5,'reasoning_effort':'high'"),
          List.of("`top_p`", "CHAT", "'top_p':0.5"),
          List.of("`top_k`", "MESSAGES", "'top_k':5"),
          List.of("stop sequences", "CHAT", "'stop':['a']"),
          List.of("seed", "CHAT", "'seed':1"),
          List.of("penalties", "CHAT", "'presence_penalty':1,'frequency_penalty':1"),
          List.of("several answers", "CHAT", "'n':2"),
          List.of("likelihoods", "CHAT", "'logprobs':true,'top_logprobs':2"),
          List.of("verbosity", "CHAT", "'verbosity':'low'"),
          List.of(
              "spoken answers",
              "CHAT",
              "'modalities':['text','audio'],'audio':{'voice':'alloy','format':'wav'}"),
          List.of("user", "CHAT", "'user':'u'"),
          List.of("safety identifier", "CHAT", "'safety_identifier':'u'"),
          List.of("metadata", "CHAT", "'metadata':{'a':'b'}"),
          List.of("metadata of what is not stored", "RESPONSES", "'metadata':{'a':'b'}"),
          List.of("store", "CHAT", "'store':true"),
          List.of("service tier", "CHAT", "'service_tier':'flex'"),
          List.of("truncation", "RESPONSES", "'truncation':'auto'"),
          List.of("safety settings", "GEMINI", "'safetySettings':[{'category':'c'}]"),
          List.of("a field that nobody knows", "CHAT", "'x_future':1"));

  private static final String CHOICE = "'id':'c','model':'x','choices':[{'index':0,";
  private static final String MESSAGE =
      "'id':'m','type':'message','role':'assistant','model':'x','usage':"
          + "{'input_tokens':1,'output_tokens':1},'stop_reason':'end_turn',";

  /** A feature of answers, the protocol that shows it, and such an answer. */
  private static final List<List<String>> ANSWERS =
      List.of(
          List.of(
              "text",
              "CHAT",
              CHOICE + "'message':{'role':'assistant','content':'t'},'finish_reason':'stop'}]"),
          List.of(
              "calls",
              "MESSAGES",
              MESSAGE + "'content':[{'type':'tool_use','id':'c','name':'f','input':{}}]"),
          List.of(
              "thinking, unsigned",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':'t','reasoning_content':'r'},"
                  + "'finish_reason':'stop'}]"),
          List.of(
              "thinking, signed, before a call",
              "MESSAGES",
              MESSAGE
                  + "'content':[{'type':'thinking','thinking':'t','signature':'s'},"
                  + "{'type':'tool_use','id':'c','name':'f','input':{}}]"),
          List.of(
              "thinking, signed, without a call",
              "MESSAGES",
              MESSAGE
                  + "'content':[{'type':'thinking','thinking':'t','signature':'s'},"
                  + "{'type':'text','text':'t'}]"),
          List.of(
              "sealed thinking before a call",
              "MESSAGES",
              MESSAGE
                  + "'content':[{'type':'redacted_thinking','data':'d'},"
                  + "{'type':'tool_use','id':'c','name':'f','input':{}}]"),
          List.of(
              "signed call",
              "GEMINI",
              "'candidates':[{'content':{'role':'model','parts':[{'functionCall':{'name':'f',"
                  + "'args':{}},'thoughtSignature':'c2ln'}]},'finishReason':'STOP'}]"),
          List.of(
              "signed text",
              "GEMINI",
              "'candidates':[{'content':{'role':'model','parts':[{'text':'t',"
                  + "'thoughtSignature':'c2ln'}]},'finishReason':'STOP'}]"),
          List.of(
              "refusal",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':null,'refusal':'r'},"
                  + "'finish_reason':'stop'}]"),
          List.of(
              "citation of an address",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':'t','annotations':[{'type':"
                  + "'url_citation','url_citation':{'start_index':0,'end_index':1,'url':'u',"
                  + "'title':'t'}}]},'finish_reason':'stop'}]"),
          List.of(
              "citation of a document",
              "MESSAGES",
              MESSAGE
                  + "'content':[{'type':'text','text':'t','citations':[{'type':'char_location',"
                  + "'cited_text':'c','document_index':0,'start_char_index':0,"
                  + "'end_char_index':1}]}]"),
          List.of(
              "picture",
              "GEMINI",
              "'candidates':[{'content':{'role':'model','parts':[{'inlineData':{'mimeType':"
                  + "'image/png','data':'AA=='}}]},'finishReason':'STOP'}]"),
          List.of(
              "sound",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':null,'audio':{'data':'UklGRg=='}},"
                  + "'finish_reason':'stop'}]"),
          List.of(
              "work of the provider's own tool",
              "MESSAGES",
              MESSAGE
                  + "'content':[{'type':'server_tool_use','id':'s','name':'web_search',"
                  + "'input':{}},{'type':'text','text':'t'}]"),
          List.of(
              "likelihoods",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':'t'},'logprobs':{'content':[{'token':"
                  + "'t','logprob':-1,'top_logprobs':[]}]},'finish_reason':'stop'}]"),
          List.of(
              "which stop sequence",
              "MESSAGES",
              MESSAGE.replace("end_turn", "stop_sequence")
                  + "'stop_sequence':'x','content':[{'type':'text','text':'t'}]"),
          List.of(
              "paused turn",
              "MESSAGES",
              MESSAGE.replace("end_turn", "pause_turn") + "'content':[{'type':'text','text':'t'}]"),
          List.of(
              "a second answer",
              "CHAT",
              CHOICE
                  + "'message':{'role':'assistant','content':'t'},'finish_reason':'stop'},"
                  + "{'index':1,'message':{'role':'assistant','content':'t'},"
                  + "'finish_reason':'stop'}]"));

  private static Json.Obj json(String text) throws Malformed {
    return (Json.Obj) Json.parse(text.replace('\'', '"'));
  }

  private static Protocol of(String origin) {
    return PROTOCOLS.stream()
        .filter(protocol -> protocol.origin().name().equals(origin))
        .findFirst()
        .orElseThrow();
  }

  private static Protocol.Translator translator(Protocol protocol) {
    return Objects.requireNonNull(protocol.translator());
  }

  private static String cell(List<Loss> losses) {
    return losses.isEmpty()
        ? "yes"
        : losses.stream().map(Loss::reason).distinct().collect(Collectors.joining("; "));
  }

  private static String row(String feature, Protocol from, List<String> cells) {
    return "| " + feature + " | " + name(from) + " | " + String.join(" | ", cells) + " |";
  }

  private static String name(Protocol protocol) {
    return switch (protocol.origin()) {
      case CHAT -> "Chat";
      case RESPONSES -> "Responses";
      case MESSAGES -> "Messages";
      case GEMINI -> "Gemini";
    };
  }

  private static String table(List<String> rows) {
    String names =
        PROTOCOLS.stream().map(TranslationPageTest::name).collect(Collectors.joining(" | "));
    return "| | from | "
        + names
        + " |\n| --- | --- | --- | --- | --- | --- |\n"
        + String.join("\n", rows);
  }

  private static String requests() throws Exception {
    var rows = new ArrayList<String>();
    for (List<String> each : REQUESTS) {
      Protocol from = of(each.get(1));
      Json.Obj least = json(Objects.requireNonNull(LEAST.get(from.origin())));
      Json.Obj more = json("{" + each.get(2) + "}");
      Ask ask = from.ask(GENERATE, Json.object(o -> o.all(least).all(more)).bytes());
      var cells = new ArrayList<String>();
      for (Protocol to : PROTOCOLS) {
        if (to.origin() == from.origin()) {
          cells.add("yes");
        } else {
          String model = Objects.requireNonNull(MODELS.get(to.origin()));
          Written written =
              translator(to)
                  .write(translator(from).read(ask), new Protocol.Target(model, false, "p"));
          cells.add(cell(written.losses()));
        }
      }
      rows.add(row(each.getFirst(), from, cells));
    }
    return table(rows);
  }

  private static String answers() throws Exception {
    var rows = new ArrayList<String>();
    for (List<String> each : ANSWERS) {
      Protocol from = of(each.get(1));
      Response response = translator(from).readAnswer(json("{" + each.get(2) + "}").bytes());
      var cells = new ArrayList<String>();
      for (Protocol to : PROTOCOLS) {
        if (to.origin() == from.origin()) {
          cells.add("yes");
        } else {
          byte[] client = json(Objects.requireNonNull(LEAST.get(to.origin()))).bytes();
          Written written =
              translator(to)
                  .writeAnswer(
                      response,
                      new Ask(GENERATE, "m", false, client),
                      new Protocol.Stamp("s", 7, "p"));
          cells.add(cell(written.losses()));
        }
      }
      rows.add(row(each.getFirst(), from, cells));
    }
    return table(rows);
  }

  @Test
  void thePageSaysWhatTheTranslatorsDo() throws Exception {
    assertThat(Files.readString(PAGE)).contains(requests(), answers());
  }
}
