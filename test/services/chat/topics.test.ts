import { describe, expect, it } from 'vitest';
import { setTopic } from '../../../src/services/chat/topics.ts';
import { houseStage, refusalOf } from './house-stage.ts';

describe('the topic of a room', () => {
  it('is told to everybody in it, and remembered with who set it and when', () => {
    const { house, come } = houseStage();
    const [ann, pat, eve] = [
      come('ann', { rooms: ['#a'] }),
      come('pat', { face: 'plain', rooms: ['#a'] }),
      come('eve'),
    ];
    for (const one of [ann, pat, eve]) one.heard();
    setTopic(house, pat.user, '#A', 'Tea at four');
    expect([ann.heard(), pat.heard(), eve.heard()]).toEqual([
      [':pat!~pat@h TOPIC #a :Tea at four'],
      ['* pat sets the topic of a: Tea at four'],
      [],
    ]);
    expect(house.findRoom('#a')!.topic).toEqual({ text: 'Tea at four', by: 'pat!~pat@h', at: expect.any(Number) });
    setTopic(house, ann.user, '#a', '');
    expect([ann.heard(), pat.heard()]).toEqual([[':ann!~ann@h TOPIC #a :'], ['* ann clears the topic of a']]);
    expect(house.findRoom('#a')!.topic).toBeUndefined();
  });

  it('is for operators where the room says so', () => {
    const { house, come } = houseStage();
    const [ann, bob] = [come('ann', { rooms: ['#a'] }), come('bob', { rooms: ['#a'] })];
    house.findRoom('#a')!.flags.add('t');
    expect(refusalOf(() => setTopic(house, bob.user, '#a', 'mine'))).toBe('482 #a');
    setTopic(house, ann.user, '#a', 'ours');
    expect(house.findRoom('#a')!.topic?.text).toBe('ours');
  });

  it('is for members, of rooms that are there', () => {
    const { house, come } = houseStage();
    come('ann', { rooms: ['#a'] });
    const eve = come('eve');
    eve.user.isOperator = true;
    expect(refusalOf(() => setTopic(house, eve.user, '#a', 'x'))).toBe('442 #a');
    expect(refusalOf(() => setTopic(house, eve.user, '#none', 'x'))).toBe('403 #none');
  });

  it('has so many bytes, cut between characters, and drives no terminal', () => {
    const { house, come } = houseStage();
    const [ann, pat] = [come('ann', { rooms: ['#a'] }), come('pat', { face: 'plain', rooms: ['#a'] })];
    pat.heard();
    setTopic(house, ann.user, '#a', `\x1b[31m${'€'.repeat(200)}`);
    expect(house.findRoom('#a')!.topic?.text).toBe(`\x1b[31m${'€'.repeat(98)}`);
    expect(pat.heard()).toEqual([`* ann sets the topic of a: \\x1b[31m${'€'.repeat(98)}`]);
  });
});
