/** The words of the nettk commands in a shell line: enough of the shell's grammar for the examples, no more. */

const OPERATORS = /^(\|\|?|&&?|;|[<>]\(?|\))/;

/** The words after each `nettk` in a line, quotes taken off; redirections and pipes end them. */
export function nettkCommands(line: string): string[][] {
  const commands: string[][] = [];
  let words: string[] | undefined;
  for (const token of tokens(line)) {
    if (token === undefined) words = undefined;
    else if (words) words.push(token);
    else if (token === 'nettk') {
      words = [];
      commands.push(words);
    }
  }
  return commands;
}

/** Words, and undefined where an operator stands. */
function* tokens(line: string): Generator<string | undefined> {
  let rest = line.trimStart();
  while (rest !== '') {
    const operator = OPERATORS.exec(rest)?.[0];
    const word = operator ?? /^(?:'[^']*'|"[^"]*"|[^\s'"|&;<>()])+/.exec(rest)?.[0] ?? rest[0] ?? '';
    yield operator === undefined ? word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2') : undefined;
    rest = rest.slice(word.length).trimStart();
  }
}
