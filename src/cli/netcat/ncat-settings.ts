/** What ncat's flags mean: its options become the settings of a netcat run. */

import type { EndPolicy } from '../../clients/converse.ts';
import { usageError } from '../../errors.ts';
import type { DialOptions } from '../../net/dial.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { CommonValues } from '../command.ts';
import { openGateOf } from '../gate-options.ts';
import type { Io } from '../io.ts';
import { netcatFamily } from '../netcat-options.ts';
import type { NcatValues } from './ncat-options.ts';
import { ncatListenTarget, ncatTarget } from './ncat-target.ts';
import { ncatVoice } from './ncat-voice.ts';
import type { ConnectSettings, ListenSettings, NetcatSettings, ProgramChoice } from './settings.ts';

/** UDP has no end: after the input's, this much silence is one, in milliseconds. */
const UDP_SILENCE_MS = 1_000;
/** How long `-z` waits for an answer over UDP, in milliseconds, as ncat does. */
const PROBE_WAIT_MS = 2_000;
/** How long clients may finish after the first signal, in milliseconds. */
const GRACE_MS = 5_000;

type Values = NcatValues & CommonValues;

/** What `ncat HOST PORT` does. @throws NettkError `USAGE` */
export async function ncatConnect(words: readonly string[], args: Values, io: Io): Promise<ConnectSettings> {
  checkConnect(args);
  const endpoint = await ncatTarget(words, args);
  return {
    ...(await shared(args, io)),
    endpoints: [endpoint],
    dial: {
      tls: await tlsOf(args, endpoint),
      connectTimeoutMs: args.wait,
      family: netcatFamily(args),
      localAddress: args.source,
      localPort: await portOf(args),
    },
    retries: 0,
    zero: args.zero ? { datagramWaitMs: PROBE_WAIT_MS } : undefined,
  };
}

/** What `ncat -l` does. @throws NettkError `USAGE` */
export async function ncatListen(words: readonly string[], args: Values, io: Io): Promise<ListenSettings> {
  if (args.zero) throw usageError('option -z', 'goes with connecting only');
  const endpoint = await ncatListenTarget(words, args);
  return {
    ...(await shared(args, io)),
    endpoints: [endpoint],
    listen: {
      maxConnections: args.maxConns,
      gate: await gateOf(args, io),
      tls: await tlsServerOf(args, endpoint),
    },
    keepOpen: args.keepOpen || args.broker || args.chat,
    // ncat's broker prints nothing; a chat's operator has asked for it (nmap#1794).
    broker: args.broker || args.chat ? { chat: args.chat, prints: args.chat } : undefined,
    graceMs: GRACE_MS,
  };
}

async function shared(args: Values, io: Io): Promise<NetcatSettings> {
  checkPairs(args);
  return {
    shapes: shapesOf(args, io),
    voice: ncatVoice({ verbose: args.verbose, idleMs: args.idleTimeout, zero: args.zero }, io),
    policy: policyOf(args),
    rawOutput: true,
    program: await programOfArgs(args),
  };
}

/** Any of ncat's TLS options asks for TLS. */
function wantsTls(args: Values): boolean {
  const { sslCert, sslKey, sslVerify, sslTrustfile, sslCiphers, sslServername, sslAlpn } = args;
  const named = [sslCert, sslKey, sslTrustfile, sslCiphers, sslServername, sslAlpn];
  return args.ssl || sslVerify || named.some((one) => one !== undefined);
}

/** Without --ssl-verify ncat takes any certificate. */
async function tlsOf(args: Values, endpoint: Endpoint): Promise<DialOptions['tls']> {
  if (!wantsTls(args)) return undefined;
  const { tlsClientOptions } = await import('../tls-options.ts');
  const { sslCert: cert, sslKey: key, sslCiphers: ciphers, sslServername: sni, sslAlpn: alpn } = args;
  const ca = args.sslVerify && args.sslTrustfile !== undefined ? [args.sslTrustfile] : [];
  const trust = { ca, insecure: !args.sslVerify };
  return tlsClientOptions({ tls: true, cert, key, ciphers, sni, alpn, ...trust }, endpoint, { note: () => {} });
}

async function tlsServerOf(args: Values, endpoint: Endpoint): Promise<ListenSettings['listen']['tls']> {
  if (!wantsTls(args)) return undefined;
  const { tlsServerOptions } = await import('../tls-options.ts');
  const { sslCert: cert, sslKey: key, sslCiphers: ciphers, sslAlpn: alpn } = args;
  return tlsServerOptions({ tls: true, cert, key, ciphers, alpn }, [endpoint]);
}

/** ncat's exit status tells of the connection only, and its variables begin with its own name. */
async function programOfArgs({ exec, shExec }: Values): Promise<ProgramChoice | undefined> {
  if (exec === undefined && shExec === undefined) return undefined;
  const { programOf, shellCommandOf } = await import('../../clients/program-host.ts');
  const command = exec === undefined ? shellCommandOf(shExec ?? '') : programOf(exec);
  return { command, prefixes: ['NCAT'], forgetsStatus: true };
}

function shapesOf(args: Values, io: Io): NetcatSettings['shapes'] {
  const { crlf, telnet, delay: lineDelayMs, output, hexDump, appendOutput: append } = args;
  const isPlain = !crlf && !telnet && !lineDelayMs && output === undefined && hexDump === undefined;
  if (isPlain) return undefined;
  return { crlf, telnet, lineDelayMs: lineDelayMs || undefined, output, hexDump, append, stdout: io.stdout };
}

/** ncat's rules are checked as its code does: a denied host stays out, allowed or not. */
async function gateOf(args: Values, io: Io): Promise<ListenSettings['listen']['gate']> {
  const fileOf = (path: string | undefined): string[] => (path === undefined ? [] : [path]);
  const { allow, deny, allowfile, denyfile } = args;
  const files = { allowFile: fileOf(allowfile), denyFile: fileOf(denyfile) };
  return openGateOf({ allow, deny, ...files, maxPerSource: undefined }, io);
}

/** Two of ncat's own defaults lose data, and are not kept: it leaves UDP before the answer, and `-q` fails. */
function policyOf(args: Values): EndPolicy {
  const afterEof = args.quitAfter === undefined ? undefined : ({ ms: args.quitAfter, exit: 0 } as const);
  const silence = args.listen || args.sendOnly ? undefined : ({ ms: UDP_SILENCE_MS, exit: 0 } as const);
  return {
    afterEof,
    silenceAfterEof: afterEof ?? silence,
    idle: args.idleTimeout === undefined ? undefined : { ms: args.idleTimeout, exit: 1 },
    sendOnly: args.sendOnly,
    recvOnly: args.recvOnly,
    noShutdown: args.noShutdown,
  };
}

function checkPairs(args: Values): void {
  const pairs = [
    ['--send-only', args.sendOnly, '--recv-only', args.recvOnly],
    ['-4', args.ipv4, '-6', args.ipv6],
    ['-U', args.unixsock, '-4', args.ipv4],
    ['-U', args.unixsock, '-6', args.ipv6],
    ['-U', args.unixsock, '-u', args.udp],
    ['-U', args.unixsock, '-p', args.sourcePort !== undefined],
    ['--exec', args.exec !== undefined, '--sh-exec', args.shExec !== undefined],
    ['--ssl', wantsTls(args), '--udp', args.udp],
    ['--broker', args.broker || args.chat, '--exec', (args.exec ?? args.shExec) !== undefined],
  ] as const;
  for (const [one, hasOne, other, hasOther] of pairs) {
    if (hasOne && hasOther) throw usageError(`options ${one} and ${other}`, 'do not go together');
  }
}

function checkConnect(args: Values): void {
  const listenOnly = ['keepOpen', 'broker', 'chat', 'allowfile', 'denyfile'] as const;
  for (const name of listenOnly) {
    if (args[name]) throw usageError(`option --${name === 'keepOpen' ? 'keep-open' : name}`, 'goes with --listen only');
  }
  if (args.allow.length > 0) throw usageError('option --allow', 'goes with --listen only');
  if (args.deny.length > 0) throw usageError('option --deny', 'goes with --listen only');
}

async function portOf(args: Values): Promise<number | undefined> {
  if (args.sourcePort === undefined) return undefined;
  const { parsePort } = await import('../../net/ports.ts');
  return parsePort(args.sourcePort, args.udp ? 'udp' : 'tcp');
}
