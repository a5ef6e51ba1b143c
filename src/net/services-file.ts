/** The format of /etc/services (services(5)), read as glibc reads it but for the numbers C would misread. */

/** One service: a name for a port of a protocol. */
export interface ServiceEntry {
  readonly name: string;
  /** 0–65535. */
  readonly port: number;
  /** `tcp`, `udp`, `sctp` … as the file has it; empty where the line names none. */
  readonly protocol: string;
  readonly aliases: readonly string[];
}

/** An entry as it stands in a file. */
export interface ServiceLine extends ServiceEntry {
  /** The line's number, from 1. */
  readonly line: number;
  /** Why the port must not be used as C would read it; `port` then holds what C makes of it. */
  readonly defect?: string;
}

// Name, port, then either the end or slashes, protocol and aliases; blanks are those of C's isspace(3).
const LINE = /^[ \t\v\f\r]*([^ \t\v\f\r]+)[ \t\v\f\r]+\+?(0x[\da-f]+|\d+)(?:$|\/+([^ \t\v\f\r]*)(.*)$)/is;
const BLANKS = /[ \t\v\f\r]+/;
// A comment or a NUL, where C's strings end, closes the line's content.
const CONTENT_END = /[#\0]/;

/**
 * Parses the text of a services file, in its order. Lines that getservbyname(3) skips are skipped; ports in octal or
 * hexadecimal and ports past 65535, which it silently misreads, carry a `defect`.
 *
 * @example parseServices('time 37/udp timserver # RFC 868')[0]?.aliases // ['timserver']
 */
export function parseServices(text: string): ServiceLine[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, index + 1) ?? []);
}

function parseLine(text: string, line: number): ServiceLine | undefined {
  const end = text.search(CONTENT_END);
  const match = LINE.exec(end === -1 ? text : text.slice(0, end));
  if (!match) return undefined;
  const [, name = '', digits = '', protocol = '', rest = ''] = match;
  const aliases = rest.split(BLANKS).filter((alias) => alias !== '');
  return { name, protocol, aliases, line, ...readPort(digits) };
}

/** Past this C refuses a number; up to it, it keeps the low 16 bits. */
const MAX_C_NUMBER = 0xffff_ffff;
/** The `port` of a number that C refuses: no lookup finds it. */
const NO_PORT = -1;

function readPort(digits: string): { port: number; defect?: string } {
  if (/^0x/i.test(digits)) return misread(Number(digits), `port ${digits} is hexadecimal`);
  if (/^0+[1-9]/.test(digits)) {
    return misread(Number.parseInt(digits, 8), `port ${digits} has a leading zero, which C reads as octal`);
  }
  const port = Number(digits);
  return port > 65535 ? misread(port, `port ${digits} is above 65535`) : { port };
}

function misread(number: number, defect: string): { port: number; defect: string } {
  return { port: number <= MAX_C_NUMBER ? number % 65536 : NO_PORT, defect };
}
