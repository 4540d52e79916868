package dev.sluice.exchange;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.routing.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A decision chain as JSON: an array with an object for each candidate, those that were tried
 * first.
 */
final class Chain {
  private static final double NANOS_OF_A_MILLISECOND = 1e6;

  private Chain() {}

  static String json(List<Decision> decisions) {
    var list = ListValue.newBuilder();
    for (Decision decision : decisions) {
      list.addValues(Value.newBuilder().setStructValue(one(decision)));
    }
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(list);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("texts and finite numbers are always JSON", e);
    }
  }

  private static Struct.Builder one(Decision decision) {
    var one = Struct.newBuilder();
    put(one, "channel", decision.channel());
    put(one, "account", decision.account());
    put(one, "url", decision.url());
    put(one, "model", decision.model());
    put(one, "verdict", decision.verdict().name().toLowerCase(Locale.ROOT));
    put(one, "why", decision.reason());
    if (decision.ordinal() > 0) {
      put(one, "ordinal", decision.ordinal());
    }
    put(one, "probability", decision.probability());
    put(one, "first_token_ms", decision.firstToken());
    put(one, "took_ms", decision.took());
    Decision.Parts parts = decision.parts();
    if (parts != null) {
      var score = Struct.newBuilder();
      put(score, "total", parts.score());
      put(score, "cost", parts.cost());
      put(score, "latency", parts.latency());
      put(score, "availability", parts.availability());
      put(score, "quality", parts.quality());
      if (parts.usd() >= 0) {
        put(score, "expected_usd", parts.usd());
      }
      put(score, "expected_first_token_ms", parts.firstToken());
      put(score, "recent_success", parts.success());
      one.putFields("score", Value.newBuilder().setStructValue(score).build());
    }
    return one;
  }

  private static void put(Struct.Builder into, String name, String text) {
    if (!text.isEmpty()) {
      into.putFields(name, Value.newBuilder().setStringValue(text).build());
    }
  }

  /** JSON has no word for what is not finite. */
  private static void put(Struct.Builder into, String name, double number) {
    if (Double.isFinite(number)) {
      into.putFields(name, Value.newBuilder().setNumberValue(number).build());
    }
  }

  private static void put(Struct.Builder into, String name, @Nullable Duration time) {
    if (time != null) {
      put(into, name, time.toNanos() / NANOS_OF_A_MILLISECOND);
    }
  }
}
