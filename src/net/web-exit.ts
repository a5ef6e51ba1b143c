/** The exit statuses of a fetch: curl's numbers, "meant to never change" (libcurl-errors(3), curl's _EXITCODES.md). */

/** One number for each way in which a fetch can fail. */
export const WEB_EXIT = {
  unsupported: 1,
  badUrl: 3,
  noHost: 6,
  noConnection: 7,
  weirdReply: 8,
  cut: 18,
  status: 22,
  write: 23,
  timeout: 28,
  tls: 35,
  redirects: 47,
  empty: 52,
  receive: 56,
  untrusted: 60,
  tooBig: 63,
  caFile: 77,
} as const;
