import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRpc, encodeRpc, MAX_RPC_BATCH, type RpcMessage } from '../../src/protocols/json-rpc.ts';
import { LineSplitter } from '../../src/stream/lines.ts';

const decodeText = (text: string) => decodeRpc(Buffer.from(text));
const onlyOne = (text: string) => decodeText(text).messages[0]!;

const ids = fc.oneof(fc.string({ maxLength: 64 }), fc.integer(), fc.constant(null));
const params = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const messages: fc.Arbitrary<RpcMessage> = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), id: ids, method: fc.string(), params: params.map(parsed) }),
  fc.record({ kind: fc.constant('notification' as const), method: fc.string(), params: params.map(parsed) }),
  fc.record({ kind: fc.constant('result' as const), id: ids, result: fc.jsonValue().map(parsed) }),
  fc.record({
    kind: fc.constant('failure' as const),
    id: ids,
    error: fc.record({ code: fc.integer(), message: fc.string() }),
  }),
);

describe('encodeRpc and decodeRpc', () => {
  it('give every message back', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeText(encodeRpc(message))).toEqual({ batch: false, messages: [message] });
      }),
    );
  });

  it('give every batch back, cut anywhere, one line each', () => {
    const batches = fc.array(fc.array(messages, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(batches, fc.array(fc.nat(400)), (lines, cuts) => {
        const wire = Buffer.from(lines.map((batch) => `${encodeRpc(batch)}\n`).join(''));
        const splitter = new LineSplitter();
        const places = [0, ...cuts.map((cut) => cut % (wire.length + 1)), wire.length].toSorted((a, b) => a - b);
        const pieces = places.slice(1).map((end, i) => wire.subarray(places[i], end));
        const got = pieces.flatMap((piece) => [...splitter.push(piece)]).map(({ bytes }) => decodeRpc(bytes));
        expect(got).toEqual(lines.map((batch) => ({ batch: true, messages: batch })));
      }),
    );
  });
});

describe('decodeRpc', () => {
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(Buffer.from)), (bytes) => {
        expect(decodeRpc(bytes).messages.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    ['not JSON', '{"jsonrpc":"2.0","id":1,"method":"sleep","params":[NaN]}', -32_700, null],
    ['a lone bracket', '{', -32_700, null],
    ['nothing', '', -32_700, null],
    ['an empty batch', '[]', -32_600, null],
    ['a number', '1', -32_600, null],
    ['no version', '{"id":1,"method":"sleep"}', -32_600, 1],
    ['version 1', '{"jsonrpc":"1.0","id":1,"method":"sleep"}', -32_600, 1],
    ['no method', '{"jsonrpc":"2.0","id":"a"}', -32_600, 'a'],
    ['a method that is no string', '{"jsonrpc":"2.0","method":1,"params":"bar"}', -32_600, null],
    ['params that are no structure', '{"jsonrpc":"2.0","id":1,"method":"sleep","params":2.5}', -32_600, 1],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"sleep"}', -32_600, null],
    ['an id past 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"sleep"}', -32_600, null],
    ['an id of 1e400', '{"jsonrpc":"2.0","id":1e400,"method":"sleep"}', -32_600, null],
    ['an id too long', `{"jsonrpc":"2.0","id":"${'x'.repeat(257)}","method":"sleep"}`, -32_600, null],
    ['an answer with result and error', '{"jsonrpc":"2.0","id":1,"result":1,"error":{}}', -32_600, 1],
  ])('refuses %s', (_what, text, code, id) => {
    expect(onlyOne(text)).toMatchObject({ kind: 'malformed', id, error: { code } });
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from([...Buffer.from('{"jsonrpc":"2.0","id":"'), 0xff, ...Buffer.from('","method":"sleep"}')]);
    expect(decodeRpc(bytes).messages[0]).toMatchObject({ kind: 'malformed', error: { code: -32_700 } });
  });

  it('takes prototype names as names like any other', () => {
    const text = '{"jsonrpc":"2.0","id":"__proto__","method":"toString","params":{"__proto__":{"seconds":1}}}';
    const message = onlyOne(text);
    expect(message).toMatchObject({ kind: 'call', id: '__proto__', method: 'toString' });
    expect(Object.hasOwn((message as { params: object }).params, 'seconds')).toBe(false);
    expect(({} as Record<string, unknown>)['seconds']).toBeUndefined();
    expect(onlyOne('{"__proto__":{"jsonrpc":"2.0","method":"sleep","id":1}}')).toMatchObject({ kind: 'malformed' });
  });

  it('survives nesting as deep as a line can hold', () => {
    const deep = `${'['.repeat(32_000)}${']'.repeat(32_000)}`;
    expect(onlyOne(deep)).toMatchObject({ kind: 'malformed', id: null });
    expect(onlyOne(`{"jsonrpc":"2.0","id":1,"method":"sleep","params":${deep}}`)).toMatchObject({ kind: 'call' });
  });

  it('answers a batch of a million with one refusal', () => {
    const { batch, messages: got } = decodeText(`[${'1,'.repeat(999_999)}1]`);
    expect({ batch, got }).toMatchObject({ batch: false, got: [{ kind: 'malformed', error: { code: -32_600 } }] });
    expect(decodeText(`[${'1,'.repeat(MAX_RPC_BATCH - 1)}1]`).messages).toHaveLength(MAX_RPC_BATCH);
  });
});
