/** What the sleep service answers to JSON-RPC, whatever carries it. */

import {
  decodeRpc,
  RPC_CODES,
  type RpcAnswer,
  type RpcCall,
  RpcError,
  type RpcInput,
  type RpcNotification,
  rpcFailure,
} from '../../protocols/json-rpc.ts';
import {
  CANCEL_METHOD,
  PROGRESS_METHOD,
  parseCancelParams,
  parseSleepParams,
  SLEEP_METHOD,
} from '../../protocols/sleep.ts';
import type { SleepCalls } from './calls.ts';

/** Takes a progress note, where the carrier has a way for one. */
export type Notify = (notification: RpcNotification) => void;

/**
 * Answers one line: a message, or all of a batch together when its last sleep is over. Never rejects; resolves with
 * undefined where nothing is to be said. A sleep that is a notification is not slept: nobody could tell.
 */
export async function answerRpc(
  line: Uint8Array,
  calls: SleepCalls,
  notify?: Notify,
): Promise<RpcAnswer | RpcAnswer[] | undefined> {
  const { batch, messages } = decodeRpc(line);
  const answers = await Promise.all(messages.map((message) => answerMessage(message, calls, notify)));
  const said = answers.filter((answer) => answer !== undefined);
  return batch && said.length > 0 ? said : said[0];
}

async function answerMessage(
  message: RpcInput['messages'][number],
  calls: SleepCalls,
  notify?: Notify,
): Promise<RpcAnswer | undefined> {
  switch (message.kind) {
    case 'call':
      return answerCall(message, calls, notify);
    case 'notification':
      if (message.method === CANCEL_METHOD) cancel(message.params, calls);
      return undefined;
    case 'malformed':
      return { ...message, kind: 'failure' };
    default:
      // An answer is never answered: two servers would not stop.
      return undefined;
  }
}

async function answerCall(call: RpcCall, calls: SleepCalls, notify?: Notify): Promise<RpcAnswer> {
  const { id } = call;
  try {
    return { kind: 'result', id, result: await perform(call, calls, notify) };
  } catch (error) {
    if (error instanceof RpcError) return rpcFailure(id, error.code, error.message);
    throw error;
  }
}

function perform(call: RpcCall, calls: SleepCalls, notify?: Notify): Promise<unknown> | unknown {
  if (call.method === CANCEL_METHOD) return cancel(call.params, calls);
  if (call.method !== SLEEP_METHOD) throw new RpcError(RPC_CODES.methodNotFound, 'unknown method; there is "sleep"');
  const request = parseSleepParams(call.params, calls.maxSeconds);
  if (notify === undefined || request.progressEvery === undefined) return calls.start(call.id, request);
  return calls.start(call.id, request, (slept) =>
    notify({
      kind: 'notification',
      method: PROGRESS_METHOD,
      params: { id: call.id, slept, requested: request.seconds },
    }),
  );
}

function cancel(params: unknown, calls: SleepCalls): boolean {
  const id = parseCancelParams(params);
  return id !== undefined && calls.cancel(id);
}
