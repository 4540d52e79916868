package dev.sluice.extproc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a client of HTTP/2 is told by a real server of gRPC, frame by frame (RFC 9113). */
class WindowsTest {
  private static final byte SETTINGS = 4;
  private static final byte WINDOW_UPDATE = 8;
  private static final short INITIAL_WINDOW_SIZE = 4;
  private static final int WINDOW_AT_FIRST = 65_535;
  private static final int MANY_LARGE_BODIES = 256;

  /** The preface, no settings, and a stream's beginning: {@code POST http /} from HPACK's table. */
  private static final byte[] BEGINNING =
      ByteBuffer.allocate(24 + 9 + 9 + 3)
          .put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
          .put(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0})
          .put(new byte[] {0, 0, 3, 1, 4, 0, 0, 0, 1})
          .put(new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84})
          .array();

  private record Frame(byte type, int stream, ByteBuffer payload) {
    static Frame from(DataInputStream in) throws IOException {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      byte type = in.readByte();
      in.readByte();
      return new Frame(type, in.readInt(), ByteBuffer.wrap(in.readNBytes(length)));
    }
  }

  @Test
  void manyStreamsAtTheirLimitLeaveRoomOnTheirConnection() throws IOException {
    Server server =
        Windows.on(
                NettyServerBuilder.forAddress(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
            .build()
            .start();
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(BEGINNING);
      var in = new DataInputStream(socket.getInputStream());
      int stream = 0;
      int connection = 0;
      while (stream == 0 || connection == 0) {
        Frame frame = Frame.from(in);
        switch (frame.type()) {
          case SETTINGS -> stream = Math.max(stream, setting(frame.payload()));
          case WINDOW_UPDATE -> {
            assertThat(frame.stream()).as("whose window").isZero();
            connection = WINDOW_AT_FIRST + frame.payload().getInt();
          }
          default -> {}
        }
      }
      assertThat(stream).isLessThanOrEqualTo(64 * 1024);
      assertThat(connection).isGreaterThanOrEqualTo(MANY_LARGE_BODIES * stream);
    } finally {
      server.shutdownNow();
    }
  }

  private static int setting(ByteBuffer settings) {
    while (settings.hasRemaining()) {
      short name = settings.getShort();
      int value = settings.getInt();
      if (name == INITIAL_WINDOW_SIZE) {
        return value;
      }
    }
    return 0;
  }
}
