/** The shells that nettk writes completion scripts for; apart from the scripts, which are loaded when they are made. */

/** Their names. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of them. */
export type Shell = (typeof SHELLS)[number];
