/** The name server: registrations beside etcd's puts, lookups, DNS beside dnsmasq, size, servers that are killed, many checks. */

import type { BenchRow } from './bench.ts';
import { checked } from './name-checked.ts';
import { dns } from './name-dns.ts';
import { gone } from './name-gone.ts';
import { lookups } from './name-lookups.ts';
import { registrations } from './name-registrations.ts';
import { size } from './name-size.ts';

/** Measures all of it. */
export async function run(): Promise<BenchRow[]> {
  return [
    ...(await registrations()),
    ...(await lookups()),
    ...(await dns()),
    ...(await size()),
    ...(await gone()),
    ...(await checked()),
  ];
}
