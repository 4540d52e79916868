package dev.sluice.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate authority, with what it issues, made by the JDK's keytool in a folder. */
final class Authority {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final String ROOT = "root";

  private final Path folder;
  private final String name;
  private final Path store;

  private Authority(Path folder, String name) {
    this.folder = folder;
    this.name = name;
    this.store = folder.resolve(name + ".p12");
  }

  /**
   * What it issued.
   *
   * @param chain PEM
   * @param privateKey PEM
   */
  record Issued(X509Certificate certificate, Path chain, Path privateKey) {
    /** For clients that trust this certificate and no other. */
    SSLContext trusted() throws IOException, GeneralSecurityException {
      KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
      trust.load(null, null);
      trust.setCertificateEntry("only", certificate);
      var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trust);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    }
  }

  static Authority create(Path folder, String name)
      throws IOException, InterruptedException, GeneralSecurityException {
    var authority = new Authority(folder, name);
    authority.generate(ROOT, List.of("-ext", "bc:c", "-validity", "2"));
    authority.issued(ROOT);
    return authority;
  }

  /** Its own certificate, as PEM. */
  Path certificate() {
    return chain(ROOT);
  }

  /**
   * Issues a certificate for two days.
   *
   * @param names such as {@code dns:localhost,ip:127.0.0.1}
   */
  Issued issue(String alias, String names)
      throws IOException, InterruptedException, GeneralSecurityException {
    return issue(alias, names, "-0d");
  }

  /** The same for two days from another. */
  Issued issue(String alias, String names, String from)
      throws IOException, InterruptedException, GeneralSecurityException {
    generate(
        alias,
        List.of("-signer", ROOT, "-ext", "san=" + names, "-startdate", from, "-validity", "2"));
    return issued(alias);
  }

  private void generate(String alias, List<String> more) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-dname", "CN=" + name + " " + alias));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", String.valueOf(PASSWORD)));
    command.addAll(more);
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
  }

  private Issued issued(String alias) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    var certificate = (X509Certificate) keys.getCertificate(alias);
    Path key = folder.resolve(name + "-" + alias + ".key");
    write(key, "PRIVATE KEY", keys.getKey(alias, PASSWORD).getEncoded());
    write(chain(alias), "CERTIFICATE", certificate.getEncoded());
    return new Issued(certificate, chain(alias), key);
  }

  private Path chain(String alias) {
    return folder.resolve(name + "-" + alias + ".pem");
  }

  private static void write(Path file, String type, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(type, text));
  }

  /** Puts a file's contents in another's place, as an operator would: at once. */
  static void put(Path from, Path to) throws IOException {
    Path next = to.resolveSibling(to.getFileName() + ".next");
    Files.copy(from, next, StandardCopyOption.REPLACE_EXISTING);
    Files.move(next, to, StandardCopyOption.ATOMIC_MOVE);
  }
}
