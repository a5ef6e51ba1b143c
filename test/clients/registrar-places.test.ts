import { describe, expect, it } from 'vitest';
import { isOutOfReach, registrable, targetOf } from '../../src/clients/registrar-places.ts';
import { formatEndpoint, parseEndpoint } from '../../src/net/endpoint.ts';

const at = (text: string) => ({ name: 'x', endpoint: parseEndpoint(text) });

describe('registrable', () => {
  it.each([
    [['tcp://127.0.0.1:7', 'udp://127.0.0.1:7'], ['tcp://127.0.0.1:7']],
    [['udp://127.0.0.1:7', 'tcp://127.0.0.1:7'], ['tcp://127.0.0.1:7']],
    [['udp://127.0.0.1:7'], ['udp://127.0.0.1:7']],
    [
      ['tls://127.0.0.1:7', 'udp://127.0.0.1:8', 'unix:/x'],
      ['tls://127.0.0.1:7', 'udp://127.0.0.1:8'],
    ],
    [['unix:/x'], []],
  ])('takes of %j the ones that others can reach, one for each port', (all, found) => {
    expect(registrable(all.map((one) => parseEndpoint(one))).map(formatEndpoint)).toEqual(found);
  });
});

describe('targetOf', () => {
  it.each([
    ['tcp://0.0.0.0:7', '10.0.0.5', '7', 'what listens everywhere is where the name server sees it'],
    ['tcp://[::]:7', '::1', '7', 'over IPv6 too'],
    ['tcp://127.0.0.1:7', '127.0.0.1', '7', 'the address of the connection needs no saying'],
    ['tcp://127.0.0.9:7', '127.0.0.1', '127.0.0.9:7', 'another loopback address means the same machine'],
    ['tcp://127.0.0.1:7', '10.0.0.5', '7', 'a loopback address means nothing to another machine'],
    ['tcp://127.0.0.1:7', '', '7', 'nor where our own address is not known'],
    ['tcp://10.0.0.6:7', '10.0.0.5', '10.0.0.6:7', 'who listens on one address only is found there'],
    ['tcp://[fd00::1]:7', '10.0.0.5', '[fd00::1]:7', 'of whatever family'],
  ])('of %s, connected from %s, is %s: %s', (endpoint, own, target) => {
    expect(targetOf(at(endpoint), own)).toBe(target);
  });

  it('is what is advertised, with the own port where none is', () => {
    expect(targetOf(at('tcp://0.0.0.0:7'), '10.0.0.5', { host: 'nat.example', port: 80 })).toBe('nat.example:80');
    expect(targetOf(at('tcp://0.0.0.0:7'), '10.0.0.5', { host: 'fd00::2' })).toBe('[fd00::2]:7');
  });
});

describe('isOutOfReach', () => {
  it.each([
    ['tcp://127.0.0.1:7', '10.0.0.5:7', true],
    ['tcp://[::1]:7', '[fd00::5]:7', true],
    ['tcp://127.0.0.1:7', '127.0.0.1:7', false],
    ['tcp://[::1]:7', '[::1]:7', false],
    ['tcp://0.0.0.0:7', '10.0.0.5:7', false],
  ])('of %s, registered as %s: %s', (endpoint, target, is) => {
    expect(isOutOfReach(at(endpoint), target)).toBe(is);
  });
});
