/** One connection of the line face: commands in, answers out in their order, and feeds that last until the next line. */

import { errorCode, NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import { MAX_NAME_COMMAND_BYTES, type NameCommand, parseNameCommand } from '../../protocols/name-line.ts';
import type { Caller } from '../../registry/log.ts';
import { LineGroups } from '../../stream/line-groups.ts';
import { aborted } from '../../stream/until-aborted.ts';
import type { ServiceContext } from '../service.ts';
import type { NameHouse } from './house.ts';
import { answerCommand, type DeskCommand, errorAnswer } from './line-desk.ts';
import { Feed, type FeedCommand } from './line-feed.ts';
import { Outflow } from './outflow.ts';

/** Registrations of one connection under way at once; the next ones wait. */
const MAX_UNDER_WAY = 256;
/** With so many of all connections under way, each may only have few under way: to read more would hold up everybody else. */
const CROWD = 128;
const FEW_UNDER_WAY = 8;
/** What ends an answer. */
const END = '.\n';

/** What a session uses of its context. */
type SessionContext = Pick<ServiceContext, 'signal' | 'hold'>;

/** Serves a connection until either side ends it; a client that has ended its side still gets its answers, and its feed. */
export async function serveNameLines(conn: Conn, house: NameHouse, context: SessionContext): Promise<void> {
  const session = new LineSession(conn, house, context);
  const groups = new LineGroups(conn, { signal: context.signal, maxLength: MAX_NAME_COMMAND_BYTES });
  try {
    for (let lines = await groups.next(); lines !== undefined; lines = await groups.next()) {
      for (const line of lines) {
        // Most are answered at once: a turn of the queue of promises for each would cost more than the answer.
        const busy = session.take(line);
        if (busy) await busy;
      }
    }
    await session.finish();
  } catch (error) {
    if (errorCode(error) === 'TOO_LONG') await session.refuse(error);
    throw error;
  } finally {
    groups.close();
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

  /** Takes a line: ends the feed there may be, and answers it. Returns what the next line has to wait for, if anything. */
  take(line: string): Promise<void> | undefined {
    this.#stopFeed();
    if (line.trim() === '') return undefined;
    // Whoever does not read is not answered any more.
    if (this.#conn.writableNeedDrain) return this.#out.drained().then(() => this.#read(line));
    return this.#read(line);
  }

  #read(line: string): Promise<void> | undefined {
    let command: NameCommand;
    try {
      command = parseNameCommand(line);
    } catch (error) {
      return this.#inTurn(() => this.#out.push(errorAnswer(error)));
    }
    if (command.verb === 'register' || command.verb === 'drop') return this.#queue(command);
    return this.#inTurn(() => this.#do(command));
  }

  /** Does something after what is under way. */
  #inTurn(act: () => Promise<void> | void): Promise<void> | undefined {
    return this.#tail ? this.#tail.then(act) : (act() ?? undefined);
  }

  #do(command: Exclude<NameCommand, { verb: 'register' | 'drop' }>): Promise<void> | undefined {
    if (command.verb === 'watch' || (command.verb === 'log' && command.follows)) this.#startFeed(command);
    else if (command.verb === 'token') this.#showToken(command.secret);
    else return this.#answer(command);
    return undefined;
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

  #answer(command: DeskCommand): Promise<void> | undefined {
    const answer = answerCommand(command, this.#house.registry, this.#caller);
    if (typeof answer !== 'string') return answer.then((text) => this.#out.push(text));
    this.#out.push(answer);
    return undefined;
  }

  /** Registrations share commits: the next is taken while they are under way, and answered after them. */
  #queue(command: DeskCommand): Promise<void> | undefined {
    const answer = answerCommand(command, this.#house.registry, this.#caller);
    this.#underWay += 1;
    this.#house.underWay += 1;
    const tail = this.#sayAfter(this.#tail, answer);
    this.#tail = tail;
    // Whoever waits for it hears of a failure; until somebody does, it is none of the process.
    tail.catch(() => {});
    const most = this.#house.underWay < CROWD ? MAX_UNDER_WAY : FEW_UNDER_WAY;
    return this.#underWay >= most ? tail : undefined;
  }

  async #sayAfter(before: Promise<void> | undefined, answer: string | Promise<string>): Promise<void> {
    try {
      await before;
      this.#out.push(await answer);
    } finally {
      this.#underWay -= 1;
      this.#house.underWay -= 1;
    }
    if (this.#underWay === 0) this.#tail = undefined;
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
