/** The frame machinery of the `ws` library (RFC 6455, section 5; RFC 7692), which its own types leave out. */

import type { Duplex, Writable } from 'node:stream';

/** Frames in: a Writable that emits `message`, `ping`, `pong` and, at the peer's Close, `conclude`. */
export interface FrameReceiver extends Writable {
  on(event: 'message', listener: (data: Buffer | Buffer[], isBinary: boolean) => void): this;
  on(event: 'ping' | 'pong', listener: (data: Buffer) => void): this;
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
  on(event: string | symbol, listener: (...args: never[]) => void): this;
}

/** Frames out, in the order of the calls; a client masks, a server does not. */
export interface FrameSender {
  onerror: (error: Error) => void;
  send(data: Buffer, options: MessageOptions, done?: (error?: Error | null) => void): void;
  close(code: number | undefined, reason: string, mask: boolean, done?: (error?: Error | null) => void): void;
  ping(data: Buffer, mask: boolean): void;
  pong(data: Buffer, mask: boolean, done?: () => void): void;
}

interface MessageOptions {
  readonly binary: boolean;
  readonly compress: boolean;
  readonly fin: boolean;
  readonly mask: boolean;
}

/** Compression of messages, once negotiated (RFC 7692). */
export interface MessageDeflate {
  /** What a client offers. */
  offer(): Record<string, unknown>;
  /** Takes an offer (server) or the answer to one (client); throws where it cannot. */
  accept(configurations: unknown): Record<string, unknown>;
  cleanup(): void;
}

/** The extensions of one connection, by name, as the library takes them. */
export type Extensions = Readonly<Record<string, MessageDeflate>>;

interface ReceiverOptions {
  readonly isServer: boolean;
  readonly extensions: Extensions;
  readonly binaryType: 'fragments';
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
}

interface FrameLibrary {
  readonly Receiver: new (options: ReceiverOptions) => FrameReceiver;
  readonly Sender: new (conn: Duplex, extensions: Extensions) => FrameSender;
  readonly PerMessageDeflate: new (options: { isServer: boolean; maxPayload: number }) => MessageDeflate;
  readonly extension: {
    parse(header: string): Record<string, unknown>;
    format(extensions: Record<string, unknown>): string;
  };
  readonly subprotocol: { parse(header: string): Set<string> };
}

/** Loads the library, the first time it is needed. */
export async function loadFrames(): Promise<FrameLibrary> {
  return (await import('ws')) as unknown as FrameLibrary;
}
