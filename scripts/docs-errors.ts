/** Makes docs/errors.md of the table of errors. */

import { join } from 'node:path';
import { type Blame, ERRORS, EXIT_STATUS } from '../src/errors.ts';

/** Where the page stands. */
export const ERRORS_PAGE = join(import.meta.dirname, '../docs/errors.md');

const BLAMED: Readonly<Record<Blame, string>> = {
  them: 'the peer, the network or this machine',
  you: 'what was typed, or what it may do',
  us: 'a bug in nettk: the stack is on standard error, please report it',
  deadline: 'a deadline that was asked for',
};

const INTRO = `# Errors

Made from \`src/errors.ts\` by \`npm run docs\`; a test holds it up to date.

An expected failure is one line on standard error, \`nettk: WHAT WAS DONE: REASON (CODE)\`, and in the library a \`NettkError\` with
\`code\`, \`action\`, \`blame\`, \`exit\`, \`hint\` and \`cause\`. The codes that start with \`E\` are the system's own; a \`NettkError\` may
carry a reason of its own in place of the text, and a few calls know better whose fault it is.

## Exit statuses

| exit | because of |
|---|---|
`;

/** Every exit status and what it is because of, but for those of `web`. */
export function exitStatuses(): [status: string, because: string][] {
  return [
    ['0', 'nothing: it worked; also a server that finished its sessions after ^C or SIGTERM'],
    ...(Object.keys(BLAMED) as Blame[]).map((blame): [string, string] => [String(EXIT_STATUS[blame]), BLAMED[blame]]),
    ['141', 'the reader of standard output, who left'],
    ['128 + n', 'signal n, which ended a client; for a server, its second signal'],
  ];
}

/** The page. */
export function errorsPage(): string {
  const statuses = exitStatuses().map(([status, because]) => `| ${status} | ${because} |\n`);
  const codes = Object.entries(ERRORS).map(
    ([code, { blame, text }]) => `| \`${code}\` | ${text} | ${EXIT_STATUS[blame]} |\n`,
  );
  return [
    INTRO,
    ...statuses,
    "\n`nettk web` uses curl's numbers in place of 1; its `--help` lists them.\n",
    '\n## Codes\n\n| code | text | exit |\n|---|---|---|\n',
    ...codes,
  ].join('');
}
