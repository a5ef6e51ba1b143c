/** The services, a line each: from this list come the server commands, the docs and the conformance suite. */

import { chargen } from './chargen.ts';
import { chat } from './chat.ts';
import { command } from './command.ts';
import { daytime } from './daytime.ts';
import { discard } from './discard.ts';
import { echo } from './echo.ts';
import { name } from './name.ts';
import { qotd } from './qotd.ts';
import type { Service } from './service.ts';
import { sleep } from './sleep.ts';
import { time } from './time.ts';
import { timestamp } from './timestamp.ts';

/** Every service there is. */
export const services: readonly Service[] = [
  echo,
  discard,
  chargen,
  daytime,
  time,
  qotd,
  timestamp,
  sleep,
  command,
  chat,
  name,
];
