package dev.sluice.console;

import dev.sluice.access.Wrong;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.io.IOException;

/** Everything that goes wrong is one sentence. */
@Singleton
final class Failures implements ErrorResponseProcessor<Problem> {
  @Override
  public MutableHttpResponse<Problem> processResponse(
      ErrorContext context, MutableHttpResponse<?> response) {
    String message =
        response.status().getCode() >= HttpStatus.INTERNAL_SERVER_ERROR.getCode()
                || context.getErrors().isEmpty()
            ? sentence(response.status())
            : context.getErrors().getFirst().getMessage().replaceAll("\\s+", " ");
    return response.body(Problem.of(message)).contentType(MediaType.APPLICATION_JSON_TYPE);
  }

  private static String sentence(HttpStatus status) {
    return switch (status) {
      case NOT_FOUND -> "There is nothing here; /admin/openapi.json says what there is.";
      case INTERNAL_SERVER_ERROR -> "This failed; the gateway's log says why.";
      default -> status.getReason() + ".";
    };
  }

  /** A change that cannot be made. */
  @Produces
  @Singleton
  static final class OfWrong implements ExceptionHandler<Wrong, HttpResponse<Problem>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<Problem> handle(HttpRequest request, Wrong wrong) {
      return HttpResponse.<Problem>status(
              switch (wrong.kind()) {
                case INVALID -> HttpStatus.BAD_REQUEST;
                case MISSING -> HttpStatus.NOT_FOUND;
                case CONFLICT -> HttpStatus.CONFLICT;
              })
          .body(Problem.of(String.valueOf(wrong.getMessage())));
    }
  }

  /** A value that cannot be. */
  @Produces
  @Singleton
  static final class OfArgument
      implements ExceptionHandler<IllegalArgumentException, HttpResponse<Problem>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<Problem> handle(HttpRequest request, IllegalArgumentException wrong) {
      return HttpResponse.<Problem>status(HttpStatus.BAD_REQUEST)
          .body(Problem.of(String.valueOf(wrong.getMessage())));
    }
  }

  /** The store is away. */
  @Produces
  @Singleton
  static final class OfStore implements ExceptionHandler<IOException, HttpResponse<Problem>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<Problem> handle(HttpRequest request, IOException away) {
      return HttpResponse.<Problem>status(HttpStatus.SERVICE_UNAVAILABLE)
          .body(Problem.of("This cannot be done at the moment: " + away.getMessage()));
    }
  }
}
