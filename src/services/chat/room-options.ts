/** What kind of rooms a chat has, as options: of the server, and of who hosts one. */

import type { OptionSpecs } from '../../cli/option.ts';

/** Them. */
export const ROOM_OPTIONS = {
  'half-duplex': { type: 'flag', describe: 'after one message you wait for the other; the host speaks first' },
  floor: {
    type: 'text',
    choices: ['turns', 'hold'],
    default: 'turns',
    describe: 'half-duplex: turns, or hold the floor until "over", an empty line, leaving',
  },
  'floor-timeout': { type: 'duration', default: '60s', min: 1, describe: 'how long the floor is held in silence' },
  capacity: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    placeholder: 'N',
    describe: 'members that a room takes at most (as many as come)',
  },
} as const satisfies OptionSpecs;
