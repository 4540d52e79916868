package dev.sluice.media;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;

/**
 * Which addresses may be spoken to: those of the public Internet. Everything that the registries
 * set apart for some other purpose is refused, and of IPv6 all but global unicast, so that an IPv4
 * address within an IPv6 one reaches nothing either.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA, IPv4
 *     special-purpose addresses</a>
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IANA, IPv6
 *     special-purpose addresses</a>
 */
final class Reach {
  private static final List<Block> V4 =
      List.of(
          block(8, 0),
          block(8, 10),
          block(10, 100, 64),
          block(8, 127),
          block(16, 169, 254),
          block(12, 172, 16),
          block(24, 192, 0, 0),
          block(24, 192, 0, 2),
          block(24, 192, 31, 196),
          block(24, 192, 52, 193),
          block(24, 192, 88, 99),
          block(16, 192, 168),
          block(24, 192, 175, 48),
          block(15, 198, 18),
          block(24, 198, 51, 100),
          block(24, 203, 0, 113),
          block(3, 224));

  private static final Block GLOBAL = block(3, 0x20);
  private static final List<Block> V6 =
      List.of(
          block(23, 0x20, 0x01, 0x00),
          block(32, 0x20, 0x01, 0x0d, 0xb8),
          block(16, 0x20, 0x02),
          block(48, 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00),
          block(20, 0x3f, 0xff, 0x00));

  private Reach() {}

  /** Addresses whose first bits are these. */
  private record Block(int bits, List<Integer> bytes) {
    boolean holds(byte[] address) {
      for (int bit = 0; bit < bits; bit++) {
        int at = bit / 8;
        int mask = 0x80 >> (bit % 8);
        int here = at < bytes.size() ? bytes.get(at) : 0;
        if ((address[at] & mask) != (here & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private static Block block(int bits, Integer... bytes) {
    return new Block(bits, List.of(bytes));
  }

  /** Whether it is an address of the public Internet. */
  static boolean open(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet6Address
        ? GLOBAL.holds(bytes) && V6.stream().noneMatch(block -> block.holds(bytes))
        : V4.stream().noneMatch(block -> block.holds(bytes));
  }
}
