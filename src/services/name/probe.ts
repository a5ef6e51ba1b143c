/** Looks at a server as its check says: connects, asks, waits for an answer, never longer than it may. */

import { NettkError, wrapSystemError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Check } from '../../registry/instance.ts';
import { inTime } from '../../stream/in-time.ts';
import { readLines } from '../../stream/lines.ts';
import type { ServerContext } from '../service.ts';

/** The longest first line of an HTTP answer that is read, in bytes. */
const MAX_STATUS_LINE_BYTES = 1_024;

/** Runs a check; rejects with why it failed. */
export type Probe = (check: Check) => Promise<void>;

/** Makes a probe that reaches outward through this server. */
export function createProbe({ dial }: Pick<ServerContext, 'dial'>): Probe {
  return async (check) => {
    const { registration } = check.instance;
    const { kind, address = registration.address, port = registration.port } = check.spec;
    const { timeoutMs } = check;
    const begun = performance.now();
    const scheme = kind === 'udp' ? 'udp' : 'tcp';
    const conn = await dial({ scheme, host: address, port, path: '' }, { connectTimeoutMs: timeoutMs });
    if (kind === 'tcp') return void conn.destroy();
    conn.on('error', () => {});
    try {
      const left = Math.max(1, timeoutMs - (performance.now() - begun));
      await (kind === 'http' ? inTime(askHttp(conn, check), left, () => late(timeoutMs)) : askUdp(conn, check, left));
    } finally {
      conn.destroy();
    }
  };
}

async function askHttp(conn: Conn, { spec, instance }: Check): Promise<void> {
  const { address, port } = instance.registration;
  const host = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  conn.write(
    `GET ${spec.path ?? '/'} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: nettk-name\r\nConnection: close\r\n\r\n`,
  );
  for await (const line of readLines(conn, { maxLength: MAX_STATUS_LINE_BYTES })) {
    const status = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(line)?.[1];
    if (status?.startsWith('2')) return;
    throw failure(status === undefined ? 'not an answer of HTTP' : `status ${status}`);
  }
  throw failure('closed without an answer');
}

/** An answer with what is expected, or where nothing is, no refusal: silence is not death. */
function askUdp(conn: Conn, { spec, timeoutMs }: Check, leftMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(() => settle(spec.expect === undefined ? undefined : late(timeoutMs)), leftMs);
    conn.on('error', (error) => settle(wrapSystemError(error, 'check'))).on('close', () => settle(failure('closed')));
    conn.on('data', (answer: Buffer) => {
      if (spec.expect === undefined || answer.includes(spec.expect)) settle();
    });
    conn.write(Buffer.from(spec.send ?? '', 'hex'));
  });
}

function late(timeoutMs: number): NettkError {
  return failure(`no answer within ${timeoutMs / 1_000} s`);
}

function failure(reason: string): NettkError {
  return new NettkError({ code: 'NO_ANSWER', action: 'check', reason });
}
