/** Lays TLS over an open connection, as a client (RFC 8446): nobody is trusted without a reason. */

import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { NettkError } from '../errors.ts';
import { checkNames } from './certificate-names.ts';
import type { Conn } from './conn.ts';
import { fingerprintOf, isPinned } from './pins.ts';
import { isEnding } from './sure-reset.ts';
import { failInWords, tlsFailure } from './tls-alerts.ts';
import { nodeSettings, settingUp, type TlsSettings } from './tls-settings.ts';
import { explainCertificate, usualAuthorities } from './trust.ts';

/** How TLS is spoken as a client. `pins` take the place of every other check. */
export interface TlsClientOptions extends TlsSettings {
  /** The name asked for (SNI), which the certificate must be for, in place of the host connected to. */
  readonly name?: string | undefined;
  /** Takes any certificate. */
  readonly insecure?: boolean | undefined;
  /** Milliseconds for the handshake; 10,000 by default. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** With whom TLS is started. */
export interface SecureOptions extends TlsClientOptions {
  /** Whom the certificate must name, and who it is asked for (SNI), where no `name` is given. */
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
  /** What to try where a certificate is refused; it may have been seen. */
  hint?(fingerprint: string | undefined): string;
}

/** How long the handshake may take by default, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Runs the TLS handshake. The certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says; only pins and
 * `insecure` change that. Half-close works: the peer's close_notify is its end, and ours leaves its way open. A TCP end
 * without close_notify cannot be told from one with it. Destroys the connection when it fails.
 *
 * @throws NettkError `UNVERIFIED` with the reason in words; `TIMEOUT`; `PROTOCOL` where the port does not speak TLS
 */
export async function secure(conn: Conn, options: SecureOptions): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  const { isIP } = await import('node:net');
  const name = (options.name ?? options.host).replace(/\.$/, '').replace(/%.*$/, '');
  const isJudged = !options.insecure && !options.pins;
  const ca = options.ca ?? (isJudged ? await usualAuthorities() : undefined);
  options.signal?.throwIfAborted();
  const socket = settingUp(() =>
    connect({
      ...nodeSettings(options),
      socket: conn as unknown as Socket,
      host: name,
      ...(isIP(name) === 0 && { servername: name }),
      ...(ca !== undefined && { ca }),
      rejectUnauthorized: isJudged,
      checkServerIdentity: (host, certificate) => checkNames(host, certificate.raw),
    }),
  );
  // Only the TCP socket below can send a reset, which is what breaking off looks like to the peer.
  socket.resetAndDestroy = () => {
    if (!isEnding(socket)) (conn as Conn & Partial<Pick<Socket, 'resetAndDestroy'>>).resetAndDestroy?.();
    return socket.destroy();
  };
  await settled(socket, name, options);
  failInWords(socket, `TLS with ${name}`);
  return socket;
}

function settled(socket: TLSSocket, name: string, options: SecureOptions): Promise<void> {
  const action = `TLS with ${name}`;
  const timeoutMs = options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS;
  let seen: X509Certificate | undefined;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = `handshake not finished within ${timeoutMs / 1000} s`;
      settle(new NettkError({ code: 'TIMEOUT', action, reason }));
    }, timeoutMs);
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      socket.off('error', fail).off('secureConnect', onSecure).off('secure', onShown);
      options.signal?.removeEventListener('abort', onAbort);
      if (error === undefined) {
        resolve();
      } else {
        socket.on('error', () => {}).destroy();
        reject(error);
      }
    };
    const fail = (error: unknown): void => settle(explain(error, action, options, seen));
    // A refused certificate is gone by the time its error comes.
    const onShown = (): void => {
      seen = socket.getPeerX509Certificate();
    };
    const onSecure = (): void => {
      const isRight = !options.pins || (seen !== undefined && isPinned(seen.raw, options.pins));
      settle(isRight ? undefined : otherCertificate(action, seen));
    };
    const onAbort = (): void => settle(options.signal?.reason);
    socket.prependListener('secure', onShown).on('error', fail).on('secureConnect', onSecure);
    options.signal?.addEventListener('abort', onAbort);
    if (options.signal?.aborted) onAbort();
  });
}

function explain(
  error: unknown,
  action: string,
  options: SecureOptions,
  seen: X509Certificate | undefined,
): NettkError {
  const reason = explainCertificate(error, seen);
  if (reason !== undefined) {
    const hint = (options.hint ?? trustHint)(seen && fingerprintOf(seen.raw));
    return new NettkError({ code: 'UNVERIFIED', action, reason, hint, cause: error });
  }
  return tlsFailure(error, action);
}

function trustHint(fingerprint: string | undefined): string {
  const pin = fingerprint === undefined ? '' : `--pin ${fingerprint} where you know that it is theirs, `;
  return `${pin}--ca FILE with its authority's certificate, or --insecure to take any`;
}

function otherCertificate(action: string, seen: X509Certificate | undefined): NettkError {
  const shown = seen ? fingerprintOf(seen.raw) : 'none';
  const hint = 'that --pin only where you know that it is theirs';
  return new NettkError({
    code: 'UNVERIFIED',
    action,
    reason: `its certificate is ${shown}, which is not pinned`,
    hint,
  });
}
