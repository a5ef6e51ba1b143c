/** ncat's flags, defaults and words over connect and listen. */

import { defineCommand } from '../src/cli/command.ts';
import { NCAT_OPTIONS } from '../src/cli/netcat/ncat-options.ts';

/** The `ncat` command; the program called by that name is it too. */
export const ncatCommand = defineCommand({
  name: 'ncat',
  summary: 'Takes the flags of ncat: connects, or with -l listens',
  details:
    "The flags, defaults, messages and exit statuses are ncat's (7.9x), for scripts written for it; `ln -s nettk ncat` makes it " +
    'its own program. Two things are better: over UDP an answer is waited for, and -q ends in order. Without --ssl-verify a ' +
    'certificate is not looked at, as with ncat: connect --tls verifies.',
  positionals: {
    words: { type: 'text', variadic: true, placeholder: 'HOST PORT', describe: 'where to; with -l where to listen' },
  },
  options: NCAT_OPTIONS,
  async refuse(error) {
    const { ncatRefusal } = await import('../src/cli/netcat/ncat-voice.ts');
    return ncatRefusal(error);
  },
  examples: [
    {
      line: 'echo hello | nettk ncat 127.0.0.1 7007',
      does: 'send a line, print the answer',
      servers: { 7007: 'echo-server' },
      prints: /^hello\n$/,
    },
    { line: 'nettk ncat -z 127.0.0.1 7007', does: 'is the port open?', servers: { 7007: 'echo-server' } },
  ],
  async run(args, io) {
    // As with ncat, a broker listens.
    if (args.listen || args.broker || args.chat) {
      const { ncatListen } = await import('../src/cli/netcat/ncat-settings.ts');
      const { listenAndTalk } = await import('../src/cli/netcat/listen.ts');
      return listenAndTalk(await ncatListen(args.words, args, io), io);
    }
    const { ncatConnect } = await import('../src/cli/netcat/ncat-settings.ts');
    const { connectAndTalk } = await import('../src/cli/netcat/connect.ts');
    return connectAndTalk(await ncatConnect(args.words, args, io), io);
  },
});
