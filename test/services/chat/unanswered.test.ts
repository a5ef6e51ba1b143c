import { describe, expect, it } from 'vitest';
import { placeText, UnansweredList } from '../../../src/services/chat/unanswered.ts';

describe('placeText', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1 7'],
    ['::ffff:127.0.0.1', '127.0.0.1 7'],
    ['fe80::1%eth0', 'fe80::1 7'],
    ['::ffff:1:2', '::ffff:1:2 7'],
  ])('is the same for a connection and for the list of the system: %s', (address, text) => {
    expect(placeText(address, 7)).toBe(text);
  });
});

describe('UnansweredList', () => {
  // What is on it is tested with a network that is taken down (e2e/chat-goodbyes).
  it('has nobody on it who answers', () => {
    expect(new UnansweredList().has({ port: 1, peer: placeText('127.0.0.1', 1) })).toBe(false);
  });
});
