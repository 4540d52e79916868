package dev.sluice.routing;

/** What can rest on its own: a breaker or a cooling belongs to one place. */
public sealed interface Place {
  /** The channel's name. */
  String channel();

  /**
   * A whole channel.
   *
   * @param channel its name
   */
  record OfChannel(String channel) implements Place {
    @Override
    public String toString() {
      return channel;
    }
  }

  /**
   * One base URL of a channel, whatever the account.
   *
   * @param channel its name
   * @param base the base URL
   */
  record OfUrl(String channel, String base) implements Place {
    @Override
    public String toString() {
      return channel + " at " + base;
    }
  }

  /**
   * One account of a channel, whatever the URL.
   *
   * @param channel its name
   * @param account the account's name
   */
  record OfAccount(String channel, String account) implements Place {
    @Override
    public String toString() {
      return channel + "/" + account;
    }
  }

  /**
   * One model of a channel.
   *
   * @param channel its name
   * @param model what the provider is asked for
   */
  record OfModel(String channel, String model) implements Place {
    @Override
    public String toString() {
      return channel + ":" + model;
    }
  }
}
