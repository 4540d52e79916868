package dev.sluice.exchange;

import dev.sluice.conversation.Origin;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Protocol;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The protocols that this gateway speaks. */
public final class Protocols {
  private final List<Protocol> inOrder;
  private final Map<Origin, Protocol> byOrigin = new EnumMap<>(Origin.class);

  /**
   * Speaks these.
   *
   * @param inOrder the first whose endpoint it is answers a request
   */
  public Protocols(List<Protocol> inOrder) {
    this.inOrder = List.copyOf(inOrder);
    for (Protocol protocol : inOrder) {
      byOrigin.put(protocol.origin(), protocol);
    }
  }

  /** The protocol of this origin. */
  Protocol of(Origin origin) {
    Protocol protocol = byOrigin.get(origin);
    if (protocol == null) {
      throw new IllegalStateException("no protocol for " + origin);
    }
    return protocol;
  }

  /** Whether a client of one can be served by a provider of the other. */
  boolean meet(Protocol client, Origin provider) {
    return client.origin() == provider
        || (client.translator() != null && of(provider).translator() != null);
  }

  /** Whose endpoint the request line is; null: nobody's. */
  @Nullable Endpoint endpoint(String method, String path, Map<String, String> headers) {
    for (Protocol protocol : inOrder) {
      Call call = protocol.call(method, path, headers);
      if (call != null) {
        return new Endpoint(protocol, call);
      }
    }
    return null;
  }

  /**
   * The protocol that a client speaks which asked for no known endpoint, as far as its path tells.
   */
  Protocol guess(String path) {
    if (path.startsWith("/v1/messages")) {
      return of(Origin.MESSAGES);
    }
    return of(path.startsWith("/v1beta") ? Origin.GEMINI : Origin.CHAT);
  }

  /**
   * An endpoint of a protocol.
   *
   * @param protocol whose
   * @param call which
   */
  record Endpoint(Protocol protocol, Call call) {}
}
