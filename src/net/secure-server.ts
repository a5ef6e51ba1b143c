/** Lays TLS over accepted connections, as a server (RFC 8446). */

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { errorCode, NettkError } from '../errors.ts';
import { reset } from '../stream/join.ts';
import type { Conn } from './conn.ts';
import { checkIdentity, type Identity } from './identity.ts';
import { fingerprintOf, isPinned } from './pins.ts';
import { isEnding } from './sure-reset.ts';
import { failInWords } from './tls-alerts.ts';
import { nodeSettings, settingUp, type TlsSettings } from './tls-settings.ts';
import { explainCertificate } from './trust.ts';

/**
 * How TLS is spoken as a server. Without an identity it shows a throw-away certificate, one for the process. With `ca`,
 * clients must show a certificate that it issued; with `pins`, one of those.
 */
export type TlsServerOptions = TlsSettings;

/** The certificate that a server shows. */
export interface ServerCertificate {
  /** `sha256:` and 64 hexadecimal digits, which clients can pin. */
  readonly fingerprint: string;
  /** Made for this run. */
  readonly isThrowaway: boolean;
}

/** How one handshake runs. */
export interface HandshakeOptions {
  /** Ends it, with its reason. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** TLS for the connections of one endpoint. */
export interface Securer {
  readonly certificate: ServerCertificate;
  /**
   * Runs the handshake; the caller destroys the connection where it fails.
   *
   * @throws NettkError with one of few reasons, in our words; the signal's reason
   */
  secure(conn: Conn, options: HandshakeOptions): Promise<TLSSocket>;
}

/**
 * TLS 1.2 with forward secrecy and authenticated ciphers only, and all of TLS 1.3 (RFC 9325): what is left when all is
 * gone that scanners complain about.
 */
const SERVER_CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * Prepares TLS for an endpoint.
 *
 * @param host the address it listens on, which a throw-away certificate names
 * @throws NettkError `USAGE` where certificate, key, ciphers … cannot work
 */
export async function openSecurer(options: TlsServerOptions, host: string): Promise<Securer> {
  const { createServer } = await import('node:tls');
  const { constants } = await import('node:crypto');
  const identity = options.identity ?? (await throwawayIdentity(host));
  const own = checkIdentity(identity);
  const server = settingUp(() =>
    createServer({
      ...nodeSettings({ ciphers: SERVER_CIPHERS, ...options, identity }),
      honorCipherOrder: true,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      requestCert: options.ca !== undefined || options.pins !== undefined,
      rejectUnauthorized: options.pins === undefined,
      ...(options.ca !== undefined && { ca: options.ca }),
    }),
  );
  const handshakes = new WeakMap<object, Handshake>();
  server.on('secureConnection', (socket) => handshakes.get(rawOf(socket))?.done(socket));
  server.on('tlsClientError', (error, socket) => handshakes.get(rawOf(socket))?.failed(error, socket));
  return {
    certificate: { fingerprint: fingerprintOf(own.raw), isThrowaway: options.identity === undefined },
    secure(conn, limits) {
      const handshake = new Handshake(conn, options, limits);
      handshakes.set(conn, handshake);
      // Who ends in the middle of a handshake is gone; half-close begins after it.
      conn.allowHalfOpen = false;
      conn.destroy = handshake.destroy;
      // A tls.Server takes connections that others have accepted (node:tls, event 'connection').
      server.emit('connection', conn as unknown as Socket);
      return handshake.over;
    },
  };
}

/** The connection below a TLS socket; Node keeps it, but names it nowhere in its documentation. */
function rawOf(socket: TLSSocket): object {
  return (socket as TLSSocket & { readonly _parent: object })._parent;
}

let throwaway: { readonly identity: Identity; readonly host: string } | undefined;

/** One for all endpoints with the same address, so that a person has one fingerprint to compare. */
async function throwawayIdentity(host: string): Promise<Identity> {
  if (throwaway?.host === host) return throwaway.identity;
  const { makeThrowawayCertificate } = await import('../host/throwaway-certificate.ts');
  const { isIP } = await import('node:net');
  const loopback = ['127.0.0.1', '::1'];
  const address = host.replace(/%.*$/, '');
  const identity = await makeThrowawayCertificate(isIP(address) === 0 ? loopback : [...loopback, address]);
  throwaway = { identity, host };
  return identity;
}

/** One client's handshake. */
class Handshake {
  readonly #outcome = Promise.withResolvers<TLSSocket>();
  readonly #conn: Conn;
  readonly #pins: readonly string[] | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal;
  readonly #plainDestroy: Conn['destroy'];
  /** OpenSSL has told what is wrong, and the client too. */
  #isTold = false;

  constructor(conn: Conn, { pins }: TlsServerOptions, { signal, timeoutMs }: HandshakeOptions) {
    this.#conn = conn;
    this.#pins = pins;
    this.#signal = signal;
    this.#plainDestroy = conn.destroy;
    const late = `not finished within ${timeoutMs / 1_000} s`;
    this.#timer = setTimeout(() => this.#refuse(late, 'TIMEOUT'), timeoutMs);
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /**
   * Takes the place of the connection's own method during the handshake. Node ends a client whose certificate is refused
   * as if all were well; a reset tells it that nothing is.
   */
  readonly destroy = (error?: Error): Conn => {
    this.#settle();
    if (!this.#isTold) reset(this.#conn);
    return this.#conn.destroy(error) as Conn;
  };

  get over(): Promise<TLSSocket> {
    return this.#outcome.promise;
  }

  done(socket: TLSSocket): void {
    const shown = this.#pins && socket.getPeerX509Certificate();
    if (this.#pins && !(shown && isPinned(shown.raw, this.#pins))) {
      const reason = shown ? 'the certificate of the client is not pinned' : NO_CERTIFICATE;
      this.#refuse(reason, 'UNVERIFIED');
      reset(this.#conn);
      return;
    }
    this.#settle();
    failInWords(socket, 'TLS');
    this.#conn.allowHalfOpen = true;
    socket.allowHalfOpen = true;
    // Only the socket below can send a reset, which is what breaking off looks like to the peer.
    socket.resetAndDestroy = () => {
      if (!isEnding(socket)) (this.#conn as Conn & Partial<Pick<Socket, 'resetAndDestroy'>>).resetAndDestroy?.();
      return socket.destroy();
    };
    this.#outcome.resolve(socket);
  }

  failed(error: Error, socket: TLSSocket): void {
    this.#isTold = true;
    const verdict = socket.authorizationError as unknown as string | undefined;
    const shown = verdict ? socket.getPeerX509Certificate() : undefined;
    const about = verdict ? explainCertificate({ code: verdict }, shown, 'clients') : undefined;
    if (about !== undefined)
      this.#refuse(about.replace(/\bits certificate/, "the client's certificate"), 'UNVERIFIED', error);
    else this.#refuse(handshakeReason(error), 'PROTOCOL', error);
  }

  readonly #onAbort = (): void => {
    this.#settle();
    this.#outcome.reject(this.#signal.reason);
  };

  #refuse(reason: string, code: 'PROTOCOL' | 'TIMEOUT' | 'UNVERIFIED', cause?: unknown): void {
    this.#settle();
    this.#outcome.reject(new NettkError({ code, action: 'TLS handshake', reason, cause }));
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#conn.destroy = this.#plainDestroy;
  }
}

const NO_CERTIFICATE = 'the client showed no certificate';

/** OpenSSL's codes in people's words. The words are ours, and few: a refusal is counted by them. */
function handshakeReason(error: unknown): string {
  const code = errorCode(error);
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? `broken (${code || 'no code'})`;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNRESET$|^EPIPE$/, 'the client left, perhaps for lack of trust in our certificate'],
  [/HTTP_REQUEST/, 'the client speaks plain HTTP'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD_TOO_SMALL|UNEXPECTED_MESSAGE/, 'the client does not speak TLS'],
  [/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/, 'no TLS version in common'],
  [/NO_SHARED_CIPHER|NO_SUITABLE|HANDSHAKE_FAILURE/, 'no cipher in common'],
  [/NO_APPLICATION_PROTOCOL/, 'no application protocol in common'],
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE/, NO_CERTIFICATE],
  [/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_)/, 'the client does not trust our certificate'],
];
