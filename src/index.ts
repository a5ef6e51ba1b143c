/** What `import … from 'nettk'` gives. */

export type { OptionSpec, OptionSpecs, OptionValues } from './cli/option.ts';
export { optionValues } from './cli/values.ts';
export type { FoundInstance } from './clients/found-instance.ts';
export { createResolver, type Lookup, type Resolver, type ResolverOptions } from './clients/resolver.ts';
export { ERRORS, type ErrorCode, NettkError } from './errors.ts';
export type { Conn } from './net/conn.ts';
export { getDefaultTimeout, setDefaultTimeout } from './net/default-timeout.ts';
export { type DialOptions, dial } from './net/dial.ts';
export { dialEvents } from './net/dial-events.ts';
export { type Endpoint, formatEndpoint, parseEndpoint, type Scheme } from './net/endpoint.ts';
export { type Gate, type GateOptions, type LiveGate, openGate } from './net/gate.ts';
export { htonl, htons, inetAton, inetNtoa, inetNtop, inetPton, ntohl, ntohs } from './net/inet.ts';
export {
  type AddressInfo,
  getAddrInfo,
  getFqdn,
  getHostByAddr,
  getHostByName,
  getHostByNameEx,
  getNameInfo,
  getProtoByName,
  type HostEntry,
} from './net/names.ts';
export { lookupPort, lookupService, parsePort, setServicesFile } from './net/ports.ts';
export type { TlsClientOptions } from './net/secure.ts';
export type { ServerCertificate, TlsServerOptions } from './net/secure-server.ts';
export { type DrainResult, type ServeOptions, type Server, type ServerEvents, serve } from './net/serve.ts';
export { describeTls, type TlsReport } from './net/tls-report.ts';
export { services } from './services/index.ts';
export {
  type DatagramPeer,
  defineService,
  type Face,
  type ServerContext,
  type Service,
  type ServiceContext,
} from './services/service.ts';
export { type ConnHandlers, eventSession, handleEvents } from './stream/events.ts';
export { type JoinResult, join, pump, reset } from './stream/join.ts';
export { type Line, MAX_LINE_BYTES, type ReadLinesOptions, readLines, readRawLines } from './stream/lines.ts';
export { readAll } from './stream/read-all.ts';
export type { WebSocketClientOptions } from './stream/websocket-client.ts';
export type { WebSocketServerOptions } from './stream/websocket-server.ts';
