/** The clients that send messages and print answers: prompts for a person, a filter in a pipe. */

import { usageError } from '../errors.ts';
import type { Conn } from '../net/conn.ts';
import { OUTPUT_OPTIONS, TIMEOUT_OPTION, VIA_OPTION, WAY_OPTIONS } from './client-options.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues, PositionalSpecs } from './option.ts';
import { answerText, terminalGuard, writeAnswer } from './peer-output.ts';
import { promptLines } from './prompt.ts';
import { reach } from './reach.ts';
import { TLS_TRUST_OPTIONS, type TlsClientValues } from './tls-options.ts';

/** What a talking client is given. */
export const TALK_POSITIONALS = {
  host: { type: 'text', describe: 'the server, HOST or HOST:PORT; 127.0.0.1 where left out' },
  port: { type: 'text', describe: "port or service name; the service's own where left out" },
} as const satisfies PositionalSpecs;

const WAYS = { ...WAY_OPTIONS, ...VIA_OPTION, ...TIMEOUT_OPTION, ...OUTPUT_OPTIONS } as const satisfies OptionSpecs;
/** Its options. */
export const TALK_OPTIONS = { ...WAYS, ...TLS_TRUST_OPTIONS } as const satisfies OptionSpecs;

/** Their values, and `--reconnect` where the client has it. */
export type TalkValues = OptionValues<typeof TALK_POSITIONALS> &
  OptionValues<typeof WAYS> &
  TlsClientValues &
  CommonValues & { readonly reconnect?: boolean };

/** The service talked to. */
export interface TalkService {
  readonly name: string;
  readonly port: number;
}

/** Talks until the input ends. */
export async function talk(args: TalkValues, io: Io, service: TalkService): Promise<void> {
  const defaults = { host: '127.0.0.1', service: service.name, port: service.port, scheme: 'tcp' } as const;
  const found = await reach(args, defaults, io);
  const [{ endpoint }] = found.targets;
  if (args.reconnect && endpoint.scheme === 'udp') throw usageError('option --reconnect', 'UDP has no connections');
  const byMessage = io.stdinIsTty || args.json || args.reconnect || endpoint.scheme === 'udp';
  const limits = { connectTimeoutMs: args.timeout, signal: io.signal };
  const { dial } = await import('../net/dial.ts');
  const open = (): Promise<Conn> => found.first((target) => dial(target.endpoint, { ...limits, tls: target.tls }));
  await (byMessage ? talkByMessage(open, args, io) : filter(open, args, io));
}

/** A pipe's bytes go through as they are, both ways at once; only a terminal gets them escaped. */
async function filter(dial: () => Promise<Conn>, args: TalkValues, io: Io): Promise<void> {
  const { converse } = await import('../clients/converse.ts');
  const conn = await dial();
  const output = terminalGuard(io, io.stdout, args.rawOutput);
  await converse(conn, { input: io.stdin, output, signal: io.signal });
}

async function talkByMessage(dial: () => Promise<Conn>, args: TalkValues, io: Io): Promise<void> {
  const { Dialogue } = await import('../clients/dialogue.ts');
  const open = async () => {
    const conn = await dial();
    conn.on('error', () => {});
    return { conn, dialogue: new Dialogue(conn, args.timeout, io.signal) };
  };
  let line = await open();
  let used = false;
  try {
    for await (const message of promptLines(io)) {
      if (args.reconnect && used) {
        line.conn.destroy();
        line = await open();
      }
      used = true;
      const answer = await line.dialogue.ask(message);
      if (args.json) await io.json({ answer: answerText(answer) });
      else await writeAnswer(io, answer, args.rawOutput);
    }
  } finally {
    line.conn.destroy();
  }
}
