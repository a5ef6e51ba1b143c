/** OpenSSL's codes for what the other side refuses or breaks, in people's words (alerts: RFC 8446, section 6). */

import type { TLSSocket } from 'node:tls';
import { errorCode, type NettkError, wrapSystemError } from '../errors.ts';

/** What is said where the other side answers TLS with something else. */
export const NOT_TLS = 'the port does not speak TLS';

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/, NOT_TLS],
  [/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'no TLS version in common: the server only has older or newer ones'],
  [/HANDSHAKE_FAILURE|NO_SHARED_CIPHER/, 'no cipher in common'],
  [/NO_APPLICATION_PROTOCOL/, 'none of the application protocols offered (ALPN) is served'],
  [/UNRECOGNIZED_NAME/, 'the server does not know the name asked for (SNI)'],
  [/CERTIFICATE_REQUIRED/, 'the other side wants a certificate of ours'],
  [/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_)/, 'the other side does not take our certificate'],
  [/BAD_RECORD_MAC|DECRYPT/, 'what came cannot be deciphered'],
];

/** An error of TLS, in words where it has some. */
export function tlsFailure(error: unknown, action: string): NettkError {
  const code = errorCode(error);
  if (code === 'ECONNRESET') return wrapSystemError(error, action, { reason: 'closed during the handshake' });
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1];
  return wrapSystemError(error, action, reason === undefined ? {} : { code: 'PROTOCOL', reason });
}

/**
 * Makes a connection whose handshake is done fail in people's words too, and be over then: with TLS 1.3 a server that does
 * not take our certificate says so only after it.
 */
export function failInWords(socket: TLSSocket, action: string): void {
  // Node emits such an error from here, in OpenSSL's words, and leaves the socket open (lib/_tls_wrap.js).
  Object.assign(socket, {
    _emitTLSError: (error: unknown) =>
      socket.destroy(errorCode(error).startsWith('ERR_SSL_') ? tlsFailure(error, action) : (error as Error)),
  });
}
