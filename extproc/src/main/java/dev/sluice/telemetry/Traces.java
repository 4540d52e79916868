package dev.sluice.telemetry;

import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Tokens;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Requests as OpenTelemetry traces, by the semantic conventions for generative AI: a span for the
 * request, and below it one for each attempt. Made when a request is told, after its answer, and
 * sent in batches over OTLP by a thread of the SDK; what does not fit in its queue of 2,048 spans
 * is dropped. A request that names no trace of its own gets its request id, without dashes, as its
 * trace's.
 *
 * <p>Never a body, a credential or a key; keys' names are not among the attributes.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/">the
 *     conventions</a>
 */
public final class Traces implements AutoCloseable {
  private static final Pattern PARENT =
      Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
  private static final Duration CLOSE = Duration.ofSeconds(2);
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("gen_ai.operation.name");
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
  private static final AttributeKey<Long> INPUT = AttributeKey.longKey("gen_ai.usage.input_tokens");
  private static final AttributeKey<Long> OUTPUT =
      AttributeKey.longKey("gen_ai.usage.output_tokens");
  private static final AttributeKey<Long> READ =
      AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");
  private static final AttributeKey<Long> WRITTEN =
      AttributeKey.longKey("gen_ai.usage.cache_creation.input_tokens");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<Double> FIRST =
      AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk");

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private Traces(SdkTracerProviderBuilder provider) {
    this.provider = provider.setIdGenerator(new Ids()).build();
    this.tracer = this.provider.get("dev.sluice");
  }

  /**
   * Sends to where {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT} or {@code
   * OTEL_EXPORTER_OTLP_ENDPOINT} says, over HTTP with Protobuf; null where neither is set. {@code
   * OTEL_EXPORTER_OTLP_HEADERS} and {@code OTEL_SERVICE_NAME} are heeded too.
   *
   * @throws IllegalArgumentException an address cannot be; the message is for people
   */
  public static @Nullable Traces open(Map<String, String> environment) {
    String traces = environment.getOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
    String base = environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    if (traces.isBlank() && base.isBlank()) {
      return null;
    }
    String endpoint = traces.isBlank() ? base.replaceAll("/+$", "") + "/v1/traces" : traces;
    var exporter =
        OtlpHttpSpanExporter.builder().setEndpoint(endpoint).setTimeout(Duration.ofSeconds(5));
    String headers = environment.getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", "");
    for (String header : headers.split(",", -1)) {
      int equals = header.indexOf('=');
      if (equals > 0) {
        exporter.addHeader(
            header.substring(0, equals).strip(),
            URLDecoder.decode(header.substring(equals + 1).strip(), StandardCharsets.UTF_8));
      }
    }
    return new Traces(
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                environment.getOrDefault("OTEL_SERVICE_NAME", "sluice")))))
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter.build())
                    .setScheduleDelay(Duration.ofSeconds(1))
                    .build()));
  }

  /** Gives the SDK the trace's id that a request brings along. */
  private static final class Ids implements IdGenerator {
    private final IdGenerator random = IdGenerator.random();
    private static final ThreadLocal<@Nullable String> NEXT = new ThreadLocal<>();

    @Override
    public String generateSpanId() {
      return random.generateSpanId();
    }

    @Override
    public String generateTraceId() {
      String given = NEXT.get();
      NEXT.remove();
      return given == null ? random.generateTraceId() : given;
    }
  }

  /**
   * A request is over.
   *
   * @param parent the client's {@code traceparent}; empty: none
   */
  public void tell(RequestRecord request, String parent) {
    Context context = Context.root();
    Matcher matcher = PARENT.matcher(parent);
    if (matcher.matches()) {
      context =
          context.with(
              Span.wrap(
                  SpanContext.createFromRemoteParent(
                      matcher.group(1),
                      matcher.group(2),
                      TraceFlags.fromHex(matcher.group(3), 0),
                      TraceState.getDefault())));
    } else {
      String id = request.id().replace("-", "").toLowerCase(Locale.ROOT);
      if (ID.matcher(id).matches()) {
        Ids.NEXT.set(id);
      }
    }
    SpanBuilder builder =
        tracer
            .spanBuilder(request.endpoint() + " " + request.model())
            .setParent(context)
            .setSpanKind(SpanKind.SERVER)
            .setStartTimestamp(request.began())
            .setAttribute(OPERATION, operation(request.endpoint(), request.protocol()))
            .setAttribute(MODEL, request.model())
            .setAttribute("sluice.request.id", request.id())
            .setAttribute("sluice.group", request.group())
            .setAttribute("sluice.protocol", request.protocol())
            .setAttribute("sluice.outcome", request.outcome())
            .setAttribute("sluice.settlement", request.settlement().name().toLowerCase(Locale.ROOT))
            .setAttribute("sluice.cost.usd", request.cost())
            .setAttribute("http.response.status_code", (long) request.status());
    if (!request.session().isEmpty()) {
      builder.setAttribute("gen_ai.conversation.id", request.session());
    }
    Span span = builder.startSpan();
    Ids.NEXT.remove();
    used(span, request.tokens(), request.firstTokenMicros());
    if (request.status() == 0 || request.status() >= 400) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute(
          ERROR, request.status() == 0 ? request.outcome() : String.valueOf(request.status()));
    }
    Context within = Context.root().with(span);
    request.attempts().forEach(attempt -> tell(attempt, request, within));
    end(span, request.began(), request.durationMicros());
  }

  private void tell(AttemptRecord attempt, RequestRecord request, Context within) {
    String operation = operation(request.endpoint(), attempt.protocol());
    Span span =
        tracer
            .spanBuilder(operation + " " + attempt.model())
            .setParent(within)
            .setSpanKind(SpanKind.CLIENT)
            .setStartTimestamp(attempt.began())
            .startSpan();
    span.setAttribute(OPERATION, operation);
    span.setAttribute("gen_ai.provider.name", provider(attempt.protocol()));
    span.setAttribute(MODEL, attempt.model());
    span.setAttribute("sluice.channel", attempt.channel());
    span.setAttribute("sluice.account", attempt.account());
    span.setAttribute("sluice.attempt", (long) attempt.ordinal());
    span.setAttribute("sluice.reason", attempt.reason());
    span.setAttribute("sluice.settlement", attempt.settlement().name().toLowerCase(Locale.ROOT));
    span.setAttribute("sluice.cost.usd", attempt.cost());
    if (attempt.status() > 0) {
      span.setAttribute("http.response.status_code", (long) attempt.status());
    }
    server(span, attempt.url());
    used(span, attempt.tokens(), attempt.firstTokenMicros());
    if (!attempt.failure().isEmpty()) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute(ERROR, attempt.failure().toLowerCase(Locale.ROOT));
    }
    end(span, attempt.began(), attempt.durationMicros());
  }

  private static void server(Span span, String url) {
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null) {
        span.setAttribute("server.address", uri.getHost());
        int usual = "https".equals(uri.getScheme()) ? 443 : 80;
        span.setAttribute("server.port", (long) (uri.getPort() < 0 ? usual : uri.getPort()));
      }
    } catch (IllegalArgumentException e) {
      span.setAttribute("server.address", url);
    }
  }

  private static void used(Span span, Tokens tokens, long firstMicros) {
    if (tokens.total() > 0) {
      // The conventions count what a cache gave and took as input too.
      span.setAttribute(INPUT, tokens.input() + tokens.cacheRead() + tokens.cacheWrite());
      span.setAttribute(OUTPUT, tokens.output());
      span.setAttribute(READ, tokens.cacheRead());
      span.setAttribute(WRITTEN, tokens.cacheWrite());
    }
    if (firstMicros >= 0) {
      span.setAttribute(FIRST, firstMicros / 1e6);
    }
  }

  private static void end(Span span, Instant began, long micros) {
    span.end(began.plus(Math.max(0, micros), ChronoUnit.MICROS));
  }

  private static String operation(String endpoint, String protocol) {
    return !endpoint.equals("generate")
        ? endpoint
        : protocol.equals("gemini") ? "generate_content" : "chat";
  }

  private static String provider(String protocol) {
    return switch (protocol) {
      case "messages" -> "anthropic";
      case "gemini" -> "gcp.gemini";
      default -> "openai";
    };
  }

  /** Sends what waits. */
  @Override
  public void close() {
    var _ = provider.shutdown().join(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
