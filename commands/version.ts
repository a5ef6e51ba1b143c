/** `nettk version`: what was built, and what it runs on. */

import { BUILD } from '../src/cli/build-info.ts';
import { defineCommand } from '../src/cli/command.ts';

/** The version, and with --json everything a bug report needs. */
export const versionCommand = defineCommand({
  name: 'version',
  summary: 'Shows the version; with --json also commit, Node, OpenSSL, undici and platform',
  examples: [
    { line: 'nettk version', does: 'shows the version', prints: /^nettk \S+\n$/ },
    { line: 'nettk version --json', does: 'shows what a bug report needs', prints: /^\{"version":.*\}\n$/ },
  ],
  async run({ json }, io) {
    const { version, commit, undici } = BUILD;
    if (!json) return io.write(`nettk ${version}\n`);
    const { node, openssl } = process.versions;
    await io.json({ version, commit, node, openssl, undici, platform: `${process.platform}-${process.arch}` });
  },
});
