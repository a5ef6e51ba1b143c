/** A terminal shared by what a person types and what others say: lines that come never tear the one being written. */

import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Lines typed that are remembered. */
const HISTORY_LENGTH = 500;

/** What the screen is made of. */
export interface ScreenParts {
  readonly input: Readable;
  /** The terminal. */
  readonly output: Writable;
  /** Completes the word before the cursor. */
  complete(word: string): string[];
  /** ^C. */
  onInterrupt(): void;
}

/** A prompt at the bottom, and lines above it. */
export class ChatScreen {
  readonly #reader: Interface;
  readonly #output: Writable;
  /** What was typed before anybody listened: nothing that is typed is lost. */
  readonly #early: string[] = [];
  #onLine: ((line: string) => void) | undefined;
  #onEnd: () => void = () => {};
  #isClosed = false;

  constructor({ input, output, complete, onInterrupt }: ScreenParts) {
    this.#output = output;
    this.#reader = createInterface({
      input,
      output,
      terminal: true,
      historySize: HISTORY_LENGTH,
      removeHistoryDuplicates: true,
      completer: (line: string): [string[], string] => {
        const word = /\S*$/.exec(line)?.[0] ?? '';
        return [word === '' ? [] : complete(word), word];
      },
    });
    this.#reader.on('SIGINT', onInterrupt);
    // The editor comes back from ^Z deaf, until it is asked to go on.
    this.#reader.on('SIGCONT', () => this.#redraw());
    // A terminal that is gone cannot be set back either: that is its end, not a bug.
    this.#reader.on('error', () => this.close());
    this.#reader.on('line', (line) => {
      if (this.#onLine) this.#take(line);
      else this.#early.push(line);
    });
    this.#reader.on('close', () => {
      this.#leave();
      this.#onEnd();
    });
  }

  /** Starts asking with this prompt, or goes on with it. */
  setPrompt(prompt: string): void {
    if (this.#isClosed) return;
    this.#reader.setPrompt(prompt);
    this.#erase();
    this.#redraw();
  }

  /** Writes a line above the prompt. */
  print(line: string): void {
    if (this.#isClosed) {
      this.#output.write(`${line}\n`);
      return;
    }
    this.#erase();
    this.#output.write(`${line}\n`);
    this.#redraw();
  }

  /** Calls back with each line that is typed, those before too, and at ^D. */
  listen(onLine: (line: string) => void, onEnd: () => void): void {
    this.#onLine = onLine;
    this.#onEnd = onEnd;
    for (const line of this.#early.splice(0)) onLine(line);
    if (this.#isClosed) onEnd();
  }

  /** Gives the terminal back. */
  close(): void {
    this.#leave();
    this.#reader.close();
  }

  #take(line: string): void {
    // What was said comes back from the server in its place among the others.
    this.#output.write(`\x1b[${this.#rowsOf(line) + 1}A\r\x1b[J`);
    this.#onLine?.(line);
    this.#redraw();
  }

  /** Takes the prompt away: the shell's belongs there now. */
  #leave(): void {
    if (!this.#isClosed) this.#erase();
    this.#isClosed = true;
  }

  /** How many rows below its first a line that was typed ends: the editor knows how wide characters are. */
  #rowsOf(line: string): number {
    this.#setLine(line);
    const { rows } = this.#reader.getCursorPos();
    this.#setLine('');
    return rows;
  }

  #setLine(line: string): void {
    Reflect.set(this.#reader, 'line', line);
    Reflect.set(this.#reader, 'cursor', line.length);
  }

  #erase(): void {
    const { rows } = this.#reader.getCursorPos();
    this.#output.write(`${rows > 0 ? `\x1b[${rows}A` : ''}\r\x1b[J`);
    // The editor would go up to where its line began before.
    Reflect.set(this.#reader, 'prevRows', 0);
  }

  #redraw(): void {
    if (!this.#isClosed) this.#reader.prompt(true);
  }
}
