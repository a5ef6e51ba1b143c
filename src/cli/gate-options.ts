/** The options of every listener that say who may connect, and the gate they add up to. */

import type { LiveGate } from '../net/gate.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import { named } from './values.ts';

/** Shared by servers and `listen`. */
export const GATE_OPTIONS = {
  allow: {
    type: 'list',
    placeholder: 'RULE,…',
    describe: 'let only these in: 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.20, 10.0.0.1-20, a host name',
  },
  deny: { type: 'list', placeholder: 'RULE,…', describe: 'keep these out; wins over --allow' },
  'allow-file': {
    type: 'list',
    placeholder: 'FILE',
    describe: 'rules to allow, a line each; read again when the file changes',
  },
  'deny-file': {
    type: 'list',
    placeholder: 'FILE',
    describe: 'rules to deny, a line each; read again when the file changes',
  },
  'max-per-source': {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'connections at once from one address, or one /64 of IPv6',
  },
} as const satisfies OptionSpecs;

/** Their values. */
export type GateValues = OptionValues<typeof GATE_OPTIONS>;

/**
 * Opens the gate that the options ask for; what happens to its files becomes a note.
 *
 * @returns nothing where no option asks for a gate; close it when the listeners are closed
 * @throws NettkError: a rule, file or name that is no use
 */
export async function openGateOf(args: GateValues, io: Pick<Io, 'note'>): Promise<LiveGate | undefined> {
  const { allow, deny, allowFile, denyFile, maxPerSource } = args;
  const rules = [allow, deny, allowFile, denyFile].flat();
  if (rules.length === 0 && maxPerSource === undefined) return undefined;
  const { readRules } = await import('../net/gate-rule.ts');
  for (const text of allow) named('option --allow', readRules, text);
  for (const text of deny) named('option --deny', readRules, text);
  const { openGate } = await import('../net/gate.ts');
  const { printable } = await import('../stream/printable.ts');
  return openGate({
    allow,
    deny,
    allowFiles: allowFile,
    denyFiles: denyFile,
    maxPerSource,
    onNote: (line) => io.note(printable(line)),
  });
}
