package dev.sluice.console;

import dev.sluice.access.Directory.Author;
import dev.sluice.catalog.Catalog.Admin;
import dev.sluice.catalog.Catalog.Role;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before everything at the admin address but health and metrics. A request must come to a
 * name that the server knows as its own (a page of elsewhere whose name was bound to our address
 * does not), from no page of elsewhere, and with a token whose role is enough. There are no
 * cookies, so that a browser adds nothing by itself.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class Gate {
  private static final Set<String> OPEN = Set.of("/health", "/metrics");
  private static final String ADMIN = "sluice.admin";

  private final Tokens tokens;

  Gate(Tokens tokens) {
    this.tokens = tokens;
  }

  /** Who makes a request that was let in. */
  static Author author(HttpRequest<?> request) {
    return new Author(
        request.getAttribute(ADMIN, String.class).orElseThrow(),
        request.getRemoteAddress().getAddress().getHostAddress());
  }

  /** Lets a request in, with null, or refuses it. */
  @RequestFilter
  @Nullable HttpResponse<?> enter(HttpRequest<?> request) {
    if (OPEN.contains(request.getPath()) && request.getMethod() == HttpMethod.GET) {
      return null;
    }
    String host = request.getHeaders().get("host");
    if (host == null || !tokens.called(host.replaceFirst(":\\d+$", ""))) {
      return refused(
          HttpStatus.MISDIRECTED_REQUEST,
          "The admin API is not known by this name; call it by its address, or name it in"
              + " admin_hosts.");
    }
    String origin = request.getHeaders().get("origin");
    String site = request.getHeaders().get("sec-fetch-site");
    if ((origin != null && !own(origin, host))
        || (site != null && !site.equals("same-origin") && !site.equals("none"))) {
      return refused(HttpStatus.FORBIDDEN, "The admin API is not for pages of elsewhere.");
    }
    String authorization = request.getHeaders().get("authorization");
    Admin admin =
        authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
            ? tokens.find(authorization.substring(7).strip())
            : null;
    if (admin == null) {
      return refused(
              HttpStatus.UNAUTHORIZED,
              authorization == null
                  ? "An admin token is needed: 'Authorization: Bearer …'."
                  : "The admin token is not valid here.")
          .header("www-authenticate", "Bearer");
    }
    Role needed = needed(request);
    if (admin.role().compareTo(needed) < 0) {
      return refused(
          HttpStatus.FORBIDDEN,
          "This needs the role "
              + needed.name().toLowerCase(Locale.ROOT)
              + "; the token '"
              + admin.name()
              + "' has "
              + admin.role().name().toLowerCase(Locale.ROOT)
              + ".");
    }
    request.setAttribute(ADMIN, admin.name());
    return null;
  }

  /** What is answered is nobody's to keep, and nothing but what it says it is. */
  @ResponseFilter
  void leave(MutableHttpResponse<?> response) {
    response.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  }

  private static boolean own(String origin, String host) {
    return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
  }

  private static Role needed(HttpRequest<?> request) {
    Role otherwise =
        request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD
            ? Role.VIEWER
            : Role.ADMIN;
    return RouteAttributes.getRouteMatch(request)
        .flatMap(route -> route.getAnnotationMetadata().enumValue(Needs.class, Role.class))
        .orElse(otherwise);
  }

  private static MutableHttpResponse<?> refused(HttpStatus status, String message) {
    return HttpResponse.status(status).body(Problem.of(message));
  }
}
