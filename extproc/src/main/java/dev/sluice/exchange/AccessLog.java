package dev.sluice.exchange;

import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Envoy's access log of the attempt listener, one entry an attempt. */
final class AccessLog implements BindableService {
  private static final MethodDescriptor<List<Entry>, StreamAccessLogsResponse> ENTRIES =
      AccessLogServiceGrpc.getStreamAccessLogsMethod().toBuilder(
              Protobuf.marshaller(Entry::all),
              ProtoUtils.marshaller(StreamAccessLogsResponse.getDefaultInstance()))
          .build();

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
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(AccessLogServiceGrpc.SERVICE_NAME)
        .addMethod(ENTRIES, ServerCalls.asyncClientStreamingCall(this::entries))
        .build();
  }

  private StreamObserver<List<Entry>> entries(StreamObserver<StreamAccessLogsResponse> response) {
    open.incrementAndGet();
    bills.attended();
    return new StreamObserver<>() {
      @Override
      public void onNext(List<Entry> entries) {
        for (Entry said : entries) {
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
