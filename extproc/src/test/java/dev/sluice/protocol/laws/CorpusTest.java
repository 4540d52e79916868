package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Replays what a fuzzer kept, see {@link ReaderFuzz}, and every golden case as all it might be. */
final class CorpusTest {
  private static final int KINDS = 5;

  private static List<Path> files(String root) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(root))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static void replay(byte[] input, Path file) {
    try {
      ReaderFuzz.fuzzerTestOneInput(input);
    } catch (Throwable e) {
      throw new AssertionError(file.toString(), e);
    }
  }

  @Test
  void whatWasKept() throws IOException {
    List<Path> files = files("src/test/fuzz");
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      replay(Files.readAllBytes(file), file);
    }
  }

  @Test
  void goldenCasesReadAsAnything() throws IOException {
    var choices = new ArrayList<Byte>();
    for (Side side : Side.PROTOCOLS) {
      for (int kind = 0; kind < KINDS; kind++) {
        choices.add(ReaderFuzz.choice(side, kind));
      }
    }
    for (Path file : files("src/test/golden")) {
      byte[] golden = Files.readAllBytes(file);
      for (byte choice : choices) {
        byte[] input = new byte[golden.length + 1];
        input[0] = choice;
        System.arraycopy(golden, 0, input, 1, golden.length);
        replay(input, file);
      }
    }
  }
}
