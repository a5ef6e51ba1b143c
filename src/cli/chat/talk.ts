/** A chat from a terminal or a pipe, over an open connection to an IRC server. */

import { isUtf8 } from 'node:buffer';
import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import { channelOf } from '../../protocols/irc.ts';
import { IrcClient } from '../../protocols/irc-client.ts';
import type { ChatEvent } from '../../protocols/irc-client-events.ts';
import { inTime } from '../../stream/in-time.ts';
import { untilAborted } from '../../stream/until-aborted.ts';
import type { Io } from '../io.ts';
import { promptLines } from '../prompt.ts';
import { chatJson, chatLine, isSpeech } from './lines.ts';
import type { ChatClientValues, ChatPlan } from './options.ts';

/** How long a server has to take our goodbye, in milliseconds. */
const GOODBYE_MS = 2_000;
/** What others read when we go. */
const GOODBYE = 'bye';

/** Chats until the input ends, a person leaves, or the connection does. */
export async function talkChat(conn: Conn, args: ChatClientValues, plan: ChatPlan, io: Io): Promise<void> {
  const { password, timeout } = args;
  const client = new IrcClient(conn, { nick: plan.nick, password, timeoutMs: timeout });
  const session = io.stdinIsTty && !args.json ? await openPerson(client, args, plan, io) : openPipe(client, args, io);
  const running = client.run((event) => session.take(event));
  running.catch(() => {});
  try {
    await untilAborted(Promise.race([running, converse(client, plan, io, session)]), io.signal);
    // First the terminal: a second ^C ends the process, however its terminal is.
    session.close();
    await goodbye(client, running);
  } catch (error) {
    session.close();
    // Others read that we left, whatever made us, and what was said before is taken; whoever does not answer is not asked.
    if (!(error instanceof NettkError && error.code === 'TIMEOUT')) await goodbye(client, running).catch(() => {});
    throw error;
  } finally {
    session.close();
    conn.destroy();
  }
}

/** What stands between the events and whoever reads them, and what is said meanwhile. */
export interface ChatFace {
  take(event: ChatEvent): Promise<void> | void;
  /** Says things until there is nothing more to say. */
  speak(room: string): Promise<void>;
  close(): void;
}

async function converse(client: IrcClient, { nick, rooms, history }: ChatPlan, io: Io, face: ChatFace): Promise<void> {
  await client.registered();
  if (client.nick !== nick)
    io.note(`you are ${client.nick}, not ${nick}${client.objection && `: ${client.objection}`}`);
  for (const room of rooms) {
    await client.join(room);
    if (history > 0) client.history(room, history);
  }
  await face.speak(rooms.at(-1) ?? '');
}

/** Leaves; a server that does not close then is not waited for. */
async function goodbye(client: IrcClient, running: Promise<void>): Promise<void> {
  client.quit(GOODBYE);
  const late = (): NettkError => new NettkError({ code: 'TIMEOUT', action: 'leave' });
  await inTime(running, GOODBYE_MS, late).catch((error: unknown) => {
    if (!(error instanceof NettkError)) throw error;
  });
}

async function openPerson(client: IrcClient, args: ChatClientValues, plan: ChatPlan, io: Io): Promise<ChatFace> {
  const { PersonChat } = await import('./person.ts');
  return new PersonChat(client, args, plan, io);
}

/** Lines of the input are messages; what others say goes to the output, all else to standard error. */
function openPipe(client: IrcClient, args: ChatClientValues, io: Io): ChatFace {
  let refused = 0;
  return {
    async take(event) {
      if (event.event === 'refused') refused += 1;
      if (args.json) await io.json(chatJson(event));
      else if (isSpeech(event)) {
        if (!event.isOwn) await writeSpeech(event, args, io);
      } else if (event.event === 'refused' || args.verbose > 0) io.note(chatLine(event).replace(/^\* /, ''));
    },
    async speak(room) {
      for await (const line of promptLines(io)) {
        if (!isUtf8(line)) throw new NettkError({ code: 'USAGE', action: 'read standard input', reason: 'not UTF-8' });
        const text = line.toString('utf8').replace(/[\0\r]/g, '');
        if (text.trim() === '') continue;
        for (const event of client.say(channelOf(room), text)) await this.take(event);
        await client.drained();
      }
      await client.settle();
      if (refused > 0) throw new NettkError({ code: 'REFUSED', action: 'chat', reason: 'not everything was taken' });
      if (args.stay) await new Promise(() => {});
    },
    close: () => {},
  };
}

async function writeSpeech(event: ChatEvent, args: ChatClientValues, io: Io): Promise<void> {
  const { writePeerData } = await import('../peer-output.ts');
  await writePeerData(io, Buffer.from(`${chatLine(event)}\n`), args.rawOutput);
}
