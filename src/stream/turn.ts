/** Giving others their turn: promises alone keep the event loop from sockets, timers and signals for as long as they last. */

/** Resolves in the next turn of the event loop, after the input that waits has been taken in. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
