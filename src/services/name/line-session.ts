/** One connection of the line face: commands in, answers out in their order, and feeds that last until the next line. */

import { errorCode, NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import { MAX_NAME_COMMAND_BYTES, type NameCommand, parseNameCommand } from '../../protocols/name-line.ts';
import type { Caller } from '../../registry/log.ts';
import { drained } from '../../stream/drained.ts';
import { readLines } from '../../stream/lines.ts';
import { aborted } from '../../stream/until-aborted.ts';
import type { ServiceContext } from '../service.ts';
import type { NameHouse } from './house.ts';
import { answerCommand, type DeskCommand, errorAnswer } from './line-desk.ts';
import { type FeedCommand, openFeed } from './line-feed.ts';
import { Outflow } from './outflow.ts';

/** Registrations of one connection under way at once; the next ones wait. */
const MAX_UNDER_WAY = 256;
/** What may wait for a client that follows a feed and does not read, in bytes; then its feed ends. */
const MAX_WAITING_BYTES = 8_388_608;
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
  #endFeed: (() => void) | undefined;

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
    let command: NameCommand;
    try {
      command = parseNameCommand(line);
    } catch (error) {
      return this.#say(errorAnswer(error));
    }
    if (command.verb === 'register' || command.verb === 'drop') return this.#queue(command);
    if (this.#tail) await this.#tail;
    if (command.verb === 'watch') this.#startFeed(command);
    else if (command.verb === 'token') this.#showToken(command.secret);
    else await this.#answer(command);
    // Whoever does not read is not answered any more.
    if (this.#conn.writableNeedDrain) await drained(this.#conn);
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
    const { registry } = this.#house;
    const follows = command.verb === 'log' && command.follows;
    const answer = answerCommand(command, registry, this.#caller);
    const text = typeof answer === 'string' ? answer : await answer;
    if (!follows) this.#out.push(text);
    else {
      this.#out.push(text.slice(0, -END.length));
      this.#startFeed(command);
    }
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
    let isOver = false;
    const tell = (line: string): void => {
      if (isOver) return;
      if (this.#out.waiting <= MAX_WAITING_BYTES) this.#out.push(`${line}\n`);
      else {
        isOver = true;
        this.#stopFeed();
      }
    };
    const stop = openFeed(command, this.#house.registry, tell);
    this.#endFeed = () => {
      stop();
      release();
      const late = new NettkError({
        code: 'BUSY',
        action: command.verb,
        reason: 'read too slowly, and missed something',
      });
      this.#out.push(isOver ? errorAnswer(late) : END);
    };
    if (isOver) this.#stopFeed();
  }

  #stopFeed(): void {
    const end = this.#endFeed;
    this.#endFeed = undefined;
    end?.();
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
