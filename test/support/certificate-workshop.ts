/** Certificates of every kind, made by openssl for one test: authorities, good leaves, and leaves wrong in one way each. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its chain and its key, as PEM text and as files. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** How a certificate is made. */
export interface LeafOptions {
  /** Who signs it: another certificate's name; left out, itself. */
  readonly by?: string;
  /** Whose certificates follow it in the file. */
  readonly chain?: readonly string[];
  readonly subject?: string;
  /** Extensions as `openssl req -addext` takes them. */
  readonly extensions?: readonly string[];
  /** First and last day, as `openssl ca` takes them. */
  readonly dates?: readonly [string, string];
  /** RSA of this many bits instead of ECDSA P-256. */
  readonly rsaBits?: number;
  readonly digest?: string;
}

const CONFIG = `[ca]
default_ca = it
[it]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copyall
[any]
commonName = optional
organizationName = optional
`;
const IS_AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

/** A folder where certificates are made. */
export class CertificateWorkshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'nettk-certificates-'));

  constructor() {
    writeFileSync(this.#file('ca.cnf'), CONFIG);
    writeFileSync(this.#file('index.txt'), '');
    writeFileSync(this.#file('serial'), '01\n');
  }

  /** Makes an authority; its certificate is the PEM text returned. */
  authority(name: string, options: LeafOptions = {}): Leaf {
    return this.leaf(name, {
      subject: `/CN=${name}`,
      ...options,
      extensions: [...IS_AUTHORITY, ...(options.extensions ?? [])],
    });
  }

  /** Makes a certificate and its key. */
  leaf(name: string, options: LeafOptions = {}): Leaf {
    const { by = name, chain = [], subject = `/CN=${name}`, extensions = [], dates, rsaBits, digest } = options;
    const algorithm = rsaBits
      ? ['-newkey', `rsa:${rsaBits}`]
      : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const asked = extensions.flatMap((extension) => ['-addext', extension]);
    // A configuration of its own: the system's would add extensions.
    this.#openssl(
      'req',
      '-new',
      '-config',
      this.#requestConfig(),
      ...algorithm,
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      subject,
      ...asked,
    );
    const issuer =
      by === name ? ['-selfsign', '-keyfile', `${name}.key`] : ['-cert', `${by}.pem`, '-keyfile', `${by}.key`];
    const when = dates ? ['-startdate', dates[0], '-enddate', dates[1]] : ['-days', '2'];
    const hash = digest ? ['-md', digest] : [];
    this.#openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'ca.cnf',
      ...issuer,
      ...when,
      ...hash,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
    );
    const certificates = [name, ...chain].map((one) => readFileSync(this.#file(`${one}.pem`), 'utf8'));
    const certFile = this.write(`${name}-chain.pem`, certificates.join(''));
    const keyFile = this.#file(`${name}.key`);
    return { cert: certificates.join(''), key: readFileSync(keyFile, 'utf8'), certFile, keyFile };
  }

  /** Writes a file and says where. */
  write(name: string, text: string): string {
    writeFileSync(this.#file(name), text);
    return this.#file(name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  #requestConfig(): string {
    return this.write('req.cnf', '[req]\ndistinguished_name = name\n[name]\n');
  }

  #file(name: string): string {
    return join(this.directory, name);
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.directory, stdio: 'pipe' });
  }
}
