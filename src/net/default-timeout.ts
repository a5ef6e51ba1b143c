/** The timeout that `dial` uses where the caller gives none: the chapter's getdefaulttimeout and setdefaulttimeout. */

let defaultTimeoutMs: number | undefined;

/** The default connect timeout in milliseconds; undefined where none was set (`dial` then waits 10 s). */
export function getDefaultTimeout(): number | undefined {
  return defaultTimeoutMs;
}

/**
 * Sets the default connect timeout for the whole process.
 *
 * @param ms milliseconds, above 0; undefined goes back to `dial`'s own 10 s
 * @throws RangeError where it is not a positive finite number
 */
export function setDefaultTimeout(ms: number | undefined): void {
  if (ms !== undefined && !(Number.isFinite(ms) && ms > 0)) {
    throw new RangeError(`Cannot set a default timeout of ${ms}: milliseconds above 0 are needed`);
  }
  defaultTimeoutMs = ms;
}
