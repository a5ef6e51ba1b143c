/** The host's side of `chat --listen`: the chat service in this process, for as long as its host chats. */

import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { serve } from '../../net/serve.ts';
import type { Service } from '../../services/service.ts';
import type { Io } from '../io.ts';
import { optionValues } from '../values.ts';

/** A hosted chat. */
export interface ChatHost {
  /** Where the host joins. */
  readonly endpoint: Endpoint;
  /** Tells everybody that it is over, and waits for them. */
  close(): Promise<void>;
}

/** What of the service's own options was typed. */
export interface HostValues {
  readonly halfDuplex: boolean;
  readonly capacity: number | undefined;
  readonly floor: string;
  readonly floorTimeout: number;
  readonly password: string | undefined;
}

/**
 * Starts the service and says where.
 *
 * @throws NettkError where it cannot listen
 */
export async function hostChat(chat: Service, where: Endpoint, values: HostValues, io: Io): Promise<ChatHost> {
  const { halfDuplex, capacity, floor, floorTimeout, password } = values;
  const defaults = await optionValues(chat.options ?? {}, () => undefined);
  const options = { ...defaults, halfDuplex, capacity, floor, floorTimeout, password };
  const server = await serve(chat, { endpoints: [where], options: options as never });
  const [bound = where] = server.endpoints;
  io.note(`chat listening on ${formatEndpoint(bound)}`);
  return {
    endpoint: { ...bound, host: ANYWHERE[bound.host] ?? bound.host },
    close: async () => {
      await server.drain();
    },
  };
}

/** Where one listens on all addresses is no address to connect to. */
const ANYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
