/**
 * Half-duplex: whose turn it is in a room. The chapter's rule (`turns`): the host speaks first, and after one message you wait for
 * another's. With `hold`, whoever has the floor keeps it until they give it up.
 */

/** Who may speak when. */
export type FloorRule = 'turns' | 'hold';

/** Somebody's turn, in a room whose members are of type `U`. */
export class Floor<U> {
  readonly #rule: FloorRule;
  /** Who has the floor (`hold`), or has to begin. */
  #holder: U | undefined;
  /** Who spoke last, and waits for somebody else. */
  #waiting: U | undefined;

  constructor(rule: FloorRule) {
    this.#rule = rule;
  }

  /** Does whoever speaks keep the floor? */
  get isHeldOn(): boolean {
    return this.#rule === 'hold';
  }

  /** Who has the floor; undefined where any of those who may speak can take it. */
  get holder(): U | undefined {
    return this.#holder;
  }

  /** May they speak now? */
  mayTurn(user: U): boolean {
    return this.#holder === undefined ? user !== this.#waiting : user === this.#holder;
  }

  /** Whose turn it is among the members: one, or several of whom any may speak. */
  turnOf(members: Iterable<U>): U[] {
    return [...members].filter((one) => this.mayTurn(one));
  }

  /** The host, or whoever is left of two, begins. */
  startWith(user: U): void {
    this.#holder = user;
    this.#waiting = undefined;
  }

  /** They spoke: the next word is another's, or still theirs. */
  spoke(user: U): void {
    this.#holder = this.#rule === 'hold' ? user : undefined;
    this.#waiting = this.#rule === 'hold' ? undefined : user;
  }

  /** They give the floor to the others. */
  pass(user: U): void {
    this.#holder = undefined;
    this.#waiting = user;
  }

  /** They are gone, and wait for nobody. */
  left(user: U): void {
    if (this.#holder === user) this.#holder = undefined;
    if (this.#waiting === user) this.#waiting = undefined;
  }
}
