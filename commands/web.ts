/** The careful downloader: fetches a document, and writes a file only when all of it is there. */

import { BUILD } from '../src/cli/build-info.ts';
import { OUTPUT_OPTIONS } from '../src/cli/client-options.ts';
import { type CommonValues, defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import type { OptionSpecs, OptionValues } from '../src/cli/option.ts';
import { writePeerData } from '../src/cli/peer-output.ts';
import { TransferDisplay } from '../src/cli/transfer-display.ts';
import type { FetchOptions } from '../src/clients/fetch.ts';
import type { BodySink } from '../src/clients/receive-body.ts';
import { usageError } from '../src/errors.ts';
import type { HttpResponse } from '../src/net/http.ts';
import type { WebUrl } from '../src/net/web-url.ts';
import { printableJson } from '../src/stream/printable.ts';

const OPTIONS = {
  output: {
    type: 'path',
    alias: 'o',
    placeholder: 'FILE',
    describe: 'write to this file, only when all of it is there',
  },
  'remote-name': { type: 'flag', alias: 'O', describe: "write to a file named as the URL's last part" },
  raw: { type: 'flag', describe: 'send one bare line "GET /path" and take every byte that comes' },
  header: { type: 'list', alias: 'H', placeholder: "'NAME: VALUE'", describe: 'send this header field' },
  'user-agent': { type: 'text', alias: 'A', placeholder: 'NAME', describe: 'who we say we are' },
  include: { type: 'flag', alias: 'i', describe: "write the answer's head before the document" },
  sha256: { type: 'text', placeholder: 'HEX', describe: 'the SHA-256 the document must have' },
  'max-size': { type: 'size', placeholder: 'SIZE', describe: 'refuse a larger document' },
  'connect-timeout': { type: 'duration', default: '10s', min: 1, describe: 'wait for a connection' },
  'idle-timeout': { type: 'duration', default: '30s', min: 1, describe: 'wait for the next data' },
  timeout: { type: 'duration', min: 1, describe: 'wait for the whole; no limit where left out' },
  cacert: { type: 'path', placeholder: 'FILE', describe: 'trust these authorities (PEM) instead of the usual ones' },
  insecure: { type: 'flag', alias: 'k', describe: 'take any certificate' },
  'no-clobber': { type: 'flag', describe: 'refuse to replace an existing file' },
  ...OUTPUT_OPTIONS,
} as const satisfies OptionSpecs;

type WebArgs = OptionValues<typeof OPTIONS> & CommonValues;

/** The `web` command. */
export const webCommand = defineCommand({
  name: 'web',
  summary: 'Fetches a document over HTTP, all of it or nothing',
  details: [
    'Without a scheme the URL is http://; without -o the document goes to standard output. FILE is written as FILE.part',
    'and gets its name only when the document is whole. Up to 10 redirects are followed, never from https to http.',
    "The exit status is curl's: 6 no such host, 7 no connection, 18 cut, 22 status 400 and above (no file is written),",
    '23 cannot write, 28 too slow, 47 too many redirects, 60 certificate not trusted, 63 too large.',
  ].join(' '),
  positionals: { url: { type: 'text', required: true, describe: 'what to fetch; http:// where no scheme is given' } },
  options: OPTIONS,
  examples: [
    {
      line: 'nettk web http://127.0.0.1/index.html -o page.html',
      does: 'a page to a file',
      unrun: 'needs a web server',
    },
    {
      line: 'nettk web --raw 127.0.0.1:7013/',
      does: 'one bare GET line, and every byte that comes back',
      servers: { 7013: 'daytime-server' },
      prints: /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r?\n$/,
    },
    {
      line: 'nettk web http://127.0.0.1/file.iso -O --max-size 4G --json',
      does: 'to file.iso, at most 4 GiB, with size, SHA-256 and times as JSON',
      unrun: 'needs a web server',
    },
    { line: 'nettk web http://0x7f.1/', does: 'loose addresses are refused, with the reason', exit: 2 },
  ],
  async run(args, io) {
    const { parseWebUrl } = await import('../src/net/web-url.ts');
    const url = parseWebUrl(args.url);
    const file = await outputFile(args, url);
    if (file !== undefined) await checkFile(file, args.noClobber);
    const show = new TransferDisplay(io, url.host, file !== undefined || !io.stdoutIsTty, args.color);
    try {
      const options = await fetchOptions(args, io, show);
      const result = args.raw
        ? await runRaw(url, file, args, io, options)
        : await runHttp(url, file, args, io, options, show);
      show.end();
      await report(result, args, io);
    } finally {
      show.end();
    }
  },
});

interface Outcome {
  readonly url: string;
  readonly status: number | null;
  readonly file: string | null;
  readonly bytes: number;
  readonly sha256: string;
  readonly timing: Readonly<Record<string, number>>;
}

async function outputFile(args: WebArgs, url: WebUrl): Promise<string | undefined> {
  if (!args.remoteName) return args.output === '-' ? undefined : args.output;
  if (args.output !== undefined) throw usageError('-O', 'names the file itself, so -o cannot name it too');
  const { remoteName } = await import('../src/clients/remote-name.ts');
  return remoteName(url);
}

async function checkFile(file: string, keepExisting: boolean): Promise<void> {
  const { checkOutput } = await import('../src/host/part-file.ts');
  const { written } = await import('../src/clients/receive-body.ts');
  await written(checkOutput(file, { keepExisting }));
}

async function fetchOptions(args: WebArgs, io: Io, show: TransferDisplay): Promise<FetchOptions> {
  const { requestHeaders } = await import('../src/clients/request-headers.ts');
  const sha256 = args.sha256?.toLowerCase();
  if (sha256 !== undefined && !/^[\da-f]{64}$/.test(sha256)) {
    throw usageError('option --sha256', `${JSON.stringify(args.sha256)} is not 64 hexadecimal digits`);
  }
  if (args.raw && (args.header.length > 0 || args.include)) {
    throw usageError('--raw', 'sends one bare line: it has no header fields');
  }
  if (args.insecure) io.note('--insecure: the certificate is not verified');
  return {
    headers: requestHeaders(args.header, args.userAgent ?? `nettk/${BUILD.version}`),
    connectTimeoutMs: args.connectTimeout,
    idleTimeoutMs: args.idleTimeout,
    timeoutMs: args.timeout,
    maxBytes: args.maxSize,
    sha256,
    trust: await trustOf(args),
    signal: io.signal,
    onBytes: show.update,
    onRedirect: args.verbose > 0 ? await redirectNote(io) : undefined,
  };
}

async function trustOf(args: WebArgs): Promise<FetchOptions['trust']> {
  if (args.cacert === undefined) return { insecure: args.insecure };
  const { readWebAuthorities } = await import('../src/clients/ca-file.ts');
  return { insecure: args.insecure, ca: readWebAuthorities(args.cacert) };
}

async function redirectNote(io: Io): Promise<FetchOptions['onRedirect']> {
  const { formatWebUrl } = await import('../src/net/web-url.ts');
  return (from, to) => io.note(`${formatWebUrl(from.url)} answered ${from.status}: on to ${formatWebUrl(to)}`);
}

async function runHttp(
  url: WebUrl,
  file: string | undefined,
  args: WebArgs,
  io: Io,
  options: FetchOptions,
  show: TransferDisplay,
): Promise<Outcome> {
  const { fetchDocument } = await import('../src/clients/fetch.ts');
  const open = async (response: HttpResponse): Promise<BodySink> => {
    show.begin(response.length);
    const sink = await openSink(file, args, io);
    return args.include ? withHead(sink, response) : sink;
  };
  return { ...(await fetchDocument(url, open, options)), file: file ?? null };
}

async function runRaw(
  url: WebUrl,
  file: string | undefined,
  args: WebArgs,
  io: Io,
  options: FetchOptions,
): Promise<Outcome> {
  const { fetchRaw } = await import('../src/clients/raw-fetch.ts');
  const { formatWebUrl } = await import('../src/net/web-url.ts');
  const began = performance.now();
  const received = await fetchRaw(url, () => openSink(file, args, io), options);
  const total = Math.round(performance.now() - began);
  return { url: formatWebUrl(url), status: null, file: file ?? null, ...received, timing: { total } };
}

async function openSink(file: string | undefined, args: WebArgs, io: Io): Promise<BodySink> {
  if (file === undefined) {
    const nothing = async (): Promise<void> => {};
    return { write: (bytes) => writePeerData(io, bytes, args.rawOutput), commit: nothing, discard: nothing };
  }
  const { openOutput } = await import('../src/host/part-file.ts');
  return openOutput(file, { keepExisting: args.noClobber });
}

async function withHead(sink: BodySink, response: HttpResponse): Promise<BodySink> {
  try {
    await sink.write(headOf(response));
    return sink;
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** The head as it came, but for the spaces around values. */
function headOf(response: HttpResponse): Buffer {
  const fields = response.headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/${response.version} ${response.status} ${response.reason}\r\n`;
  return Buffer.from(`${status}${fields.join('')}\r\n`, 'latin1');
}

/** The JSON line goes where the document does not. */
async function report(outcome: Outcome, args: WebArgs, io: Io): Promise<void> {
  const { url, status, file, bytes, sha256, timing } = outcome;
  if (args.raw || args.verbose > 0) io.note(`${bytes} bytes, SHA-256 ${sha256}`);
  if (!args.json) return;
  const line = { url, status, file, bytes, sha256, timing };
  if (file !== null) await io.json(line);
  else io.stderr.write(`${printableJson(line)}\n`);
}
