/** The chat page's script: IRC lines to values and back (message tags, RFC 1459). */

/** Names, lines and text; needs nothing else. */
export const IRC = String.raw`
/* The longest line without tags is 512 bytes; the server puts the sender in front, which should fit too. */
const MAX_TEXT_BYTES = 380;
const UNESCAPED = { ':': ';', s: ' ', r: '\r', n: '\n' };

const fold = (name) => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const isRoomName = (name) => name.startsWith('#');
const asRoomName = (text) => (isRoomName(text) ? text : '#' + text);
const shownName = (name) => (isRoomName(name) ? name.slice(1) : name);
const nickOf = (source) => source.split(/[!@]/)[0];
const isFromServer = (source) => !source.includes('!');
const roomNamesIn = (text) => text.split(/[\s,]+/).filter((one) => one !== '' && one !== '#').map(asRoomName);

function parseTags(text) {
  const tags = new Map();
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    const value = at === -1 ? '' : part.slice(at + 1);
    tags.set(at === -1 ? part : part.slice(0, at), value.replace(/\\(.?)/g, (_all, one) => UNESCAPED[one] ?? one));
  }
  return tags;
}

function parseLine(line) {
  let rest = line.replace(/^ +/, '');
  const word = () => {
    const at = rest.indexOf(' ');
    const first = at === -1 ? rest : rest.slice(0, at);
    rest = at === -1 ? '' : rest.slice(at).replace(/^ +/, '');
    return first;
  };
  const tags = rest.startsWith('@') ? parseTags(word().slice(1)) : new Map();
  const source = rest.startsWith(':') ? word().slice(1) : '';
  const command = word().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  const params = [];
  while (rest !== '') {
    if (rest.startsWith(':')) {
      params.push(rest.slice(1));
      break;
    }
    params.push(word());
  }
  return { tags, source, nick: nickOf(source), command, params };
}

function formatLine(command, params) {
  const clean = params.map((text) => text.replace(/[\r\n\0]+/g, ' '));
  const last = clean.length - 1;
  const needsColon = (text) => text === '' || text.startsWith(':') || text.includes(' ');
  return [command, ...clean.map((text, i) => (i === last && needsColon(text) ? ':' + text : text))].join(' ');
}

const bytesOf = (text) => new TextEncoder().encode(text).length;

/* Cuts a text into pieces of so many bytes, between words where that works, never inside a character. */
function piecesOf(text, most) {
  const pieces = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const more = bytesOf(character);
    if (size + more > most) {
      const blank = piece.lastIndexOf(' ') + 1;
      const end = blank > piece.length / 2 ? blank : piece.length;
      pieces.push(piece.slice(0, end));
      piece = piece.slice(end);
      size = bytesOf(piece);
    }
    piece += character;
    size += more;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/* Without IRC's colours and styles; what is left of control characters becomes visible. */
function plainText(text) {
  return text
    .replace(/\x03(\d{1,2}(,\d{1,2})?)?|\x04([0-9a-f]{6}(,[0-9a-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi, '')
    .replace(/[\x00-\x08\x0a-\x1f]/g, (one) => String.fromCharCode(0x2400 + one.charCodeAt(0)))
    .replace(/[\x7f-\x9f]/g, '\ufffd');
}

/* What a CTCP message says: a kind and a text; undefined where it is none. */
function ctcpOf(text) {
  const found = /^\x01(\S+) ?([^\x01]*)\x01?$/.exec(text);
  return found ? { kind: found[1].toUpperCase(), text: found[2] } : undefined;
}
const actionOf = (text) => '\x01ACTION ' + text + '\x01';
`;
