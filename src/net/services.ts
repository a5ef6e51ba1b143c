/** The services this machine knows: /etc/services or the file set instead, else the built-in table; read once. */

import { errorCode } from '../errors.ts';
import { readTextFile } from '../host/text-file.ts';
import { parseServices, type ServiceLine } from './services-file.ts';
import { BUILT_IN_SERVICES } from './services-table.ts';

/** Where getservbyname(3) looks. */
const SYSTEM_FILE = '/etc/services';
/** What a missing file looks like. */
const MISSING: readonly string[] = ['ENOENT', 'ENOTDIR'];

/** A services file and what it holds. */
export interface ServicesDatabase {
  readonly entries: readonly ServiceLine[];
  /** Where the entries are from, for messages: the file's path or the built-in table. */
  readonly source: string;
}

let file = SYSTEM_FILE;
let loaded: ServicesDatabase | undefined;

/**
 * Says where the services are (`NETTK_SERVICES`), for the whole process.
 *
 * @param path a file in the format of services(5); undefined goes back to /etc/services
 */
export function setServicesFile(path: string | undefined): void {
  file = path ?? SYSTEM_FILE;
  loaded = undefined;
}

/**
 * The services, read on first use. Where the file is missing, the built-in IANA table stands in.
 *
 * @throws NettkError when the file is there and cannot be read: `EACCES`, `EISDIR`, `TOO_LONG` …
 */
export function loadServices(): ServicesDatabase {
  loaded ??= readServices(file);
  return loaded;
}

function readServices(path: string): ServicesDatabase {
  try {
    return { entries: parseServices(readTextFile(path)), source: path };
  } catch (error) {
    if (!MISSING.includes(errorCode(error))) throw error;
    return { entries: parseServices(BUILT_IN_SERVICES), source: `the built-in table (${path} is missing)` };
  }
}
