package dev.sluice.examples.simulator;

import java.nio.file.Path;

/**
 * What a provider shows of itself over TLS.
 *
 * @param certificate PEM, with its chain
 * @param privateKey PEM, PKCS #8
 * @param http2 whether it offers HTTP/2 beside HTTP/1.1
 */
public record Tls(Path certificate, Path privateKey, boolean http2) {}
