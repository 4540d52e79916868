package dev.sluice.exchange;

import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.stub.StreamObserver;

/** Envoy's access log of the attempt listener, one entry an attempt. */
final class AccessLog extends AccessLogServiceGrpc.AccessLogServiceImplBase {
  private final Bills bills;

  AccessLog(Bills bills) {
    this.bills = bills;
  }

  @Override
  public StreamObserver<StreamAccessLogsMessage> streamAccessLogs(
      StreamObserver<StreamAccessLogsResponse> response) {
    return new StreamObserver<>() {
      @Override
      public void onNext(StreamAccessLogsMessage message) {
        for (HTTPAccessLogEntry entry : message.getHttpLogs().getLogEntryList()) {
          bills.heard(Entry.of(entry));
        }
      }

      @Override
      public void onError(Throwable gone) {
        // Envoy comes again; what it had not sent is waited for in vain.
      }

      @Override
      public void onCompleted() {
        response.onCompleted();
      }
    };
  }
}
