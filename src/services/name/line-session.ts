/** One connection of the line face: commands in, answers out in their order, and feeds that last until the next line. */

import { errorCode, NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import { MAX_NAME_COMMAND_BYTES, type NameCommand, parseNameCommand } from '../../protocols/name-line.ts';
import type { Caller } from '../../registry/log.ts';
import { readLines } from '../../stream/lines.ts';
import { aborted } from '../../stream/until-aborted.ts';
import type { ServiceContext } from '../service.ts';
import type { NameHouse } from './house.ts';
import { answerCommand, type DeskCommand, errorAnswer } from './line-desk.ts';
import { Feed, type FeedCommand } from './line-feed.ts';
import { Outflow } from './outflow.ts';

/** Registrations of one connection under way at once; the next ones wait. */
const MAX_UNDER_WAY = 256;
/** What ends an answer. */
const END = '.\n';

/** What a session uses of its context. */
type SessionContext = Pick<ServiceContext, 'signal' | 'hold'>;

/** Serves a connection until either side ends it; a client that has ended its side still gets its answers, and its feed. */
export async function serveNameLines(conn: Conn, house: NameHouse, context: SessionContext): Promise<void> {
  const session = new LineSession(conn, house, context);
  try {
    for await (const line of readLines(conn, { signal: context.signal, maxLength: MAX_NAME_COMMAND_BYTES })) {
      await session.take(line);
    }
    await session.finish();
  } catch (error) {
    if (errorCode(error) === 'TOO_LONG') await session.refuse(error);
    throw error;
  } finally {
    session.close();
  }
}

class LineSession {
  readonly #conn: Conn;
  readonly #house: NameHouse;
  readonly #context: SessionContext;
  readonly #out: Outflow;
  #caller: Caller;
  /** Resolves when the answers under way are said; undefined where none is. */
  #tail: Promise<void> | undefined;
  #underWay = 0;
  #endFeed: ((error?: NettkError) => void) | undefined;

  constructor(conn: Conn, house: NameHouse, context: SessionContext) {
    this.#conn = conn;
    this.#house = house;
    this.#context = context;
    this.#out = new Outflow(conn);
    this.#caller = house.callerOf(conn.peer, 'line');
  }

  /** Takes a line: ends the feed there may be, and answers it. */
  async take(line: string): Promise<void> {
    this.#stopFeed();
    if (line.trim() === '') return;
    // Whoever does not read is not answered any more.
    if (this.#conn.writableNeedDrain) await this.#out.drained();
    let command: NameCommand;
    try {
      command = parseNameCommand(line);
    } catch (error) {
      return this.#say(errorAnswer(error));
    }
    if (command.verb === 'register' || command.verb === 'drop') return this.#queue(command);
    if (this.#tail) await this.#tail;
    if (command.verb === 'watch' || (command.verb === 'log' && command.follows)) this.#startFeed(command);
    else if (command.verb === 'token') this.#showToken(command.secret);
    else await this.#answer(command);
  }

  /** No more lines will come: what is under way is still said, and a feed goes on while its client is there. */
  async finish(): Promise<void> {
    await this.#tail;
    if (this.#endFeed) await aborted(this.#context.signal);
  }

  /** Says why it ends here, after what is under way. */
  async refuse(error: unknown): Promise<void> {
    await this.#tail;
    this.#stopFeed();
    this.#out.push(errorAnswer(error));
  }

  close(): void {
    this.#stopFeed();
    this.#out.flush();
  }

  async #answer(command: DeskCommand): Promise<void> {
    const answer = answerCommand(command, this.#house.registry, this.#caller);
    this.#out.push(typeof answer === 'string' ? answer : await answer);
  }

  /** Registrations share commits: the next is taken while they are under way, and answered after them. */
  async #queue(command: DeskCommand): Promise<void> {
    const answer = answerCommand(command, this.#house.registry, this.#caller);
    this.#underWay += 1;
    const tail = this.#sayAfter(this.#tail, answer);
    this.#tail = tail;
    // Whoever waits for it hears of a failure; until somebody does, it is none of the process.
    tail.catch(() => {});
    if (this.#underWay >= MAX_UNDER_WAY) await tail;
  }

  async #sayAfter(before: Promise<void> | undefined, answer: string | Promise<string>): Promise<void> {
    await before;
    this.#out.push(await answer);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#tail = undefined;
  }

  async #say(text: string): Promise<void> {
    await this.#tail;
    this.#out.push(text);
  }

  #startFeed(command: FeedCommand): void {
    const release = this.#context.hold();
    const feed = new Feed(command, this.#house.registry, this.#out, (error) => this.#stopFeed(error));
    this.#endFeed = (error) => {
      feed.stop();
      release();
      this.#out.push(error ? errorAnswer(error) : END);
    };
  }

  #stopFeed(error?: NettkError): void {
    const end = this.#endFeed;
    this.#endFeed = undefined;
    end?.(error);
  }

  /** A wrong one ends the connection: guessing shall cost something. */
  #showToken(secret: string): void {
    if (!this.#house.isToken(secret)) {
      const error = new NettkError({ code: 'REFUSED', action: 'token', reason: 'not a token of this server' });
      this.#out.push(errorAnswer(error));
      throw error;
    }
    this.#caller = this.#house.callerOf(this.#conn.peer, 'line', secret);
    this.#out.push(END);
  }
}
