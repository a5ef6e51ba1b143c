/** Dates as ctime(3) prints them: `Mon Nov 23 03:04:30 2026`, local time, without its line end. */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (number: number, fill: string): string => String(number).padStart(2, fill);

/**
 * Formats a time like ctime(3), the day padded with a blank.
 *
 * @param utc in UTC instead of local time, as asctime(gmtime(…)) does
 * @example formatCtime(new Date(2026, 10, 3, 4, 5, 6)) // 'Tue Nov  3 04:05:06 2026'
 */
export function formatCtime(date: Date, utc = false): string {
  // A UTC date shifted by the zone's offset has the local fields; this way there is one formula for both.
  const shifted = new Date(date.getTime() - (utc ? 0 : date.getTimezoneOffset() * 60_000));
  const day = DAYS[shifted.getUTCDay()];
  const month = MONTHS[shifted.getUTCMonth()];
  const clock = [shifted.getUTCHours(), shifted.getUTCMinutes(), shifted.getUTCSeconds()];
  const time = clock.map((part) => two(part, '0')).join(':');
  return `${day} ${month} ${two(shifted.getUTCDate(), ' ')} ${time} ${shifted.getUTCFullYear()}`;
}
