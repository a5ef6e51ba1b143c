/** Options for what happens to the bytes on their way, shared by connect, listen and relay. */

import type { ShapeSettings } from '../clients/shapes.ts';
import { usageError } from '../errors.ts';
import type { Io } from './io.ts';
import type { OptionSpecs, OptionValues } from './option.ts';

/** How data is changed: for commands whose data is a person's. */
const LINE_SHAPE_OPTIONS = {
  crlf: { type: 'flag', alias: 'C', describe: 'send CRLF for every LF' },
  telnet: { type: 'flag', alias: 't', describe: 'refuse telnet options and print no telnet commands' },
  'line-delay': {
    type: 'duration',
    alias: 'd',
    min: 1,
    describe: 'wait this long after each line sent',
  },
} as const satisfies OptionSpecs;

/** How fast data goes, and where it is logged. */
export const TRAFFIC_OPTIONS = {
  rate: { type: 'size', min: 1, placeholder: 'BYTES/S', describe: 'the most bytes a second, each way' },
  output: { type: 'path', alias: 'o', placeholder: 'FILE', describe: 'log what came and went, as it is' },
  'hex-dump': { type: 'path', placeholder: 'FILE', describe: 'log a hex dump with < and > for the direction' },
  append: { type: 'flag', describe: 'add to the log files' },
} as const satisfies OptionSpecs;

/** All of them. */
export const SHAPE_OPTIONS = { ...LINE_SHAPE_OPTIONS, ...TRAFFIC_OPTIONS } as const satisfies OptionSpecs;

/** Their values; a command may have the second group alone. */
export type ShapeValues = OptionValues<typeof TRAFFIC_OPTIONS> & Partial<OptionValues<typeof LINE_SHAPE_OPTIONS>>;

/**
 * What the options ask for; -vv shows the wire on standard error.
 *
 * @returns undefined where nothing is asked for
 * @throws NettkError `USAGE` for --append without a file, and for one file that would be both logs
 */
export function shapeSettings(args: ShapeValues & { readonly verbose: number }, io: Io): ShapeSettings | undefined {
  const { crlf, telnet, lineDelay: lineDelayMs, rate, output, hexDump, append } = args;
  if (append && output === undefined && hexDump === undefined) {
    throw usageError('option --append', 'there is no log file', '--output FILE or --hex-dump FILE');
  }
  if (output !== undefined && output === hexDump) {
    throw usageError('options --output and --hex-dump', `both write ${output}`);
  }
  const wire = args.verbose > 1 ? io.stderr : undefined;
  const asked = [crlf, telnet, lineDelayMs, rate, output, hexDump, wire].some((one) => one);
  if (!asked) return undefined;
  const stdout = output === '-' || hexDump === '-' ? io.stdout : undefined;
  return { crlf, telnet, lineDelayMs, rate, output, hexDump, append, wire, stdout };
}
