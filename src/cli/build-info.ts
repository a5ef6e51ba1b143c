/** What was built: version, commit and time, put in by scripts/build.ts. */

/** The facts of a build. */
export interface BuildInfo {
  readonly version: string;
  /** The short commit hash; `unknown` outside a git checkout. */
  readonly commit: string;
  /** The version of undici that is bundled. */
  readonly undici: string;
}

declare const NETTK_BUILD: BuildInfo | undefined;

/** This build; sources run as they are say so. */
export const BUILD: BuildInfo =
  typeof NETTK_BUILD === 'undefined' ? { version: '0.0.0-source', commit: 'unknown', undici: 'unknown' } : NETTK_BUILD;
