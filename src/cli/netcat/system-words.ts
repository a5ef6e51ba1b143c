/** System errors in the C library's words (strerror(3)), as nc and ncat print them. */

import type { ErrorCode, NettkError } from '../../errors.ts';

const WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ECONNABORTED: 'Software caused connection abort',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  EHOSTDOWN: 'Host is down',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family for hostname not supported',
  EPIPE: 'Broken pipe',
  EMSGSIZE: 'Message too long',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
};

/** The words for a failure; where the C library has none, what was done and why it failed. */
export function systemWords(error: NettkError): string {
  return WORDS[error.code] ?? error.message;
}

/** Was a host's name not found, or its name service not reached? */
export function isLookupFailure({ code }: NettkError): boolean {
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAFNOSUPPORT';
}
