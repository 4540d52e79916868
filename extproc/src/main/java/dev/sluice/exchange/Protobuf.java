package dev.sluice.exchange;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.WireFormat;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is wanted of Protobuf messages from their bytes, and passes over the rest. Protobuf's
 * own classes would make each message of Envoy's a tree of objects first.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf, encoding</a>
 */
final class Protobuf {
  /** Messages of so many bytes are read into an array that each thread keeps. */
  private static final int SMALL = 16 * 1024;

  private static final ThreadLocal<byte[]> ROOM = ThreadLocal.withInitial(() -> new byte[SMALL]);

  /** The fields of an entry of a map. */
  static final int KEY = 1;

  static final int VALUE = 2;

  private Protobuf() {}

  /** Reads a message up to its end. */
  @FunctionalInterface
  interface Reads<T> {
    /** What is wanted of it. */
    T read(CodedInputStream in) throws IOException;
  }

  /** An entry of a map; the value is null where none is given. */
  record Named<T>(String name, @Nullable T value) {}

  /** Reads a message that stands in another one. */
  static <T> T read(CodedInputStream in, Reads<T> reads) throws IOException {
    int end = in.pushLimit(in.readRawVarint32());
    T read = reads.read(in);
    in.checkLastTagWas(0);
    in.popLimit(end);
    return read;
  }

  /** What takes a field of which the tag has been read. */
  @FunctionalInterface
  interface Takes {
    /** Reads what follows the tag. */
    void take(CodedInputStream in) throws IOException;
  }

  /** Reads a message that stands in another one, of which a single field is wanted, each time. */
  static void each(CodedInputStream outer, int field, Takes takes) throws IOException {
    var _ =
        read(
            outer,
            in -> {
              for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == field) {
                  takes.take(in);
                } else {
                  in.skipField(tag);
                }
              }
              return field;
            });
  }

  /** The name alone of an entry of a map, up to its end. */
  static String name(CodedInputStream in) throws IOException {
    String name = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == KEY) {
        name = in.readString();
      } else {
        in.skipField(tag);
      }
    }
    return name;
  }

  /** Reads an entry of a map from texts to messages. */
  static <T> Named<T> named(CodedInputStream outer, Reads<T> reads) throws IOException {
    return read(
        outer,
        in -> {
          String name = "";
          T value = null;
          for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
              case KEY -> name = in.readString();
              case VALUE -> value = read(in, reads);
              default -> in.skipField(tag);
            }
          }
          return new Named<>(name, value);
        });
  }

  /** The members of a {@code Struct}, as texts; one that is none is empty. */
  static Map<String, String> texts(CodedInputStream in) throws IOException {
    var texts = new HashMap<String, String>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == Struct.FIELDS_FIELD_NUMBER) {
        Named<String> member = named(in, Protobuf::text);
        texts.put(member.name(), member.value() == null ? "" : member.value());
      } else {
        in.skipField(tag);
      }
    }
    return texts;
  }

  private static String text(CodedInputStream in) throws IOException {
    String text = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == Value.STRING_VALUE_FIELD_NUMBER) {
        text = in.readString();
      } else {
        in.skipField(tag);
      }
    }
    return text;
  }

  /** For messages that are read so, and never written. */
  static <T> Marshaller<T> marshaller(Reads<T> reads) {
    return new Marshaller<>() {
      @Override
      public InputStream stream(T value) {
        throw new UnsupportedOperationException("these come from Envoy");
      }

      @Override
      public T parse(InputStream stream) {
        try {
          CodedInputStream in = input(stream);
          T read = reads.read(in);
          in.checkLastTagWas(0);
          return read;
        } catch (InvalidProtocolBufferException e) {
          throw Status.INTERNAL
              .withDescription("This is no Protobuf message.")
              .withCause(e)
              .asRuntimeException();
        } catch (IOException e) {
          throw Status.INTERNAL.withCause(e).asRuntimeException();
        }
      }
    };
  }

  /** Whatever is wanted of the bytes is copied, so that the array of small ones is used again. */
  private static CodedInputStream input(InputStream stream) throws IOException {
    if (!(stream instanceof KnownLength)) {
      return CodedInputStream.newInstance(stream.readAllBytes());
    }
    int length = stream.available();
    byte[] bytes = length <= SMALL ? ROOM.get() : new byte[length];
    return CodedInputStream.newInstance(bytes, 0, stream.readNBytes(bytes, 0, length));
  }
}
