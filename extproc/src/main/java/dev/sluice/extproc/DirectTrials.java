package dev.sluice.extproc;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Channel;
import dev.sluice.console.Trials;
import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Turn;
import dev.sluice.protocol.Protocol;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks a channel's providers for a short answer, straight from this process: what Envoy knows of
 * them, its breakers and the router's standing play no part. At most {@value #MOST} URLs and
 * accounts are asked.
 */
final class DirectTrials implements Trials {
  private static final int MOST = 20;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final int OK = 200;

  /** Some providers refuse to be asked for less. */
  private static final long TOKENS = 16;

  private static final Request REQUEST =
      new Request(
          Origin.CHAT,
          List.of(
              new Turn(
                  Turn.Role.USER,
                  List.of(new Block.Text("Say OK.", List.of(), null, null, null)),
                  "messages[0]",
                  null)),
          List.of(),
          null,
          null,
          new Sampling(TOKENS, null, null, null, List.of(), null, null, null, null, null, null),
          Output.ANY,
          null,
          Terms.NONE,
          null);

  private final Map<Origin, Protocol> protocols = new HashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  DirectTrials(List<Protocol> spoken) {
    spoken.forEach(protocol -> protocols.put(protocol.origin(), protocol));
  }

  @Override
  public List<Trial> run(Channel channel, String model) {
    var trials = new ArrayList<Trial>();
    for (Channel.Url url : channel.urls()) {
      for (Account account : channel.accounts()) {
        if (trials.size() < MOST) {
          trials.add(run(channel, url, account, model));
        }
      }
    }
    return trials;
  }

  private Trial run(Channel channel, Channel.Url url, Account account, String model) {
    long began = System.nanoTime();
    int status = 0;
    String message;
    try {
      Protocol protocol = protocols.get(channel.protocol());
      Protocol.Translator translator = protocol == null ? null : protocol.translator();
      if (protocol == null || translator == null) {
        throw new IOException("its protocol is not spoken here");
      }
      byte[] body =
          translator.write(REQUEST, new Protocol.Target(model, false, channel.issuer())).bytes();
      URI at = URI.create(url.base());
      URI to =
          URI.create(
              at.getScheme()
                  + "://"
                  + at.getRawAuthority()
                  + url.prefix()
                  + protocol.path(url.base(), model, false));
      var request =
          HttpRequest.newBuilder(to)
              .timeout(ANSWER)
              .header("content-type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body));
      protocol.headers(account.credential()).forEach(request::setHeader);
      HttpResponse<byte[]> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      status = response.statusCode();
      message = judged(protocol, response);
    } catch (IOException | IllegalArgumentException e) {
      message =
          "no answer: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      message = "the gateway is stopping";
    }
    // A provider's words about a credential may quote it.
    String said = message == null ? null : message.replace(account.credential(), "…");
    return new Trial(
        url.base(), account.name(), status, Duration.ofNanos(System.nanoTime() - began), said);
  }

  private static @Nullable String judged(Protocol protocol, HttpResponse<byte[]> response) {
    if (response.statusCode() == OK) {
      Failure failure = protocol.judge(response.body());
      return failure == null ? null : failure.message();
    }
    var headers = new HashMap<String, String>();
    response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
    Failure failure = protocol.failure(response.statusCode(), headers, response.body());
    return switch (failure.kind()) {
      case AUTHENTICATION, PERMISSION -> "the provider refused the account";
      default -> failure.message();
    };
  }
}
