/** The flags, defaults and words of OpenBSD's nc over connect and listen. */

import { defineCommand } from '../src/cli/command.ts';
import { NC_OPTIONS } from '../src/cli/netcat/nc-options.ts';

/** The `nc` command; the program called by that name is it too. */
export const ncCommand = defineCommand({
  name: 'nc',
  summary: "Takes the flags of OpenBSD's nc: connects, or with -l listens",
  details:
    'The flags, defaults, messages and exit statuses are those of nc_openbsd(1), for scripts written for it; `ln -s nettk nc` ' +
    'makes it its own program. Better than there: the end of the peer ends it whether standard input is open or not, -q works, ' +
    'a reset is a failure, and -k serves clients side by side.',
  positionals: {
    words: { type: 'text', variadic: true, placeholder: 'HOST PORT', describe: 'where to; with -l where to listen' },
  },
  options: NC_OPTIONS,
  async refuse(error) {
    const { ncRefusal } = await import('../src/cli/netcat/nc-voice.ts');
    return ncRefusal(error);
  },
  examples: [
    {
      line: 'echo hello | nettk nc -N 127.0.0.1 7007',
      does: 'send a line, print the answer',
      servers: { 7007: 'echo-server' },
      prints: /^hello\n$/,
    },
    { line: 'nettk nc -zv 127.0.0.1 7007', does: 'is the port open?', servers: { 7007: 'echo-server' } },
  ],
  async run(args, io) {
    const { ncListenTarget, ncTargets } = await import('../src/cli/netcat/nc-target.ts');
    const { ncConnect, ncListen } = await import('../src/cli/netcat/nc-settings.ts');
    if (args.listen) {
      const { listenAndTalk } = await import('../src/cli/netcat/listen.ts');
      return listenAndTalk(ncListen(ncListenTarget(args.words, args), args, io), io);
    }
    const { connectAndTalk } = await import('../src/cli/netcat/connect.ts');
    return connectAndTalk(await ncConnect(ncTargets(args.words, args), args, io), io);
  },
});
