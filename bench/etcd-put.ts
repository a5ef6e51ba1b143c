/**
 * A program: puts into etcd at PORT over gRPC for SECONDS, CLIENTS connections with one put under way each; prints what it
 * found as JSON. It writes HTTP/2 (RFC 9113) by hand, a put in one write and no header decoded, so that it costs no more
 * than the client of the line face beside it. Arguments: PORT CLIENTS IN-FLIGHT SECONDS VALUE-BYTES.
 */

import { connect } from 'node:net';
import { quantile } from './name-client.ts';
import type { NameLoad } from './name-load.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME_HEAD_BYTES = 9;
const [DATA, HEADERS, RESET, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 8];
const [END_STREAM, END_HEADERS, ACK] = [0x1, 0x4, 0x1];

const [port, clients, inFlight, seconds, valueBytes] = [2, 3, 4, 5, 6].map((place) => Number(process.argv[place])) as [
  number,
  number,
  number,
  number,
  number,
];

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header field that enters no table (RFC 7541 6.2.2); names and values are shorter than 127 bytes. */
function header(name: string, value: string): Buffer {
  const text = (part: string): Buffer => Buffer.concat([Buffer.of(part.length), Buffer.from(part)]);
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

const HEADERS_OF_PUT = Buffer.concat([
  header(':method', 'POST'),
  header(':scheme', 'http'),
  header(':path', '/etcdserverpb.KV/Put'),
  header(':authority', '127.0.0.1'),
  header('content-type', 'application/grpc'),
  header('te', 'trailers'),
]);

/** A protobuf field of bytes; at most 16,383 of them. */
function bytesField(number: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  const size = length < 128 ? Buffer.of(length) : Buffer.of((length & 0x7f) | 0x80, length >> 7);
  return Buffer.concat([Buffer.of((number << 3) | 2), size, bytes]);
}

let next = 0;
const value = Buffer.alloc(valueBytes, 'x');

/** A PutRequest { bytes key = 1; bytes value = 2; }, with gRPC's length before it. */
function putOf(stream: number): Buffer {
  next += 1;
  const message = Buffer.concat([bytesField(1, Buffer.from(`services/${process.pid}-${next}`)), bytesField(2, value)]);
  const length = Buffer.alloc(5);
  length.writeUInt32BE(message.length, 1);
  return Buffer.concat([
    frame(HEADERS, END_HEADERS, stream, HEADERS_OF_PUT),
    frame(DATA, END_STREAM, stream, Buffer.concat([length, message])),
  ]);
}

let isOver = false;
let answers = 0;
let errors = 0;
const times: number[] = [];

function settings(window: number): Buffer {
  const connection = Buffer.alloc(4);
  connection.writeUInt32BE(window);
  return Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, Buffer.alloc(0)), frame(WINDOW_UPDATE, 0, 0, connection)]);
}

/** What answers the bytes of one connection. */
async function client(): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let stream = -1;
  let rest: Buffer = Buffer.alloc(0);
  const begun = new Map<number, number>();
  const put = (): void => {
    stream += 2;
    begun.set(stream, performance.now());
    socket.write(putOf(stream));
  };
  const isAnswer = (type: number, flags: number, id: number): boolean => {
    if (type === RESET || (type === HEADERS && (flags & END_STREAM) !== 0)) return begun.has(id);
    return false;
  };
  const take = (type: number, flags: number, id: number, payload: Buffer): boolean => {
    if (type === SETTINGS && (flags & ACK) === 0) socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    if (type === PING && (flags & ACK) === 0) socket.write(frame(PING, ACK, 0, payload));
    if (!isAnswer(type, flags, id)) return false;
    times.push(performance.now() - (begun.get(id) ?? 0));
    begun.delete(id);
    answers += 1;
    // Every put is answered with data, then trailers; trailers alone say what was wrong.
    if (type === RESET) errors += 1;
    return true;
  };
  await new Promise<void>((done, failed) => {
    socket.on('error', failed).on('close', () => failed(new Error('etcd closed')));
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= FRAME_HEAD_BYTES) {
        const end = FRAME_HEAD_BYTES + rest.readUIntBE(0, 3);
        if (rest.length < end) break;
        const id = rest.readUInt32BE(5) & 0x7fffffff;
        const payload = rest.subarray(FRAME_HEAD_BYTES, end);
        if (take(rest.readUInt8(3), rest.readUInt8(4), id, payload) && !isOver) put();
        rest = rest.subarray(end);
      }
      if (isOver && begun.size === 0) done();
    });
    socket.write(settings(0x3fffffff));
    for (let i = 0; i < inFlight; i += 1) put();
  });
  socket.removeAllListeners('close').destroy();
}

const start = performance.now();
setTimeout(() => {
  isOver = true;
}, seconds * 1_000);
await Promise.all(Array.from({ length: clients }, client));
const took = (performance.now() - start) / 1_000;
times.sort((a, b) => a - b);
const found: NameLoad = { answers, errors, seconds: took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
console.log(JSON.stringify(found));
