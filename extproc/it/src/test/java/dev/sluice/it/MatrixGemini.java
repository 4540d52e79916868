package dev.sluice.it;

import com.google.genai.Client;
import com.google.genai.errors.ApiException;
import com.google.genai.types.Content;
import com.google.genai.types.FinishReason;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.FunctionCallingConfig;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.FunctionResponse;
import com.google.genai.types.FunctionResponsePart;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import com.google.genai.types.ToolConfig;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gemini generateContent through Google's SDK. */
final class MatrixGemini extends MatrixTalk {
  private final Client client;
  private final List<Content> contents;
  private final GenerateContentConfig config;
  private List<FunctionCall> open = List.of();

  MatrixGemini(Client client, String model, Set<Want> wants) {
    super(model, wants);
    this.client = client;
    contents = new ArrayList<>();
    var config =
        GenerateContentConfig.builder()
            .systemInstruction(Content.fromParts(Part.fromText("Be brief.")));
    if (wants(Want.TOOLS)) {
      config.tools(
          Tool.builder()
              .functionDeclarations(
                  FunctionDeclaration.builder()
                      .name("weather")
                      .description("The weather in a city")
                      .parametersJsonSchema(CITY)
                      .build())
              .build());
    }
    if (wants(Want.FORCED)) {
      config.toolConfig(
          ToolConfig.builder()
              .functionCallingConfig(
                  FunctionCallingConfig.builder()
                      .mode("ANY")
                      .allowedFunctionNames("weather")
                      .build())
              .build());
    }
    if (wants(Want.THINKING)) {
      config.thinkingConfig(
          ThinkingConfig.builder().includeThoughts(true).thinkingBudget(2048).build());
    }
    if (wants(Want.SHORT)) {
      config.maxOutputTokens(16);
    }
    if (wants(Want.HALT)) {
      config.stopSequences("halt");
    }
    if (wants(Want.SCHEMA)) {
      config.responseMimeType("application/json").responseJsonSchema(PERSON);
    }
    this.config = config.build();
  }

  @Override
  void said(String user, String assistant) {
    contents.add(content("user", List.of(Part.fromText(user))));
    contents.add(content("model", List.of(Part.fromText(assistant))));
  }

  private static Content content(String role, List<Part> parts) {
    return Content.builder().role(role).parts(parts).build();
  }

  private static byte[] pixel() {
    return Base64.getDecoder().decode(PIXEL);
  }

  @Override
  Seen say(String text, boolean image) {
    var parts = new ArrayList<Part>();
    parts.add(Part.fromText(text));
    if (image) {
      parts.add(Part.fromBytes(pixel(), "image/png"));
    }
    contents.add(content("user", parts));
    return answer();
  }

  @Override
  Seen results(List<Result> results) {
    var parts = new ArrayList<Part>();
    for (int i = 0; i < results.size(); i++) {
      Result result = results.get(i);
      FunctionCall call = open.get(i);
      var response =
          FunctionResponse.builder()
              .name(call.name().orElseThrow())
              .response(Map.of(result.error() ? "error" : "output", result.text()));
      call.id().ifPresent(response::id);
      if (result.image()) {
        response.parts(FunctionResponsePart.fromBytes(pixel(), "image/png"));
      }
      parts.add(Part.builder().functionResponse(response.build()).build());
    }
    contents.add(content("user", parts));
    return answer();
  }

  @Override
  Trouble fails(String text) {
    try {
      say(text);
    } catch (ApiException e) {
      return new Trouble(e.code(), String.valueOf(e.getMessage()), "");
    }
    throw new AssertionError("it did not fail");
  }

  private Seen answer() {
    var parts = new ArrayList<Part>();
    GenerateContentResponse last;
    if (wants(Want.STREAM)) {
      last = null;
      try (var stream = client.models.generateContentStream(model, contents, config)) {
        for (GenerateContentResponse chunk : stream) {
          parts.addAll(parts(chunk));
          last = chunk;
        }
      }
      if (last == null) {
        throw new AssertionError("an empty stream");
      }
    } else {
      last = client.models.generateContent(model, contents, config);
      parts.addAll(parts(last));
    }
    contents.add(content("model", parts));
    var text = new StringBuilder();
    var thoughts = new StringBuilder();
    var calls = new ArrayList<FunctionCall>();
    for (Part part : parts) {
      part.text().ifPresent(t -> (part.thought().orElse(false) ? thoughts : text).append(t));
      part.functionCall().ifPresent(calls::add);
    }
    open = List.copyOf(calls);
    GenerateContentResponseUsageMetadata usage = last.usageMetadata().orElseThrow();
    long reasoning = usage.thoughtsTokenCount().orElse(0);
    return new Seen(
        text.toString(),
        "",
        thoughts.toString(),
        calls.stream()
            .map(
                c ->
                    new Called(
                        c.id().orElse(""), c.name().orElseThrow(), c.args().orElse(Map.of())))
            .toList(),
        switch (last.finishReason().knownEnum()) {
          case FinishReason.Known.STOP -> calls.isEmpty() ? End.COMPLETE : End.CALLS;
          case FinishReason.Known.MAX_TOKENS -> End.LIMIT;
          case FinishReason.Known.SAFETY, FinishReason.Known.PROHIBITED_CONTENT -> End.FILTER;
          default -> null;
        },
        usage.promptTokenCount().orElse(0),
        usage.cachedContentTokenCount().orElse(0),
        usage.candidatesTokenCount().orElse(0) + reasoning,
        reasoning,
        Long.valueOf(usage.totalTokenCount().orElse(0)));
  }

  private static List<Part> parts(GenerateContentResponse chunk) {
    return chunk.candidates().stream()
        .flatMap(List::stream)
        .flatMap(c -> c.content().stream())
        .flatMap(c -> c.parts().stream())
        .flatMap(List::stream)
        .toList();
  }
}
