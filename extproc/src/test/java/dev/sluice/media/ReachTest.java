package dev.sluice.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which addresses may be spoken to. */
final class ReachTest {
  @ParameterizedTest
  @CsvSource({
    // public
    "1.1.1.1, true",
    "8.8.8.8, true",
    "9.255.255.255, true",
    "11.0.0.0, true",
    "100.63.255.255, true",
    "100.128.0.0, true",
    "172.15.255.255, true",
    "172.32.0.0, true",
    "192.167.255.255, true",
    "198.17.255.255, true",
    "198.20.0.0, true",
    "223.255.255.255, true",
    "2606:4700::1111, true",
    "2a00:1450:4001::8a, true",
    "2001:4860:4860::8888, true",
    // this host and this network
    "0.0.0.0, false",
    "0.1.2.3, false",
    "127.0.0.1, false",
    "127.255.255.254, false",
    "::, false",
    "::1, false",
    // private
    "10.0.0.1, false",
    "10.255.255.255, false",
    "172.16.0.1, false",
    "172.31.255.255, false",
    "192.168.1.1, false",
    "100.64.0.1, false",
    "100.127.255.255, false",
    "fc00::1, false",
    "fdff::1, false",
    "fec0::1, false",
    // link-local, where clouds keep their metadata
    "169.254.169.254, false",
    "fe80::1, false",
    // many at once, and reserved
    "224.0.0.1, false",
    "239.255.255.255, false",
    "240.0.0.1, false",
    "255.255.255.255, false",
    "ff02::1, false",
    // documentation, benchmarks, relays
    "192.0.0.8, false",
    "192.0.2.1, false",
    "198.18.0.1, false",
    "198.19.255.255, false",
    "198.51.100.1, false",
    "203.0.113.9, false",
    "2001:db8::1, false",
    "3fff::1, false",
    "5f00::1, false",
    // IPv4 within IPv6
    "::ffff:127.0.0.1, false",
    "::ffff:10.0.0.1, false",
    "::ffff:8.8.8.8, true",
    "::127.0.0.1, false",
    "64:ff9b::7f00:1, false",
    "64:ff9b:1::a00:1, false",
    "2002:7f00:1::, false",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2, false",
  })
  void anAddress(String address, boolean open) throws Exception {
    assertThat(Reach.open(InetAddress.getByName(address))).isEqualTo(open);
  }

  /** A mapped address that Java has not turned into IPv4 by itself. */
  @ParameterizedTest
  @CsvSource({"127, 0, 0, 1", "8, 8, 8, 8"})
  void aMappedAddressInItsSixteenBytes(byte a, byte b, byte c, byte d) throws Exception {
    byte[] bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, a, b, c, d};
    assertThat(Reach.open(java.net.Inet6Address.getByAddress(null, bytes, 0))).isFalse();
  }
}
