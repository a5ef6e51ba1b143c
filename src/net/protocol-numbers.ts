/** Protocol names and numbers: getprotobyname(3) over /etc/protocols (protocols(5)). */

import { errorCode, NettkError } from '../errors.ts';
import { readTextFile } from '../host/text-file.ts';

const PROTOCOLS_FILE = '/etc/protocols';
/** What stands in where the file is missing: the IANA numbers people ask for. */
const BUILT_IN_PROTOCOLS = `ip 0 IP
icmp 1 ICMP
igmp 2 IGMP
tcp 6 TCP
egp 8 EGP
udp 17 UDP
dccp 33 DCCP
ipv6 41 IPv6
rsvp 46 RSVP
gre 47 GRE
esp 50 IPSEC-ESP
ah 51 IPSEC-AH
ipv6-icmp 58 IPv6-ICMP
ospf 89 OSPFIGP
pim 103 PIM
vrrp 112 VRRP
l2tp 115 L2TP
sctp 132 SCTP
udplite 136 UDPLite`;

let numbers: Map<string, number> | undefined;

/**
 * Finds the number of a protocol by its name or an alias, case-sensitive. The file is read once.
 *
 * @throws NettkError `NOT_FOUND` where no protocol has that name
 * @example getProtoByName('udp') // 17
 */
export function getProtoByName(name: string): number {
  numbers ??= parseProtocols(readProtocols());
  const number = numbers.get(name);
  if (number !== undefined) return number;
  throw new NettkError({
    code: 'NOT_FOUND',
    action: `protocol ${JSON.stringify(name)}`,
    reason: `unknown protocol name, not in ${PROTOCOLS_FILE}`,
    blame: 'you',
  });
}

/** Parses protocols(5): the number of each name and alias, the first line winning. */
export function parseProtocols(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', number = '', ...aliases] = line
      .replace(/#.*/s, '')
      .split(/[ \t\v\f\r]+/)
      .filter(Boolean);
    if (!/^\d{1,9}$/.test(number)) continue;
    for (const key of [name, ...aliases]) if (!found.has(key)) found.set(key, Number(number));
  }
  return found;
}

function readProtocols(): string {
  try {
    return readTextFile(PROTOCOLS_FILE);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return BUILT_IN_PROTOCOLS;
  }
}
