package dev.sluice.envoy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.envoy.Sluice.Unusable;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The admin API of a gateway, as a shell uses it. Where it is and the token come from the
 * environment ({@code SLUICE_ADMIN_URL}, {@code SLUICE_ADMIN_TOKEN}) or from the data directory of
 * a gateway on this machine.
 */
final class Admin {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final int CONNECT_MILLIS = 3_000;
  private static final int READ_MILLIS = 60_000;

  private final String url;
  private final String token;

  private Admin(String url, String token) {
    this.url = url;
    this.token = token;
  }

  /**
   * Finds it.
   *
   * @param data the gateway's data directory
   * @throws Unusable there is no address or no token
   */
  static Admin find(Map<String, String> environment, Path data) throws Unusable {
    String url = environment.get("SLUICE_ADMIN_URL");
    String token = environment.get("SLUICE_ADMIN_TOKEN");
    if (url == null || url.isBlank()) {
      url = "http://" + read(data.resolve("admin-address"), "SLUICE_ADMIN_URL");
    }
    if (token == null || token.isBlank()) {
      token = read(data.resolve("admin-token"), "SLUICE_ADMIN_TOKEN");
    }
    return new Admin(url.strip().replaceFirst("/+$", ""), token.strip());
  }

  private static String read(Path file, String variable) throws Unusable {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      throw new Unusable(
          "sluice: there is no "
              + file
              + "; give the data directory of a gateway that was started with --data, or set "
              + variable
              + ".");
    } catch (IOException e) {
      throw new Unusable("sluice: " + file + " cannot be read by this user.");
    }
  }

  /** A query; what is null is left out. */
  static String query(Map<String, @Nullable String> parameters) {
    String query =
        parameters.entrySet().stream()
            .filter(parameter -> parameter.getValue() != null)
            .map(
                parameter ->
                    parameter.getKey() + "=" + escaped(String.valueOf(parameter.getValue())))
            .collect(Collectors.joining("&"));
    return query.isEmpty() ? "" : "?" + query;
  }

  /** Text as a part of a path or a query. */
  static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Asks.
   *
   * @param body null: none
   * @throws IOException it is away, or says no; the message is a sentence
   */
  JsonNode ask(String method, String path, @Nullable Object body) throws IOException {
    HttpURLConnection connection;
    try {
      connection = (HttpURLConnection) URI.create(url + path).toURL().openConnection();
    } catch (IllegalArgumentException | ClassCastException e) {
      throw new IOException(url + " is no URL of an admin API.", e);
    }
    connection.setRequestMethod(method);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestProperty("authorization", "Bearer " + token);
    try {
      if (body != null) {
        connection.setRequestProperty("content-type", "application/json");
        connection.setDoOutput(true);
        try (var out = connection.getOutputStream()) {
          out.write(JSON.writeValueAsBytes(body));
        }
      }
      int status = connection.getResponseCode();
      InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
      byte[] said = in == null ? new byte[0] : in.readAllBytes();
      if (status >= 400) {
        throw new Refused(sentence(status, said));
      }
      return JSON.readTree(said);
    } catch (JsonProcessingException e) {
      throw new IOException(url + " is no admin API.", e);
    } catch (Refused e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "the gateway does not answer at " + url + " (" + e.getMessage() + ").", e);
    }
  }

  private static String sentence(int status, byte[] said) {
    try {
      JsonNode message = JSON.readTree(said).at("/error/message");
      if (message.isTextual()) {
        return message.textValue();
      }
    } catch (IOException _) {
      // Said below, as an answer without a message is.
    }
    return "the gateway answered with status " + status + ".";
  }

  /** The gateway says no. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }
}
