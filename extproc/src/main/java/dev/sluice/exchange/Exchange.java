package dev.sluice.exchange;

import dev.sluice.access.Admission;
import dev.sluice.access.Amount;
import dev.sluice.access.Credentials;
import dev.sluice.access.Opened;
import dev.sluice.access.OverBudget;
import dev.sluice.access.OverLimit;
import dev.sluice.access.Refused;
import dev.sluice.access.Reservation;
import dev.sluice.access.Verdict;
import dev.sluice.catalog.Betas;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Fetching;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Rule;
import dev.sluice.conversation.Block.Source.Inline;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import dev.sluice.media.Fetcher;
import dev.sluice.protocol.Aloud;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Count;
import dev.sluice.protocol.Estimate;
import dev.sluice.protocol.EventGauge;
import dev.sluice.protocol.Gauge;
import dev.sluice.protocol.Listed;
import dev.sluice.protocol.PictureGauge;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Suffix;
import dev.sluice.protocol.ToolNames;
import dev.sluice.protocol.Wanted;
import dev.sluice.protocol.Written;
import dev.sluice.protocol.messages.BetaHeader;
import dev.sluice.protocol.responses.Stored;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import dev.sluice.protos.Xds;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Failover;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Outcome;
import dev.sluice.routing.Plan;
import dev.sluice.routing.Router;
import dev.sluice.wire.Mentions;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.util.Timeout;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try of a request, from its headers at the attempt listener to the moment when Envoy goes on
 * alone. Reads the request whole, chooses where it goes, holds the answer's headers until the first
 * token is there, and then lets go, translates, or asks the edge for another try.
 *
 * <p>Messages come one at a time, since the next is only asked for when the last was handled. They
 * are handled on the event loop that they come from, but for those that take long; timers and the
 * end of a rival come from other threads, so everything happens under this object's lock.
 */
final class Exchange implements StreamObserver<Word> {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final int CHUNK = 64 * 1024;

  /** More than this is not read, translated or written on an event loop. */
  static final int LENGTHY = 64 * 1024;

  private static final Duration LAPSE = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofMillis(30);

  /** What a provider answers that has no endpoint that counts. */
  private static final Set<Integer> UNCOUNTED = Set.of(404, 405, 501);

  private static final Failure CLOSED =
      Failure.of(Kind.UNAVAILABLE, "The connection was closed before the first token.");

  /** So long an answer is taken to be where the client names no limit. */
  private static final long USUAL_ANSWER = 1_000;

  /** Longer than the access log takes. */
  private static final Duration HEARSAY = Duration.ofMillis(100);

  private static final int FAILURE_BYTES = 256 * 1024;

  /** What a stream may take beyond its time until Envoy has ended it and said so. */
  private static final Duration SLACK = Duration.ofSeconds(30);

  private static final String REFUSED = "refused";

  /** What stands for the outcome where Envoy goes on alone. */
  static final String RELEASED = "released";

  private static final String VIA_UPSTREAM = "via_upstream";

  /** Names in an answer what could not be carried. */
  private static final String DROPPED = "x-sluice-dropped";

  /** Headers of any client that any provider may see, whatever both speak. */
  private static final Set<String> GENERAL = Set.of("content-type", "accept", "user-agent");

  /** A provider must not be able to say these. */
  private static final List<String> OURS_ALONE =
      List.of(Headers.FAILOVER, Headers.FINAL, Headers.HELD, DROPPED, "set-cookie");

  private final Services services;
  private final ServerCallStreamObserver<Reply> out;

  private Phase phase = Phase.REQUEST;

  private final long cameNanos = System.nanoTime();

  // What the client said.
  private Map<String, String> headers = Map.of();
  private String path = "";
  private String id = "";
  private @Nullable Protocol client;
  private @Nullable Call call;
  private @Nullable Key key;
  private @Nullable Opened holder;
  private @Nullable Catalog catalog;
  private String asked = "";
  private boolean streams;
  private String session = "";

  /** What the request's group keeps of its bodies; null where it asks for nothing. */
  private @Nullable Kept kept;

  private Pieces received = new Pieces();
  private long receivedBytes;
  private long budgeted;

  // Where it goes.
  private @Nullable Flight flight;
  private Flight.@Nullable Try attempt;
  private Bill.@Nullable Item item;
  private Pace pace = new Pace();
  private boolean metered;
  private byte[] outgoing = new byte[0];
  private int sent;
  private boolean sending;
  private List<Loss> losses = List.of();
  private ToolNames names = ToolNames.NONE;
  private @Nullable Timeout timer;
  private @Nullable Share share;
  private Fetcher.@Nullable Running fetching;

  // What came back.
  private int status;
  private Map<String, String> answerHeaders = Map.of();
  private @Nullable String localDetails;
  private @Nullable Conversion conversion;
  private @Nullable Capture capture;
  private @Nullable ByteArrayOutputStream failureBody;
  private boolean headersOpen;
  private int chunksOpen;
  private long answerBytes;
  private boolean over;
  private boolean bodiless;

  // Whose turn it is.
  private boolean waiting;
  private boolean looking;

  /** A message is handled on another thread than the event loop's, which must not wait for it. */
  private volatile boolean elsewhere;

  private enum Phase {
    /** The request is coming in. */
    REQUEST,
    /** Another try of the same request is still running; this one waits for its end. */
    PARKED,
    /** Media of the request are fetched before it can be written. */
    FETCHING,
    /** The request went to the keeper; whatever comes back is for the client. */
    KEPT,
    /** The request went out; the answer's headers are unanswered. */
    HELD,
    /** The answer's headers went to the client. */
    COMMITTED,
    /** Nothing more to say. */
    DONE
  }

  Exchange(Services services, ServerCallStreamObserver<Reply> out) {
    this.services = services;
    this.out = out;
    out.disableAutoRequest();
    out.setOnReadyHandler(() -> apart(this::ready));
    out.setOnCancelHandler(() -> apart(this::gone));
    out.request(1);
  }

  // ---- what Envoy says

  @Override
  public void onNext(Word said) {
    if (!elsewhere && lengthy(said)) {
      elsewhere = true;
      services.lengthy().execute(() -> taken(said));
    } else {
      taken(said);
    }
  }

  /** Whether it would hold up the event loop's other streams: a large body, or a look at a disk. */
  private boolean lengthy(Word said) {
    return switch (said) {
      case Word.RequestHeaders(var _, boolean last) -> last;
      case Word.RequestBody(byte[] bytes, boolean last) ->
          last && (receivedBytes + bytes.length > LENGTHY || remembers());
      case Word.RequestTrailers() -> receivedBytes > LENGTHY || remembers();
      case Word.ResponseBody(byte[] bytes, boolean last) ->
          last
              && (answerBytes + bytes.length > LENGTHY || (receivedBytes > LENGTHY && remembers()));
      case Word.ResponseHeaders _, Word.ResponseTrailers(), Word.Nothing() -> false;
    };
  }

  /** Whether the client may go on from what is kept of earlier responses, and of this one. */
  private boolean remembers() {
    Protocol speaks = client;
    return speaks != null && speaks.origin() == Origin.RESPONSES;
  }

  private synchronized void taken(Word said) {
    if (phase != Phase.DONE) {
      guarded(
          () -> {
            switch (said) {
              case Word.RequestHeaders begins -> requestHeaders(begins);
              case Word.RequestBody(byte[] bytes, boolean last) -> requestBody(bytes, last);
              case Word.RequestTrailers() -> requestTrailers();
              case Word.ResponseHeaders begins -> responseHeaders(begins);
              case Word.ResponseBody(byte[] bytes, boolean last) -> responseBody(bytes, last);
              case Word.ResponseTrailers() -> responseTrailers();
              case Word.Nothing() -> {}
            }
          });
    }
    elsewhere = false;
    if (looking) {
      return;
    }
    if (out.isReady() || phase != Phase.COMMITTED) {
      out.request(1);
    } else {
      waiting = true;
    }
  }

  /** A defect of ours ends this request alone. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("request {}: a defect of ours", id, e);
      broken();
    }
  }

  private void apart(Runnable what) {
    if (elsewhere) {
      services.executor().execute(what);
    } else {
      what.run();
    }
  }

  private synchronized void ready() {
    if (sending) {
      sendRequest();
    }
    if (waiting) {
      waiting = false;
      out.request(1);
    }
  }

  @Override
  public void onError(Throwable t) {
    apart(this::gone);
  }

  @Override
  public void onCompleted() {
    apart(this::ended);
  }

  private synchronized void ended() {
    boolean open = phase != Phase.DONE;
    gone();
    if (open) {
      out.onCompleted();
    }
  }

  /** Envoy ended this try: the client left, a rival won, or the provider broke off. */
  private synchronized void gone() {
    Phase before = phase;
    phase = Phase.DONE;
    stopTimer();
    giveBack();
    Flight of = flight;
    Flight.Try ended = attempt;
    if (of != null && before == Phase.KEPT) {
      lapse(of);
    }
    if (of != null && ended != null && before != Phase.DONE) {
      if (before == Phase.COMMITTED) {
        Count count = count();
        settle(entry -> Reckoning.broken(count, of::prompt, left(entry)), _ -> {});
        over(passing(), status);
      } else {
        boolean beaten = of.beaten(ended) || services.flights().over(of.id());
        Count count = count();
        of.gone(ended, CLOSED, this::soon);
        settle(
            entry -> gone(of, beaten, entry, count),
            how -> {
              if (how.left()) {
                forsake(of);
              }
            });
        if (!beaten) {
          lapse(of);
        }
      }
    }
  }

  /** An attempt that is gone before its first token; without an entry it never went out. */
  private static Reckoning gone(Flight of, boolean beaten, @Nullable Entry entry, Count count) {
    if (beaten && entry != null) {
      return Reckoning.lost(count.usage(), of::prompt);
    }
    return left(entry) || of.forsaken() ? Reckoning.forsaken() : Reckoning.failed(CLOSED, 0, null);
  }

  /** A client that leaves takes all of its request's streams along, one after the other. */
  private void soon(Runnable what) {
    var _ = services.later(SOON, what);
  }

  private static boolean left(@Nullable Entry entry) {
    return entry != null && entry.left();
  }

  // ---- the request

  private void requestHeaders(Word.RequestHeaders begins) {
    headers = begins.headers();
    path = headers.getOrDefault(":path", "/");
    id = headers.getOrDefault("x-request-id", "");
    String method = headers.getOrDefault(":method", "GET");
    Catalog now = services.catalog().get();
    Protocols.Endpoint endpoint = services.protocols().endpoint(method, path, headers);
    Protocol speaks = endpoint == null ? services.protocols().guess(path) : endpoint.protocol();
    client = speaks;
    if (now == null) {
      refuse(Failure.of(Kind.UNAVAILABLE, "The gateway is starting and has no configuration yet."));
      return;
    }
    catalog = now;
    String presented = Credentials.presented(headers, path);
    if (presented == null) {
      refuse(
          Failure.of(
              Kind.AUTHENTICATION,
              "No API key was given. Send it as 'Authorization: Bearer …', 'x-api-key' or"
                  + " 'x-goog-api-key'."));
      return;
    }
    CompletableFuture<Verdict> found = services.keys().find(now, presented);
    if (found.isDone()) {
      judged(found.join(), now, begins.last(), endpoint);
      return;
    }
    looking = true;
    var _ =
        found.whenCompleteAsync(
            (verdict, _) -> looked(verdict, now, begins.last(), endpoint), services.executor());
  }

  /** The key was not in memory; Envoy's next message is asked for when it is known. */
  private synchronized void looked(
      Verdict verdict, Catalog now, boolean last, Protocols.@Nullable Endpoint endpoint) {
    looking = false;
    if (phase == Phase.DONE) {
      return;
    }
    guarded(() -> judged(verdict, now, last, endpoint));
    out.request(1);
  }

  private void judged(
      Verdict verdict, Catalog now, boolean last, Protocols.@Nullable Endpoint endpoint) {
    switch (verdict) {
      case Refused(Refused.Why why, String sentence) ->
          refuse(
              switch (why) {
                case INVALID ->
                    Failure.of(Kind.AUTHENTICATION, sentence).withCode("invalid_api_key");
                case AWAY -> Failure.of(Kind.UNAVAILABLE, sentence);
              });
      case Opened opened -> {
        holder = opened;
        opened(opened.key(), now, last, endpoint);
      }
    }
  }

  private void opened(
      Key opened, Catalog now, boolean last, Protocols.@Nullable Endpoint endpoint) {
    Protocol speaks = Objects.requireNonNull(client);
    key = opened;
    if (endpoint == null) {
      refuse(
          Failure.of(
              Kind.NOT_FOUND,
              "There is no endpoint "
                  + headers.getOrDefault(":method", "GET")
                  + " "
                  + bare(path)
                  + " here."));
      return;
    }
    call = endpoint.call();
    switch (endpoint.call().operation()) {
      case MODELS -> {
        Answer models = speaks.models(listed(now, opened));
        noted("answered", models);
        answer(models, Map.of());
      }
      case MODEL -> oneModel(speaks, listed(now, opened), endpoint.call().model());
      case GENERATE, COUNT, COMPACT, RESPONSE, INPUT_ITEMS, DELETE_RESPONSE, CANCEL_RESPONSE -> {
        bodiless = last;
        if (contentLength(headers) > now.maxRequestBody()) {
          tooLarge(now.maxRequestBody());
        } else if (last) {
          requestComplete();
        }
      }
    }
  }

  private void oneModel(Protocol speaks, List<Listed> models, @Nullable String name) {
    for (Listed model : models) {
      if (model.id().equals(name)) {
        Answer found = speaks.model(model);
        noted("answered", found);
        answer(found, Map.of());
        return;
      }
    }
    refuse(
        Failure.of(Kind.NOT_FOUND, "There is no model '" + name + "' for this key.")
            .withCode("model_not_found"));
  }

  private static List<Listed> listed(Catalog catalog, Key key) {
    return Router.names(catalog, key.group()).stream()
        .filter(named -> key.allows(named.alias()))
        .map(named -> new Listed(named.alias(), named.channel(), catalog.status().applied()))
        .toList();
  }

  private void requestBody(byte[] bytes, boolean last) {
    if (phase != Phase.REQUEST) {
      return;
    }
    receivedBytes += bytes.length;
    Catalog now = Objects.requireNonNull(catalog);
    if (receivedBytes > now.maxRequestBody()) {
      tooLarge(now.maxRequestBody());
      return;
    }
    if (services.flights().find(id) == null && !services.flights().over(id)) {
      if (!services.bodies().take(bytes.length)) {
        refuse(
            Failure.of(
                Kind.UNAVAILABLE,
                "The gateway holds as many request bodies as it can; try again in a moment."));
        return;
      }
      budgeted += bytes.length;
      received.add(bytes);
    }
    if (last) {
      requestComplete();
    }
  }

  private void requestTrailers() {
    if (phase == Phase.REQUEST) {
      requestComplete();
    }
    if (phase != Phase.DONE) {
      out.onNext(Replies.requestTrailers());
    }
  }

  private void requestComplete() {
    if (services.flights().over(id)) {
      stray();
      return;
    }
    Flight known = services.flights().find(id);
    if (known == null) {
      known = open();
      if (known == null) {
        return;
      }
      admit(known, true);
      return;
    }
    begin(known);
  }

  private void begin(Flight known) {
    received = new Pieces();
    if (headers.containsKey(Headers.KEPT) || !keeps(known)) {
      flight = known;
      go(known, false);
    } else if (known.handOver()) {
      keep(known);
    } else {
      stray();
    }
  }

  private @Nullable Group group(Key of) {
    return Objects.requireNonNull(catalog).groups().get(of.group());
  }

  /** What a key is charged is what the providers take times this. */
  private double multiplier(Key of) {
    return Objects.requireNonNull(catalog).multiplier(of.group());
  }

  /** Whether it is a stream of a group with {@code commit_after}. */
  private boolean keeps(Flight of) {
    Group group = group(of.key());
    return group != null
        && group.commitAfter().isPositive()
        && of.ask().stream()
        && of.ask().call().response() == null;
  }

  /**
   * Asks whether the key may go on with it.
   *
   * @param first whether it has not been asked for this request yet
   */
  private void admit(Flight fresh, boolean first) {
    var asked = services.budgets().reserve(Objects.requireNonNull(holder), expected(fresh));
    if (asked.isDone()) {
      admitted(fresh, asked.join(), first);
    } else {
      var _ =
          asked.whenCompleteAsync(
              (admission, _) -> admittedLater(fresh, admission, first), services.executor());
    }
  }

  private synchronized void admittedLater(Flight fresh, Admission admission, boolean first) {
    if (phase == Phase.DONE) {
      if (admission instanceof Reservation reservation) {
        reservation.release();
      }
      return;
    }
    guarded(() -> admitted(fresh, admission, first));
  }

  private void admitted(Flight fresh, Admission admission, boolean first) {
    switch (admission) {
      case Reservation reservation -> {
        Bill bill =
            services
                .bills()
                .open(
                    facts(fresh.key(), fresh.ask().model()), fresh.plan()::decisions, reservation);
        if (!bill.holds(reservation)) {
          reservation.release();
        }
        fresh.bill(bill);
        bill.keep(kept);
        begin(services.flights().keep(fresh));
      }
      case OverLimit over when first && over.what() == OverLimit.What.CONCURRENCY ->
          // The end of a released stream is heard of a moment later.
          timer = services.later(HEARSAY, () -> readmit(fresh));
      case OverLimit over ->
          refuse(
              new Failure(
                  Kind.RATE_LIMIT, 429, over.message(), "rate_limit", null, over.retryAfter()),
              limits(over));
      case OverBudget over ->
          refuse(
              new Failure(
                  over.held() ? Kind.RATE_LIMIT : Kind.QUOTA,
                  429,
                  over.message(),
                  over.held() ? "rate_limit" : "insufficient_quota",
                  null,
                  over.retryAfter()));
    }
  }

  private synchronized void readmit(Flight fresh) {
    if (phase == Phase.REQUEST && flight == null) {
      stopTimer();
      admit(fresh, false);
    }
  }

  private static Map<String, String> limits(OverLimit over) {
    String what =
        switch (over.what()) {
          case REQUESTS, CONCURRENCY -> "requests";
          case TOKENS -> "tokens";
        };
    long seconds = Math.max(1, (over.retryAfter().toMillis() + 999) / 1000);
    return Map.of(
        "x-ratelimit-limit-" + what,
        Long.toString(over.most()),
        "x-ratelimit-remaining-" + what,
        "0",
        "x-ratelimit-reset-" + what,
        seconds + "s");
  }

  /** What a request may come to at the channel that it would go to now. */
  private Amount expected(Flight fresh) {
    Ask ask = fresh.ask();
    if (ask.call().operation() != Call.Operation.GENERATE) {
      return Amount.NONE;
    }
    long prompt = ask.gist().promptTokens();
    long answer = ask.gist().answerTokens() > 0 ? ask.gist().answerTokens() : USUAL_ANSWER;
    double usd = 0;
    if (fresh.plan().next(List.of()) instanceof Choice.Go(Attempt to, Lease _)) {
      Price price = to.channel().price(to.model(), services.clock().instant());
      if (price != null) {
        usd =
            price.of(new Usage(prompt, 0, 0, answer, null, null, null, null, null))
                * multiplier(fresh.key());
      }
    }
    return Amount.of(prompt + answer, usd);
  }

  /**
   * Hands the stream to the keeper, which sends it on to the inner listener and so to here again.
   */
  private void keep(Flight of) {
    Group group = group(of.key());
    Duration commit = group == null ? Duration.ZERO : group.commitAfter();
    flight = of;
    outgoing = of.ask().body();
    var set = new LinkedHashMap<String, String>();
    set.put(Headers.CLUSTER, Xds.KEEPER);
    set.put(Headers.COMMIT, Long.toString(commit.toMillis()));
    out.onNext(Replies.requestHeaders(set, List.of(), Map.of()));
    phase = Phase.KEPT;
    sending = true;
    sendRequest();
  }

  /** Reads a request that is seen for the first time; null where it was refused. */
  private @Nullable Flight open() {
    Protocol speaks = Objects.requireNonNull(client);
    Key opened = Objects.requireNonNull(key);
    Catalog now = Objects.requireNonNull(catalog);
    try {
      byte[] body = received.whole();
      Group group = group(opened);
      Group.Bodies bodies = group == null ? null : group.bodies();
      if (bodies != null) {
        String presented = Objects.requireNonNullElse(Credentials.presented(headers, path), "");
        kept = new Kept(bodies, new Redaction(bodies.redact(), presented, now), body);
      }
      Ask ask = speaks.ask(Objects.requireNonNull(call), body);
      asked = ask.model();
      streams = ask.stream();
      session = Session.of(opened.name(), headers, ask.gist());
      Suffix suffix =
          Router.aliased(now, opened.group(), ask.model())
              ? null
              : Suffix.of(ask.model()).orElse(null);
      if (ask.call().response() == null
          && !opened.allows(ask.model())
          && !(suffix != null && opened.allows(suffix.model()))) {
        refuse(
            Failure.of(
                    Kind.PERMISSION,
                    "The key '" + opened.name() + "' may not use the model '" + ask.model() + "'.")
                .withCode("model_not_allowed"));
        return null;
      }
      return switch (services.continuity().start(speaks, opened, path, ask)) {
        case Continuity.Told(Answer answer) -> {
          noted("answered", answer);
          answer(answer, Map.of());
          yield null;
        }
        case Continuity.Course course -> open(now, opened, speaks, ask, course, suffix);
      };
    } catch (Refusal refusal) {
      refuse(refusal.failure());
      return null;
    }
  }

  private Flight open(
      Catalog now,
      Key opened,
      Protocol speaks,
      Ask ask,
      Continuity.Course course,
      @Nullable Suffix suffix)
      throws Refusal {
    Predicate<Origin> meets =
        origin -> course.allows(origin) && services.protocols().meet(speaks, origin);
    Router router = services.router();
    if (suffix != null) {
      Plan plan = router.plan(now, inquiry(opened, suffix.model(), meets, ask));
      if (!(plan instanceof Plan.None)) {
        plan = course.plan(router, now, opened, suffix.model(), plan);
        Reasoning reasoning = suffix.reasoning();
        return new Flight(id, opened, speaks, ask, course, reasoning, plan, System.nanoTime());
      }
    }
    Plan plan = router.plan(now, inquiry(opened, ask.model(), meets, ask));
    plan = course.plan(router, now, opened, ask.model(), plan);
    return new Flight(id, opened, speaks, ask, course, null, plan, System.nanoTime());
  }

  private Inquiry inquiry(Key opened, String model, Predicate<Origin> meets, Ask ask) {
    return ask.call().operation() == Call.Operation.GENERATE
        ? new Inquiry(
            opened.group(),
            model,
            meets,
            session,
            ask.gist().promptTokens(),
            ask.gist().answerTokens())
        : Inquiry.of(opened.group(), model, meets);
  }

  /** Another try has won; Envoy is about to end this one, which must not start anything. */
  private void stray() {
    phase = Phase.PARKED;
    received = new Pieces();
    timer = services.later(LAPSE, this::straggle);
  }

  private synchronized void straggle() {
    if (phase == Phase.PARKED) {
      Failure late = Failure.of(Kind.UNAVAILABLE, "The request was answered by another attempt.");
      answer(Objects.requireNonNull(client).refuse(late), Map.of(Headers.FINAL, "true"));
    }
  }

  /** Waits for the end of the running try, or until the group wants a race. */
  private void park(Flight known, boolean raced) {
    phase = Phase.PARKED;
    if (raced) {
      return;
    }
    Group group = group(known.key());
    Duration hedge = group == null ? Duration.ZERO : group.hedgeAfter();
    if (hedge.isPositive()) {
      long left = hedge.toNanos() - known.ageNanos(System.nanoTime());
      timer = services.later(Duration.ofNanos(Math.max(0, left)), () -> unpark(true));
    }
  }

  private synchronized void unpark(boolean race) {
    if (phase == Phase.PARKED && flight != null) {
      phase = Phase.REQUEST;
      stopTimer();
      go(flight, race);
    }
  }

  private void go(Flight of, boolean race) {
    Flight.Next next =
        of.next(System.nanoTime(), race, () -> services.executor().execute(() -> unpark(false)));
    if (next == null) {
      park(of, race);
      return;
    }
    Flight.Try started = next.started();
    switch (next.choice()) {
      case Choice.Go(Attempt to, Lease lease) -> {
        attempt = Objects.requireNonNull(started);
        if (of.ask().call().operation() == Call.Operation.COUNT
            && to.channel().protocol() != of.client().origin()) {
          lease.end(new Outcome.Abandoned());
          estimate(of);
          return;
        }
        send(of, to);
      }
      case Choice.Exhausted() -> refuse(exhausted(of));
      case Choice.Barred(String why, var after) ->
          refuse(
              after == null
                  ? Failure.of(Kind.UNAVAILABLE, why)
                  : new Failure(Kind.RATE_LIMIT, 429, why, null, null, after));
      case Choice.Unserved(List<String> close) ->
          refuse(
              Failure.of(
                      Kind.NOT_FOUND,
                      "No channel of the group '"
                          + of.key().group()
                          + "' serves the model '"
                          + of.ask().model()
                          + "'."
                          + (close.isEmpty()
                              ? ""
                              : " Close names: " + String.join(", ", close) + "."))
                  .withCode("model_not_found"));
      case Choice.Untranslatable(List<String> protocols) ->
          refuse(
              Failure.of(
                      Kind.UNSUPPORTED,
                      "The model '"
                          + of.ask().model()
                          + "' is served over "
                          + String.join(", ", protocols)
                          + " only, and this gateway does not yet translate that from "
                          + name(of.client())
                          + ".")
                  .withCode("translation_not_supported"));
      case Choice.Ambiguous(List<String> channels) ->
          refuse(
              Failure.of(
                      Kind.CONFLICT,
                      "CHANNEL_ROUTE_AMBIGUOUS: the model '"
                          + of.ask().model()
                          + "' is served at the same priority by "
                          + String.join(", ", channels)
                          + ".")
                  .withCode("CHANNEL_ROUTE_AMBIGUOUS"));
    }
  }

  private void send(Flight of, Attempt to) {
    try {
      List<Wanted> wanted = wanted(of, to);
      Map<String, Inline> media = of.fetched(wanted);
      if (media == null) {
        fetch(of, to, wanted, Objects.requireNonNull(to.channel().fetching()));
      } else {
        send(of, to, media);
      }
    } catch (Refusal refusal) {
      refuse(of, refusal.failure());
    }
  }

  private void refuse(Flight of, Failure failure) {
    of.failed(Objects.requireNonNull(attempt), failure);
    attempt.lease().end(new Outcome.Abandoned());
    refuse(failure);
  }

  /** Media that must be fetched before the request can be written for this channel. */
  private List<Wanted> wanted(Flight of, Attempt to) throws Refusal {
    Protocol speaks = of.client();
    Protocol provider = services.protocols().of(to.channel().protocol());
    return to.channel().fetching() == null
            || speaks.origin() == provider.origin()
            || of.ask().call().operation() != Call.Operation.GENERATE
        ? List.of()
        : Wanted.of(of.request(translator(speaks)), translator(provider), target(of, to));
  }

  private static Protocol.Target target(Flight of, Attempt to) {
    return new Protocol.Target(to.model(), of.ask().stream(), to.channel().issuer());
  }

  private void fetch(Flight of, Attempt to, List<Wanted> wanted, Fetching how) {
    phase = Phase.FETCHING;
    startTimer(of, Objects.requireNonNull(attempt).lease().firstToken());
    var room = new Share(services.bodies());
    share = room;
    fetching =
        services
            .fetcher()
            .fetch(
                wanted.stream().map(one -> new Fetcher.Medium(one.url(), one.kind())).toList(),
                new Fetcher.Bounds(how.maxSize(), how.timeout(), room::take),
                outcome -> services.executor().execute(() -> fetched(of, to, wanted, outcome)));
  }

  private synchronized void fetched(
      Flight of, Attempt to, List<Wanted> wanted, Fetcher.Outcome outcome) {
    if (phase == Phase.FETCHING) {
      fetching = null;
      guarded(() -> goOn(of, to, wanted, outcome));
    }
  }

  private void goOn(Flight of, Attempt to, List<Wanted> wanted, Fetcher.Outcome outcome) {
    switch (outcome) {
      case Fetcher.Fetched(Map<String, Inline> media) -> {
        of.keep(media);
        services.flights().weigh(of);
        send(of, to);
      }
      case Fetcher.Failed(String url, boolean full, String why) -> {
        String path =
            wanted.stream()
                .filter(one -> one.url().equals(url))
                .map(Wanted::path)
                .findFirst()
                .orElse("");
        String text = "The medium at '" + path + "' " + why + ".";
        refuse(
            of,
            full
                ? Failure.of(Kind.UNAVAILABLE, text)
                : Failure.invalid(path, text).withCode("media_not_fetched"));
      }
    }
  }

  private void send(Flight of, Attempt to, Map<String, Inline> media) throws Refusal {
    Protocol speaks = of.client();
    Protocol provider = services.protocols().of(to.channel().protocol());
    Ask ask = of.ask();
    boolean same = speaks.origin() == provider.origin();
    String target =
        to.url().prefix()
            + (same
                ? provider.path(to.url().base(), to.model(), ask.call(), ask.stream())
                : provider.path(to.url().base(), to.model(), ask.stream()));
    if (same) {
      int mark = target.indexOf('?');
      target = (mark < 0 ? target : target.substring(0, mark)) + Credentials.query(path);
    }
    if (ask.call().response() != null) {
      outgoing = ask.body();
    } else if (same && of.plain()) {
      Ask whole = of.course().whole();
      byte[] asking = exact(of) ? speaks.metered(whole) : null;
      metered = asking != null;
      outgoing =
          speaks.rename(
              asking == null ? whole : new Ask(whole.call(), whole.model(), whole.stream(), asking),
              to.model());
    } else {
      // What we write ourselves asks for it.
      metered = same && speaks.metered(of.course().whole()) != null;
      Written written =
          translator(provider).write(of.request(translator(speaks)).inline(media), target(of, to));
      names = names(of, provider);
      if (ask.body().length > LENGTHY) {
        of.release();
      }
      losses = services.continuity().lost(of, provider.origin(), written.losses());
      outgoing =
          ask.call().operation() == Call.Operation.GENERATE
              ? written.bytes()
              : Stored.alike(written.bytes(), of.course().whole().body());
    }
    var set = new LinkedHashMap<String, String>();
    beta(provider, to, set);
    strict(to);
    set.put(":path", target);
    set.put(":authority", to.url().authority());
    if (!bodiless) {
      set.put("content-type", "application/json");
      set.put("content-length", Integer.toString(outgoing.length));
    }
    provider
        .headers(to.account().credential())
        .forEach(
            (name, value) -> {
              if (!same || !headers.containsKey(name) || Credentials.HEADERS.contains(name)) {
                set.put(name, value);
              }
            });
    set.put(Headers.CLUSTER, to.url().cluster());
    set.put(Headers.MODE, ask.stream() ? Headers.STREAM : Headers.WHOLE);
    var remove = new ArrayList<String>();
    for (String name : headers.keySet()) {
      if (!name.startsWith(":") && !set.containsKey(name) && !passes(name, same, provider)) {
        remove.add(name);
      }
    }
    Flight.Try started = Objects.requireNonNull(attempt);
    Bill.Item begun =
        of.bill()
            .begin(
                to,
                started.lease(),
                of.reason(),
                services.clock().instant(),
                System.nanoTime(),
                cameNanos);
    item = begun;
    out.onNext(Replies.requestHeaders(set, remove, begun.said()));
    phase = Phase.HELD;
    headersOpen = false;
    sending = !bodiless;
    sendRequest();
    if (timer == null) {
      startTimer(of, started.lease().firstToken());
    }
  }

  private boolean exact(Flight of) {
    Group group = group(of.key());
    return group == null || group.metering() == Group.Metering.EXACT;
  }

  /** Puts what the provider may see of the client's beta header. */
  private void beta(Protocol provider, Attempt to, Map<String, String> set) {
    String said = headers.get(BetaHeader.NAME);
    if (said != null && provider.origin() == Origin.MESSAGES) {
      Betas allowed = to.channel().betas();
      BetaHeader.Passed passed =
          allowed == null
              ? BetaHeader.byHost(said, to.url().authority())
              : BetaHeader.pass(said, beta -> allowed.all() || allowed.values().contains(beta));
      if (passed.value() != null) {
        set.put(BetaHeader.NAME, passed.value());
      }
      losses = Stream.concat(losses.stream(), passed.losses().stream()).toList();
    }
  }

  private void strict(Attempt to) throws Refusal {
    if (!losses.isEmpty() && "true".equals(headers.get("x-sluice-strict"))) {
      Loss loss = losses.getFirst();
      throw new Refusal(
          Failure.invalid(
              loss.field(),
              "The channel '"
                  + to.channel().name()
                  + "' cannot carry "
                  + loss.field()
                  + ": "
                  + loss.reason()));
    }
  }

  private static boolean passes(String name, boolean same, Protocol provider) {
    // Envoy finds no route without x-forwarded-proto; its routes take all of these out.
    if (name.startsWith("x-envoy-")
        || name.startsWith("x-forwarded-")
        || name.equals("x-request-id")
        || name.equals(Headers.CLIENT)
        || name.equals(Headers.KEPT)) {
      return true;
    }
    if (Credentials.HEADERS.contains(name)
        || name.equals("accept-encoding")
        || name.equals("expect")
        || name.equals(BetaHeader.NAME)
        || name.startsWith("x-sluice-")) {
      return false;
    }
    return same || GENERAL.contains(name) || provider.forwards(name);
  }

  private void sendRequest() {
    while (sending && phase != Phase.DONE && (sent == 0 || out.isReady())) {
      int size = Math.min(CHUNK, outgoing.length - sent);
      Reply chunk = Replies.requestBody(outgoing, sent, size, sent + size == outgoing.length);
      sent += size;
      sending = sent < outgoing.length;
      out.onNext(chunk);
    }
    if (!sending) {
      outgoing = new byte[0];
    }
  }

  private void startTimer(Flight of, Duration deadline) {
    if (of.ask().stream()) {
      timer = services.later(deadline, () -> late(deadline));
    }
  }

  private synchronized void late(Duration deadline) {
    if (phase == Phase.HELD || phase == Phase.FETCHING) {
      fail(
          Failure.of(Kind.TIMEOUT, "No first token within " + deadline.toMillis() + " ms."),
          0,
          new byte[0]);
    }
  }

  // ---- the answer

  private void responseHeaders(Word.ResponseHeaders begins) {
    if (phase == Phase.KEPT) {
      if (localDetails(begins) == null) {
        out.onNext(
            Replies.responseHeaders(
                Map.of(Headers.FINAL, "true", Headers.HELD, "true"), List.of(), Map.of()));
        complete();
      } else {
        refuse(Failure.of(Kind.UNAVAILABLE, "The gateway could not hold the stream; try again."));
      }
      return;
    }
    if (phase != Phase.HELD) {
      // An answer of Envoy's own to a request that never went out.
      out.onNext(Replies.responseHeaders(Map.of(), OURS_ALONE, Map.of()));
      return;
    }
    headersOpen = true;
    answerHeaders = begins.headers();
    status = status(answerHeaders);
    localDetails = localDetails(begins);
    Bill.Item running = item;
    if (running != null && localDetails == null) {
      running.bill().status(running, status);
    }
    if (status == 200 && localDetails == null) {
      conversion = conversion();
      Kept bodies = Objects.requireNonNull(flight).bill().kept();
      capture = bodies == null ? null : bodies.capture();
    } else {
      failureBody = new ByteArrayOutputStream();
    }
    if (begins.last()) {
      take(new byte[0], true);
    }
  }

  private Conversion conversion() {
    Flight of = Objects.requireNonNull(flight);
    return of.ask().call().response() != null
        ? services.continuity().forwarded(of)
        : services
            .continuity()
            .recorded(of, Objects.requireNonNull(attempt).attempt(), converted(of));
  }

  private Conversion converted(Flight of) {
    Protocol speaks = of.client();
    Protocol provider = provider();
    Ask ask = of.ask();
    Channel channel = Objects.requireNonNull(attempt).attempt().channel();
    if (ask.call().operation() == Call.Operation.COUNT) {
      return new Conversion.Counted();
    }
    if (speaks.origin() == provider.origin() && !channel.thinkingToContent()) {
      if (!ask.stream()) {
        return new Conversion.UntouchedWhole(provider, pictured(provider, provider.gauge()));
      }
      // Envoy finds usage in server-sent events alone, and no pictures.
      if (metered || ask.call().array()) {
        return new Conversion.GaugedStream(
            provider.watch(), pictured(provider, provider.streamGauge()));
      }
      return painted()
          ? new Conversion.GaugedStream(
              provider.watch(), new EventGauge(translator(provider).reader()))
          : new Conversion.UntouchedStream(provider.watch(), pace);
    }
    var stamp =
        new Protocol.Stamp(
            id.replace("-", ""),
            services.clock().instant().getEpochSecond(),
            channel.issuer(),
            services.continuity().keeps(of, provider.origin()));
    if (!ask.stream()) {
      return new Conversion.TranslatedWhole(
          body -> {
            Response read = names.back(translator(provider).readAnswer(body));
            return channel.thinkingToContent() ? Aloud.of(read) : read;
          },
          translator(speaks),
          ask,
          stamp);
    }
    Protocol.Reader reader = names.back(translator(provider).reader());
    return new Conversion.TranslatedStream(
        channel.thinkingToContent() ? new Aloud(reader) : reader,
        translator(speaks).writer(ask, stamp));
  }

  /** A gauge that counts pictures too, where they are paid for. */
  private Gauge pictured(Protocol provider, Gauge gauge) {
    Mentions pictures = painted() ? provider.pictures() : null;
    return pictures == null ? gauge : new PictureGauge(gauge, pictures);
  }

  /** Whether the provider takes money for pictures. */
  private boolean painted() {
    Attempt to = Objects.requireNonNull(attempt).attempt();
    Price price = to.channel().price(to.model(), services.clock().instant());
    return price != null && price.perImage() > 0;
  }

  /** How the provider is told to call the client's tools. */
  private static ToolNames names(Flight of, Protocol provider) throws Refusal {
    return of.client().origin() == provider.origin()
        ? ToolNames.NONE
        : ToolNames.of(
            of.request(translator(of.client())),
            provider.origin(),
            translator(provider).toolNames());
  }

  private void responseBody(byte[] bytes, boolean last) {
    chunksOpen++;
    answerBytes += bytes.length;
    if (phase == Phase.HELD || phase == Phase.COMMITTED) {
      take(bytes, last);
    } else if (phase != Phase.PARKED) {
      out.onNext(Replies.unchangedBody());
    }
  }

  private void responseTrailers() {
    if ((phase == Phase.HELD || phase == Phase.COMMITTED) && !over) {
      take(new byte[0], true);
    }
    if (phase != Phase.DONE) {
      out.onNext(Replies.responseTrailers());
    }
  }

  private void take(byte[] chunk, boolean last) {
    over = over || last;
    ByteArrayOutputStream failing = failureBody;
    if (failing != null) {
      if (failing.size() < FAILURE_BYTES) {
        failing.writeBytes(chunk);
      }
      if (last || failing.size() >= FAILURE_BYTES) {
        failed(failing.toByteArray());
      }
      return;
    }
    Conversion.Step step = Objects.requireNonNull(conversion).take(chunk, last);
    Capture got = capture;
    if (got != null) {
      see(got, step, chunk);
    }
    switch (step) {
      case Conversion.Hold() -> {
        if (chunksOpen * 16L > Conversion.HELD_BYTES) {
          fail(
              Failure.of(Kind.UNAVAILABLE, "The provider sent events without any content."),
              0,
              new byte[0]);
        }
      }
      case Conversion.Pass() -> pass();
      case Conversion.Through() -> through(last);
      case Conversion.Emit(byte[] bytes, List<Loss> more) -> {
        if (!more.isEmpty()) {
          losses = Stream.concat(losses.stream(), more.stream()).toList();
        }
        emit(bytes, last);
      }
      case Conversion.Fail(Failure failure) -> {
        if (phase == Phase.HELD) {
          fail(failure, status, new byte[0]);
        } else {
          // The status is out; only a reset can still say that this is no answer.
          settle(Reckoning.broken(count(), Objects.requireNonNull(flight)::prompt, false));
          over(passing(), status);
          phase = Phase.DONE;
          out.onError(Status.ABORTED.withDescription("sluice").asRuntimeException());
        }
      }
    }
  }

  /** Notes what the client gets, be it what the provider sent or what stands for it. */
  private void see(Capture got, Conversion.Step step, byte[] chunk) {
    switch (step) {
      case Conversion.Hold(), Conversion.Through() -> got.add(chunk);
      case Conversion.Pass() -> {
        got.add(chunk);
        if (!over) {
          got.release();
        }
      }
      case Conversion.Emit(byte[] bytes, var _) -> {
        if (phase == Phase.HELD) {
          got.begin(bytes);
        } else {
          got.add(bytes);
        }
      }
      case Conversion.Fail _ -> {}
    }
  }

  /** The answer is good as it is: everything held goes on untouched, and Envoy goes on alone. */
  private void pass() {
    if (!commit(
        losses.isEmpty() ? Map.of() : Map.of(DROPPED, fields(losses)),
        OURS_ALONE,
        RELEASED,
        Map.of())) {
      return;
    }
    for (; chunksOpen > 0; chunksOpen--) {
      out.onNext(Replies.unchangedBody());
    }
    Flight of = Objects.requireNonNull(flight);
    complete();
    if (unpaid(of)) {
      settle(Reckoning.free());
    } else {
      Protocol provider = provider();
      Pace seen = pace;
      long prompt = of.prompt();
      settle(
          entry ->
              Reckoning.released(
                  entry, entry == null ? null : provider.said(entry.said()), seen, () -> prompt),
          _ -> {},
          Objects.requireNonNull(attempt).attempt().channel().timeouts().stream().plus(SLACK));
    }
    over(RELEASED, status);
  }

  /** What becomes of an answer that passes us, where it comes to its end. */
  private String passing() {
    Flight of = flight;
    boolean same =
        of != null
            && of.client().origin() == provider().origin()
            && !Objects.requireNonNull(attempt).attempt().channel().thinkingToContent();
    return same ? "passed" : "translated";
  }

  /** What is about an earlier response, or only counts. */
  private static boolean unpaid(Flight of) {
    Call call = of.ask().call();
    return call.response() != null || call.operation() == Call.Operation.COUNT;
  }

  /** The answer is good as it is, and is looked at to its end. */
  private void through(boolean last) {
    Map<String, String> used = last ? used() : Map.of();
    if (phase == Phase.HELD) {
      var remove = new ArrayList<>(OURS_ALONE);
      if (metered) {
        remove.add("content-length");
      }
      var set = new LinkedHashMap<String, String>();
      set.put(Headers.HELD, "true");
      if (!losses.isEmpty()) {
        set.put(DROPPED, fields(losses));
      }
      if (!commit(set, remove, passing(), used)) {
        return;
      }
      used = Map.of(); // the headers have said it
    }
    for (; chunksOpen > 0; chunksOpen--) {
      out.onNext(
          chunksOpen == 1 && !used.isEmpty()
              ? Replies.unchangedBody(used)
              : Replies.unchangedBody());
    }
    if (last) {
      whole();
    }
  }

  /** The answer has passed us to its end. */
  private void whole() {
    Flight of = Objects.requireNonNull(flight);
    Conversion passed = Objects.requireNonNull(conversion);
    complete();
    settle(
        passed.failed()
            ? Reckoning.broken(passed.count(), of::prompt, false)
            : Reckoning.whole(passed.count(), of::prompt));
    over(passing(), status);
  }

  /** The client gets these bytes for everything that is held. */
  private void emit(byte[] bytes, boolean last) {
    Map<String, String> used = last ? used() : Map.of();
    if (phase == Phase.HELD) {
      var set = new LinkedHashMap<String, String>();
      Flight sought = Objects.requireNonNull(flight);
      boolean stream = sought.ask().stream();
      if (!metered) {
        set.put(
            "content-type",
            stream ? sought.client().streamType(sought.ask().call()) : "application/json");
      }
      if (stream && !metered) {
        set.put("cache-control", "no-cache");
      }
      if (!losses.isEmpty()) {
        set.put(DROPPED, fields(losses));
      }
      var remove = new ArrayList<>(OURS_ALONE);
      remove.add("content-length");
      remove.add("content-encoding");
      set.put(Headers.HELD, "true");
      if (!commit(set, remove, passing(), used)) {
        return;
      }
      used = Map.of(); // the headers have said it
    }
    for (; chunksOpen > 1; chunksOpen--) {
      out.onNext(Replies.noBody());
    }
    if (chunksOpen == 1) {
      chunksOpen = 0;
      out.onNext(Replies.body(bytes, used));
    }
    if (last) {
      whole();
    }
  }

  /** What the answer has said of its use, now that it has passed us to its end. */
  private Map<String, String> used() {
    Conversion passed = conversion;
    if (passed == null || passed.failed()) {
      return Map.of();
    }
    Usage said = passed.count().usage();
    return said == null
        ? Map.of()
        : Map.of(AttemptLog.USED, Memo.written(said, passed.count().pictures()));
  }

  /**
   * The client gets this try's answer; false where another try's was faster.
   *
   * @param outcome what becomes of the request if nothing comes between
   * @param used what is known of the use already
   */
  private boolean commit(
      Map<String, String> set, List<String> remove, String outcome, Map<String, String> used) {
    stopTimer();
    Flight of = Objects.requireNonNull(flight);
    long now = System.nanoTime();
    if (!of.won(Objects.requireNonNull(attempt))) {
      settle(Reckoning.lost(count().usage(), of::prompt));
      stray();
      return false;
    }
    Bill.Item answering = Objects.requireNonNull(item);
    answering.bill().first(answering, now);
    Kept bodies = answering.bill().kept();
    Capture got = capture;
    if (bodies != null && got != null) {
      bodies.answered(got);
    }
    services.flights().forget(of);
    if (of.ask().stream() && !outcome.equals(RELEASED) && of.unload()) {
      giveBodyBack();
    }
    if (headersOpen) {
      headersOpen = false;
      var there = new ArrayList<String>();
      for (String name : remove) {
        if (answerHeaders.containsKey(name) && !set.containsKey(name)) {
          there.add(name);
        }
      }
      var said = new HashMap<>(used);
      said.put(
          AttemptLog.ANSWER,
          new Memo(
                  outcome,
                  status,
                  (now - attempt.startNanos()) / 1000,
                  answering.lagMicros(),
                  unpaid(of) ? -1 : of.ask().gist().promptTokens(),
                  pace)
              .written());
      out.onNext(Replies.responseHeaders(set, there, said));
    }
    phase = Phase.COMMITTED;
    return true;
  }

  // ---- what it comes to

  private Count count() {
    Conversion running = conversion;
    return running == null ? new Count() : running.count();
  }

  private void settle(Reckoning how) {
    Bill.Item running = item;
    if (running != null) {
      running.bill().settle(running, how, System.nanoTime());
    } else {
      unsent();
    }
  }

  /** What was taken for a try that never went out is given back. */
  private void unsent() {
    Flight.Try taken = attempt;
    if (taken != null) {
      taken.lease().end(new Outcome.Abandoned());
    }
  }

  private void settle(
      Function<@Nullable Entry, Reckoning> reckons, Consumer<Reckoning> afterwards) {
    settle(reckons, afterwards, Bill.PATIENCE);
  }

  private void settle(
      Function<@Nullable Entry, Reckoning> reckons,
      Consumer<Reckoning> afterwards,
      Duration patience) {
    Bill.Item running = item;
    if (running != null) {
      running.bill().settle(running, reckons, afterwards, patience, System.nanoTime());
    } else {
      unsent();
    }
  }

  /** The request is over. */
  private void over(String outcome, int answered) {
    Flight of = flight;
    if (of != null) {
      of.bill().over(answered, outcome, names(losses), System.nanoTime());
    }
  }

  /** A request that never had a candidate, of a key of ours. */
  private void noted(String outcome, Answer answer) {
    Key opened = key;
    if (opened != null) {
      Bill bill = services.bills().open(facts(opened, asked), List::of, null);
      bill.keep(kept);
      answered(bill, answer.body());
      bill.over(answer.status(), outcome, names(losses), System.nanoTime());
    }
  }

  /** The client gets this body and nothing else. */
  private static void answered(Bill bill, byte[] body) {
    Kept bodies = bill.kept();
    if (bodies != null) {
      Capture got = bodies.capture();
      got.add(body);
      bodies.answered(got);
    }
  }

  private Bill.Facts facts(Key opened, String model) {
    Call named = call;
    return new Bill.Facts(
        id,
        services.clock().instant().minusNanos(System.nanoTime() - cameNanos),
        cameNanos,
        opened.name(),
        opened.group(),
        name(Objects.requireNonNull(client)),
        named == null ? "" : named.operation().name().toLowerCase(Locale.ROOT),
        model,
        streams,
        session,
        multiplier(opened),
        headers.getOrDefault("traceparent", ""));
  }

  private static List<String> names(List<Loss> losses) {
    return losses.isEmpty() ? List.of() : losses.stream().map(Loss::field).distinct().toList();
  }

  // ---- failures

  private void failed(byte[] body) {
    String details = localDetails;
    if (details != null) {
      fail(local(details), 0, new byte[0]);
    } else {
      fail(provider().failure(status, answerHeaders, body), status, body);
    }
  }

  /** What Envoy itself says about an attempt that never got an answer. */
  private static Failure local(String details) {
    String text = details.toLowerCase(Locale.ROOT);
    return text.contains("timeout") && !text.contains("connect")
        ? Failure.of(Kind.TIMEOUT, "The provider did not answer in time.").withCode(details)
        : Failure.of(Kind.UNAVAILABLE, "The provider could not be reached.").withCode(details);
  }

  /** This try has no answer: another one, or the client hears why not. */
  private void fail(Failure failure, int answered, byte[] body) {
    stopTimer();
    Flight of = Objects.requireNonNull(flight);
    Flight.Try ended = Objects.requireNonNull(attempt);
    Channel channel = ended.attempt().channel();
    Rule rule =
        Failover.rule(
            Objects.requireNonNull(catalog).rules(),
            answered,
            new String(body, StandardCharsets.UTF_8));
    boolean counts = of.ask().call().operation() == Call.Operation.COUNT;
    boolean missing = failure.kind() == Kind.NOT_FOUND && of.ask().call().response() != null;
    boolean replaced = !missing && Failover.replaces(channel, rule, failure, answered);
    of.failed(ended, failure);
    settle(Reckoning.failed(failure, answered, rule));
    if (replaced && !services.keeping().begun(headers.get(Headers.KEPT)) && of.hopeful(ended)) {
      answer(of.client().refuse(failure), Map.of(Headers.FAILOVER, "1"));
      lapse(of);
    } else if (counts && (replaced || UNCOUNTED.contains(answered))) {
      estimate(of);
    } else if (replaced) {
      refuse(exhausted(of));
    } else if (body.length > 0 && of.client().origin() == channel.protocol()) {
      String type = answerHeaders.getOrDefault("content-type", "application/json");
      var kept = new LinkedHashMap<String, String>();
      kept.put("content-type", type);
      String retryAfter = answerHeaders.get("retry-after");
      if (retryAfter != null) {
        kept.put("retry-after", retryAfter);
      }
      last(of, new Answer(answered, kept, body), REFUSED);
    } else {
      refuse(failure);
    }
  }

  /** Nobody counts a request's tokens, so we say about how many they are, and that we do. */
  private void estimate(Flight of) {
    try {
      Answer counted = of.client().counted(Estimate.of(of.request(translator(of.client()))));
      var headers = new LinkedHashMap<>(counted.headers());
      headers.put("x-sluice-estimate", "true");
      last(of, new Answer(counted.status(), headers, counted.body()), "counted");
    } catch (Refusal refusal) {
      refuse(refusal.failure());
    }
  }

  /** What the client hears when every candidate failed. */
  private static Failure exhausted(Flight of) {
    List<Failure> failures = of.failures();
    int count = of.count();
    String tried = count == 1 ? "1 attempt" : count + " attempts";
    Failure last = failures.getLast();
    boolean limited =
        failures.stream().allMatch(f -> f.kind() == Kind.RATE_LIMIT || f.kind() == Kind.QUOTA);
    if (limited) {
      Duration wait =
          failures.stream()
              .map(Failure::retryAfter)
              .filter(Objects::nonNull)
              .min(Comparator.naturalOrder())
              .orElse(null);
      return new Failure(
          Kind.RATE_LIMIT,
          429,
          "Every channel is over its rate limit (" + tried + "). The last said: " + said(last),
          last.code(),
          null,
          wait);
    }
    String text = "All candidates failed (" + tried + "). The last: " + said(last);
    return last.kind() == Kind.TIMEOUT
        ? Failure.of(Kind.TIMEOUT, text)
        : Failure.of(Kind.UNAVAILABLE, text);
  }

  private static String said(Failure failure) {
    return switch (failure.kind()) {
      // A provider's words about our credential may quote it.
      case AUTHENTICATION, PERMISSION -> "the provider refused the channel's account.";
      default -> failure.message();
    };
  }

  private void tooLarge(long limit) {
    refuse(Failure.of(Kind.TOO_LARGE, "The request body is larger than " + limit + " bytes."));
  }

  /** The final word, in the client's protocol. */
  private void refuse(Failure failure) {
    refuse(failure, Map.of());
  }

  private void refuse(Failure failure, Map<String, String> more) {
    Flight of = flight;
    Answer plain = Objects.requireNonNull(client).refuse(failure);
    var headers = new LinkedHashMap<>(plain.headers());
    headers.putAll(more);
    var answer = new Answer(plain.status(), headers, plain.body());
    if (of == null) {
      noted(REFUSED, answer);
      answer(answer, Map.of(Headers.FINAL, "true"));
    } else {
      last(of, answer, REFUSED);
    }
  }

  private void last(Flight of, Answer answer, String outcome) {
    services.flights().forget(of);
    answered(of.bill(), answer.body());
    over(outcome, answer.status());
    answer(answer, Map.of(Headers.FINAL, "true"));
  }

  /** Forgets a request for which no other try comes, since its client left. */
  private void lapse(Flight of) {
    int tries = of.count();
    var _ =
        services.later(
            LAPSE,
            () -> {
              if (of.count() == tries && !of.racing()) {
                forsake(of);
              }
            });
  }

  /** The client left; where another try still runs, that will find out. */
  private void forsake(Flight of) {
    of.forsake();
    if (!of.racing()) {
      services.flights().forget(of);
      of.bill().over(0, "left", List.of(), System.nanoTime());
    }
  }

  private void answer(Answer answer, Map<String, String> more) {
    stopTimer();
    out.onNext(Replies.immediate(answer, more));
    complete();
  }

  private void broken() {
    stopTimer();
    if (phase == Phase.COMMITTED) {
      phase = Phase.DONE;
      settle(Reckoning.failed(Kind.INTERNAL.name()));
      over("cut", status);
      out.onError(Status.INTERNAL.asRuntimeException());
    } else if (client != null && phase != Phase.DONE) {
      settle(Reckoning.failed(Kind.INTERNAL.name()));
      refuse(Failure.of(Kind.INTERNAL, "The gateway failed on this request; its log says why."));
    }
  }

  private void complete() {
    phase = Phase.DONE;
    giveBack();
    out.onCompleted();
  }

  private void giveBodyBack() {
    services.bodies().give(budgeted);
    budgeted = 0;
    received = new Pieces();
    Share taken = share;
    if (taken != null) {
      taken.giveBack();
      share = null;
    }
  }

  private void giveBack() {
    giveBodyBack();
    Fetcher.Running running = fetching;
    if (running != null) {
      running.cancel();
      fetching = null;
    }
  }

  private void stopTimer() {
    Timeout running = timer;
    if (running != null) {
      running.cancel();
      timer = null;
    }
  }

  private static Protocol.Translator translator(Protocol protocol) {
    return Objects.requireNonNull(protocol.translator());
  }

  private Protocol provider() {
    return services.protocols().of(Objects.requireNonNull(attempt).attempt().channel().protocol());
  }

  // ---- reading

  private static @Nullable String localDetails(Word.ResponseHeaders begins) {
    String text = begins.details();
    return text.isEmpty() || text.equals(VIA_UPSTREAM) ? null : text;
  }

  private static int status(Map<String, String> headers) {
    try {
      return Integer.parseInt(headers.getOrDefault(":status", "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long contentLength(Map<String, String> headers) {
    try {
      return Long.parseLong(headers.getOrDefault("content-length", "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String bare(String path) {
    int mark = path.indexOf('?');
    return mark < 0 ? path : path.substring(0, mark);
  }

  private static String name(Protocol protocol) {
    return protocol.origin().name().toLowerCase(Locale.ROOT);
  }

  /** At most 1,000 characters; a header has to bear them. */
  private static String fields(List<Loss> losses) {
    String names = losses.stream().map(Loss::field).distinct().collect(Collectors.joining(","));
    String plain = names.replaceAll("[^\\x21-\\x7e]", "?");
    return plain.length() <= 1000 ? plain : plain.substring(0, 997) + "...";
  }
}
