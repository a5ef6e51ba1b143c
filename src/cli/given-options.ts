/** Which options were given, for groups of options that belong together. */

/**
 * The name, as it is typed, of the first option that has a value; undefined where none has. A flag that is off and an empty
 * list count as not given.
 *
 * @param values by camelCase name
 * @example findGiven({ minTls: undefined, wsPing: 5 }) // 'ws-ping'
 */
export function findGiven(values: Readonly<Record<string, unknown>>): string | undefined {
  const found = Object.keys(values).find((name) => isGiven(values[name]));
  return found?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Does an option have a value? A flag that is off and an empty list are none. */
export function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
