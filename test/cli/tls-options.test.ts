/** What is typed about TLS, and what it becomes. */

import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type TlsClientValues, tlsClientOptions, tlsServerOptions } from '../../src/cli/tls-options.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { CertificateWorkshop } from '../support/certificate-workshop.ts';
import { needs } from '../support/needs.ts';

const PIN = `sha256:${'ab'.repeat(32)}`;
const TLS = parseEndpoint('tls://127.0.0.1:1');
const TCP = parseEndpoint('tcp://127.0.0.1:1');
const UDP = parseEndpoint('udp://127.0.0.1:1');

let notes: string[] = [];
const io = { note: (line: string) => void notes.push(line) };
const client = (args: TlsClientValues, endpoint = TLS) => {
  notes = [];
  return tlsClientOptions(args, endpoint, io);
};

let workshop: CertificateWorkshop | undefined;
beforeAll(() => {
  try {
    workshop = new CertificateWorkshop();
  } catch {
    // Each test then says that it needs openssl.
  }
});
afterAll(() => workshop?.remove());

function made(context: TestContext): CertificateWorkshop {
  needs(context, 'openssl');
  if (!workshop) throw new Error('no folder for certificates');
  return workshop;
}

describe('the options of a TLS client', () => {
  it('are none where neither the endpoint nor an option asks for TLS', async () => {
    expect(await client({}, TCP)).toBeUndefined();
    expect(await client({ tls: false, ca: [], pin: [], insecure: false }, UDP)).toBeUndefined();
  });

  it('are asked for by the scheme or by --tls', async () => {
    expect(await client({})).toEqual({});
    expect(await client({}, parseEndpoint('wss://127.0.0.1:1/'))).toEqual({});
    expect(await client({ tls: true }, TCP)).toEqual({});
    expect(await client({ tls: true }, parseEndpoint('unix:/x'))).toEqual({});
  });

  it('become what TLS needs', async () => {
    const typed = {
      pin: [PIN, 'cd'.repeat(32)],
      sni: 'Example.org',
      alpn: 'h2,http/1.1',
      minTls: 'TLSv1.3',
      ciphers: 'X',
    };
    expect(await client(typed)).toEqual({
      pins: [PIN, `sha256:${'cd'.repeat(32)}`],
      name: 'example.org',
      alpn: ['h2', 'http/1.1'],
      minVersion: '1.3',
      ciphers: 'X',
    });
  });

  it('read certificates, keys and authorities, the key in the same file or another', async (context) => {
    const one = made(context).leaf('one');
    const both = made(context).write('both.pem', one.cert + one.key);
    const identity = { cert: one.cert, key: one.key };
    expect(await client({ cert: one.certFile, key: one.keyFile })).toEqual({ identity });
    expect(await client({ cert: both })).toMatchObject({ identity: { key: expect.stringContaining(one.key) } });
    expect(await client({ ca: [one.certFile, one.certFile] })).toEqual({ ca: `${one.cert}\n${one.cert}` });
  });

  it('say that --insecure is on', async () => {
    expect(await client({ insecure: true })).toEqual({ insecure: true });
    expect(notes).toEqual(['--insecure: the certificate is not verified']);
  });

  const WRONG: readonly [string, TlsClientValues, RegExp, typeof TLS?][] = [
    ['--pin and --insecure', { pin: [PIN], insecure: true }, /--insecure and --pin: contradict/],
    ['--ca and --insecure', { ca: ['x'], insecure: true }, /--insecure and --ca: contradict/],
    ['--ca and --pin', { ca: ['x'], pin: [PIN] }, /--ca and --pin: contradict/],
    ['--key without --cert', { key: 'x' }, /option --key: needs --cert/],
    ['--tls over UDP', { tls: true }, /option --tls: TLS needs TCP/, UDP],
    ['--insecure without TLS', { insecure: true }, /option --insecure: nothing here is TLS/, TCP],
    ['--min-tls without TLS', { minTls: '1.3' }, /option --min-tls: nothing here is TLS/, TCP],
    ['TLS 1.1', { minTls: '1.1' }, /--min-tls "1.1": broken/],
    ['TLS 1.7', { minTls: '1.7' }, /--min-tls "1.7": not a version/],
    ['an empty protocol', { alpn: 'h2,' }, /--alpn "h2,": not a list/],
    ['an address as a name', { sni: '127.0.0.1' }, /--sni "127.0.0.1": an address/],
    ['a pin that is none', { pin: ['sha256:12'] }, /pin "sha256:12": not a SHA-256/],
  ];
  it.each(WRONG)('refuse %s', async (_what, args, words, endpoint = TLS) => {
    const error: Error = await client(args, endpoint).catch((fault) => fault);
    expect(error.message).toMatch(words);
    expect(error).toMatchObject({ code: 'USAGE', exit: 2 });
  });

  it('name the file that is missing, empty, a key, or of another pair', async (context) => {
    const [one, other] = [made(context).leaf('a'), made(context).leaf('b')];
    const empty = made(context).write('empty.pem', '');
    const refusal = (args: TlsClientValues): Promise<string> => client(args).then(String, (error) => error.message);
    expect(await refusal({ ca: ['/nowhere.pem'] })).toContain('read /nowhere.pem: no such file');
    expect(await refusal({ ca: [empty] })).toBe(`authorities in ${empty}: no PEM certificate in it`);
    expect(await refusal({ cert: one.certFile })).toBe(`option --cert: no private key in ${one.certFile}`);
    expect(await refusal({ cert: one.keyFile, key: one.keyFile })).toContain('a private key, not a certificate');
    const mixed = await refusal({ cert: one.certFile, key: other.keyFile });
    expect(mixed).toBe(`private key in ${other.keyFile}: not the key of certificate in ${one.certFile}`);
  });
});

describe('the options of a TLS server', () => {
  it('hold for its stream endpoints, and need one', async () => {
    expect(await tlsServerOptions({}, [TCP, UDP])).toBeUndefined();
    expect(await tlsServerOptions({ tls: true }, [TCP, UDP])).toEqual({});
    expect(await tlsServerOptions({ pin: [PIN] }, [UDP, TLS])).toEqual({ pins: [PIN] });
    await expect(tlsServerOptions({ tls: true }, [UDP])).rejects.toMatchObject({ exit: 2 });
    await expect(tlsServerOptions({ cert: 'x' }, [TCP])).rejects.toMatchObject({ exit: 2 });
  });
});
