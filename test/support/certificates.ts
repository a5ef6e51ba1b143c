/** Certificates made by openssl for one test: an authority, and leaves that are right or wrong in one way each. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `tls.createServer` wants. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** The authority's certificate file. */
  readonly caFile: string;
  /** For localhost and 127.0.0.1. */
  readonly good: KeyPair;
  readonly expired: KeyPair;
  readonly wrongHost: KeyPair;
  readonly selfSigned: KeyPair;
  remove(): void;
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
copy_extensions = copy
[any]
commonName = supplied
`;
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const HERE = 'DNS:localhost,IP:127.0.0.1';
const PAST = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];

/** Makes them all; openssl must be there. */
export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'nettk-ca-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const file = (name: string): string => join(directory, name);
  const pair = (name: string): KeyPair => ({
    key: readFileSync(file(`${name}.key`), 'utf8'),
    cert: readFileSync(file(`${name}.pem`), 'utf8'),
  });
  const issue = (name: string, names: string, dates: string[] = ['-days', '2']): KeyPair => {
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
    openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, ...subject);
    const signing = ['-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    openssl('ca', ...signing, '-in', `${name}.csr`, '-out', `${name}.pem`, ...dates);
    return pair(name);
  };
  writeFileSync(file('ca.cnf'), CONFIG);
  writeFileSync(file('index.txt'), '');
  writeFileSync(file('serial'), '01\n');
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
  );
  const alone = ['-subj', '/CN=alone', '-addext', `subjectAltName=${HERE}`, '-days', '2'];
  openssl('req', '-x509', ...NEW_KEY, '-keyout', 'alone.key', '-out', 'alone.pem', ...alone);
  return {
    caFile: file('ca.pem'),
    good: issue('good', HERE),
    expired: issue('expired', HERE, PAST),
    wrongHost: issue('wrong-host', 'DNS:elsewhere.example'),
    selfSigned: pair('alone'),
    remove: () => rmSync(directory, { recursive: true }),
  };
}
