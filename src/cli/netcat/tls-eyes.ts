/** What TLS settled, looked at only where TLS is used: its modules cost start-up time. */

import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { layersOf } from '../../net/layers.ts';
import type { TlsReport } from '../../net/tls-report.ts';

/** What TLS settled on a connection, and the same as lines for a person; its text is the peer's. */
export interface SeenTls {
  readonly report: TlsReport;
  readonly lines: readonly string[];
}

/** Looks at a connection; sees nothing where no TLS carries it. */
export type TlsEyes = (conn: Conn) => SeenTls | undefined;

/** Opens the eyes where one of the endpoints, or an option, asks for TLS. */
export async function openTlsEyes(
  endpoints: readonly Endpoint[],
  layers: { readonly tls?: unknown },
): Promise<TlsEyes> {
  const hasTls = endpoints.some((endpoint) => layersOf(endpoint, layers).tls);
  if (!hasTls) return () => undefined;
  const { describeTls, tlsLines } = await import('../../net/tls-report.ts');
  return (conn) => {
    const report = describeTls(conn);
    return report && { report, lines: tlsLines(report) };
  };
}
