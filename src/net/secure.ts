/** Lays verified TLS over an open connection, as a client (RFC 8446). */

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ErrorFacts, errorCode, NettkError, wrapSystemError } from '../errors.ts';
import type { Conn } from '../services/service.ts';
import { explainCertificate, type Trust, usualAuthorities } from './trust.ts';

/** How TLS is started. */
export interface SecureOptions {
  /** Whom the certificate must name, and who it is asked for (SNI). */
  readonly host: string;
  readonly trust: Trust;
  /** Milliseconds for the handshake. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Application protocols offered (RFC 7301). */
  readonly alpn?: readonly string[];
}

/**
 * Runs the TLS handshake. The certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says; only `trust.insecure`
 * turns that off. Destroys the connection when it fails.
 *
 * @throws NettkError `UNVERIFIED` with the reason in words; `TIMEOUT`; `PROTOCOL` where the port does not speak TLS
 */
export async function secure(conn: Conn, options: SecureOptions): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  const { isIP } = await import('node:net');
  const name = options.host.replace(/\.$/, '');
  const ca = options.trust.ca ?? (options.trust.insecure ? undefined : await usualAuthorities());
  const socket = connect({
    socket: conn as unknown as Socket,
    host: name,
    ...(isIP(name) === 0 && { servername: name }),
    ...(ca !== undefined && { ca }),
    ...(options.alpn && { ALPNProtocols: [...options.alpn] }),
    rejectUnauthorized: options.trust.insecure !== true,
  });
  return settled(socket, options);
}

function settled(socket: TLSSocket, options: SecureOptions): Promise<TLSSocket> {
  const action = `TLS with ${options.host}`;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = `handshake not finished within ${options.timeoutMs / 1000} s`;
      settle(new NettkError({ code: 'TIMEOUT', action, reason }));
    }, options.timeoutMs);
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      socket.off('error', fail).off('secureConnect', settle);
      options.signal?.removeEventListener('abort', onAbort);
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.on('error', () => {}).destroy();
        reject(error);
      }
    };
    const fail = (error: unknown): void => settle(explain(error, action, options.host));
    const onAbort = (): void => settle(options.signal?.reason);
    socket.on('error', fail).on('secureConnect', settle);
    options.signal?.addEventListener('abort', onAbort);
    if (options.signal?.aborted) onAbort();
  });
}

function explain(error: unknown, action: string, host: string): NettkError {
  const certificate = explainCertificate(error, host);
  if (certificate !== undefined) {
    const hint = "--cacert FILE with its authority's certificate, or --insecure to take any";
    return new NettkError({ code: 'UNVERIFIED', action, reason: certificate, hint, cause: error });
  }
  return wrapSystemError(error, action, handshakeFacts(errorCode(error)));
}

/** OpenSSL's words for the two failures people meet. */
function handshakeFacts(code: string): Partial<ErrorFacts> {
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) return { reason: NOT_TLS };
  if (/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return { reason: 'the server only has TLS before 1.2' };
  if (/HANDSHAKE_FAILURE|NO_SHARED_CIPHER/.test(code)) return { reason: 'no cipher in common' };
  return {};
}

/** What is said where the other side answers TLS with something else. */
export const NOT_TLS = 'the port does not speak TLS';
