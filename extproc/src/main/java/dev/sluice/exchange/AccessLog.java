package dev.sluice.exchange;

import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Envoy's access log of the attempt listener, one entry an attempt. */
final class AccessLog extends AccessLogServiceGrpc.AccessLogServiceImplBase {
  private final Bills bills;
  private final Consumer<Entry> others;
  private final AtomicInteger open = new AtomicInteger();

  /**
   * Listens.
   *
   * @param others gets entries of attempts that another process began
   */
  AccessLog(Bills bills, Consumer<Entry> others) {
    this.bills = bills;
    this.others = others;
  }

  @Override
  public StreamObserver<StreamAccessLogsMessage> streamAccessLogs(
      StreamObserver<StreamAccessLogsResponse> response) {
    open.incrementAndGet();
    bills.attended();
    return new StreamObserver<>() {
      @Override
      public void onNext(StreamAccessLogsMessage message) {
        for (HTTPAccessLogEntry entry : message.getHttpLogs().getLogEntryList()) {
          Entry said = Entry.of(entry);
          if (bills.own(said.id())) {
            bills.heard(said);
          } else {
            others.accept(said);
          }
        }
      }

      @Override
      public void onError(Throwable gone) {
        if (open.decrementAndGet() == 0) {
          bills.deserted();
        }
      }

      @Override
      public void onCompleted() {
        open.decrementAndGet();
        response.onCompleted();
      }
    };
  }
}
