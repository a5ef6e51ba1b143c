import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelnetDecoder, telnetReceive, telnetSend } from '../../src/stream/telnet.ts';
import { bytesOf, chunksOf, cutBytes, streamOf } from '../support/cuts.ts';

const [IAC, DONT, DO, WONT, WILL, SB, SE, NOP] = [255, 254, 253, 252, 251, 250, 240, 241];

function decode(...chunks: readonly (readonly number[])[]): { data: number[]; answers: number[] } {
  const decoder = new TelnetDecoder();
  const parts = chunks.map((chunk) => decoder.push(Buffer.from(chunk)));
  return {
    data: parts.flatMap(({ data }) => [...data]),
    answers: parts.flatMap(({ answers }) => [...answers]),
  };
}

/** RFC 854 written a second time, over a whole stream: regular expressions on latin1. */
function reference(bytes: Buffer): { data: number[]; answers: number[] } {
  const answers: number[] = [];
  const command =
    /\xff(?:\xff|[\xfb-\xfe]([\s\S]?)|\xfa(?:[^\xff]|\xff\xff)*(?:\xff\xf0|(?=\xff[^\xff])|\xff?$)|[\s\S]?)/g;
  let text = bytes.toString('latin1');
  let data = '';
  for (;;) {
    command.lastIndex = 0;
    const match = command.exec(text);
    if (!match) break;
    data += text.slice(0, match.index);
    if (match[0] === '\xff\xff') data += '\xff';
    const option = match[1];
    if (match[0][1] === '\xfb' && option) answers.push(IAC, DONT, option.charCodeAt(0));
    if (match[0][1] === '\xfd' && option) answers.push(IAC, WONT, option.charCodeAt(0));
    const isUnended =
      match[0][1] === '\xfa' && !match[0].endsWith('\xff\xf0') && match.index + match[0].length < text.length;
    text = text.slice(match.index + match[0].length);
    // A command inside a subnegotiation ends it; a literal one then is no data.
    if (isUnended && !text.startsWith('\xff')) throw new Error('the reference is wrong');
  }
  return { data: [...Buffer.from(data + text, 'latin1')], answers };
}

describe('what a telnet peer sends', () => {
  it('is freed of commands, and every request is refused', () => {
    const input = [0x61, IAC, DO, 24, 0x62, IAC, WILL, 1, 0x63, IAC, NOP, 0x64];
    expect(decode(input)).toEqual({ data: [...Buffer.from('abcd')], answers: [IAC, WONT, 24, IAC, DONT, 1] });
  });

  it('gets no answer to WONT and DONT, which two such programs would exchange for ever', () => {
    expect(decode([IAC, WONT, 1, IAC, DONT, 1])).toEqual({ data: [], answers: [] });
  });

  it('has its doubled 0xFF made one', () => {
    expect(decode([0x61, IAC, IAC, 0x62])).toEqual({ data: [0x61, IAC, 0x62], answers: [] });
  });

  it('loses its subnegotiations, literal 0xFF in them included', () => {
    expect(decode([0x61, IAC, SB, 24, 1, IAC, IAC, SE, IAC, SE, 0x62])).toEqual({ data: [0x61, 0x62], answers: [] });
  });

  it('comes back where the end of a subnegotiation was forgotten', () => {
    expect(decode([IAC, SB, 24, 1, IAC, WILL, 3, 0x62])).toEqual({ data: [0x62], answers: [IAC, DONT, 3] });
  });

  it('may have a subnegotiation of 64 KiB and not one byte more', () => {
    const decoder = new TelnetDecoder();
    decoder.push(Buffer.from([IAC, SB]));
    decoder.push(Buffer.alloc(65_536));
    expect(() => decoder.push(Buffer.alloc(1))).toThrow(/subnegotiation longer than 65536 bytes/);
  });

  it('decodes alike however it is cut', () => {
    fc.assert(
      fc.property(cutBytes([IAC, DONT, DO, WONT, WILL, SB, SE, 0x61]), ([bytes, chunks]) => {
        expect(decode(...chunks.map((one) => [...one]))).toEqual(decode([...bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('decodes as the RFC says: every input of 1 and 2 bytes, and of 3 after an IAC', () => {
    const inputs = [...triples()];
    for (const input of inputs) {
      const expected = reference(Buffer.from(input));
      const got = decode(...input.map((byte) => [byte]));
      if (JSON.stringify(got) !== JSON.stringify(expected)) expect({ input, ...got }).toEqual({ input, ...expected });
    }
    expect(inputs.length).toBe(256 + 65_536 + 65_536);
  });

  it('survives every input of 3 bytes', () => {
    const chunk = Buffer.alloc(3);
    for (let input = 0; input < 2 ** 24; input += 1) {
      chunk.writeUIntBE(input, 0, 3);
      const { data, answers } = new TelnetDecoder().push(chunk);
      if (data.length > 3 || answers.length > 3) throw new Error(`input ${input.toString(16)}`);
    }
  });

  it('is held back while its refusals wait for room', async () => {
    const room = Promise.withResolvers<void>();
    const said: number[] = [];
    const receive = telnetReceive((bytes) => {
      said.push(...bytes);
      return room.promise;
    });
    const chunks = receive(streamOf([Buffer.from([IAC, DO, 1, 0x61]), Buffer.from('b')]));
    const first = chunks.next();
    await new Promise(setImmediate);
    expect(said).toEqual([IAC, WONT, 1]);
    room.resolve();
    expect((await first).value?.toString()).toBe('a');
  });

  function* triples(): Generator<number[]> {
    for (let a = 0; a < 256; a += 1) yield [a];
    for (let two = 0; two < 65_536; two += 1) yield [two >> 8, two & 255];
    for (let two = 0; two < 65_536; two += 1) yield [IAC, two >> 8, two & 255];
  }
});

describe('what is sent to a telnet peer', () => {
  it('comes back from the decoder as it was, however it is cut, and is never a command', async () => {
    await fc.assert(
      fc.asyncProperty(cutBytes([IAC, DO, SB, 0x61]), async ([bytes, chunks]) => {
        const { data, answers } = decode([...(await bytesOf(telnetSend(streamOf(chunks))))]);
        expect(Buffer.from(data).equals(bytes)).toBe(true);
        expect(answers).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps its chunks, as datagrams must stay what they are', async () => {
    const chunks = [Buffer.alloc(0), Buffer.from([IAC]), Buffer.from([IAC, 0x61, IAC])];
    expect((await chunksOf(telnetSend(streamOf(chunks)))).map((one) => [...one])).toEqual([
      [],
      [IAC, IAC],
      [IAC, IAC, 0x61, IAC, IAC],
    ]);
  });
});
