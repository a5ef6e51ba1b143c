import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from '../../src/host/deadline-heap.ts';
import { Check, type Due, Instance } from '../../src/registry/instance.ts';
import { readRegistration } from '../../src/registry/registration.ts';
import { Schedule } from '../../src/registry/schedule.ts';
import { RULES } from './fixture.ts';

function makeChecks(count: number): Check[] {
  const instance = new Instance(readRegistration({ name: 'a', port: 1 }, '10.0.0.1'), '10.0.0.1', 0);
  return Array.from({ length: count }, () => new Check(instance, { kind: 'tcp' }, RULES));
}

const createSchedule = (most: number, random = Math.random): Schedule =>
  new Schedule(new DeadlineHeap<Due>(), random, most);

describe('Schedule', () => {
  it('runs so many checks at once, and the others in their order as places get free', () => {
    const schedule = createSchedule(2);
    const checks = makeChecks(5);
    for (const [i, check] of checks.entries()) schedule.add(check, i, false);
    expect(schedule.next).toBe(0);
    expect(schedule.due(10).checks).toEqual(checks.slice(0, 2));
    expect([schedule.running, schedule.overdue]).toEqual([2, 3]);
    expect(schedule.due(10).checks).toEqual([]);
    schedule.settled(checks[1]!, false);
    expect(schedule.due(10).checks).toEqual([checks[2]]);
    schedule.forget(checks[3]!);
    schedule.settled(checks[0]!, true);
    expect(schedule.due(10).checks).toEqual([checks[4]]);
    expect([schedule.running, schedule.overdue]).toEqual([2, 0]);
  });

  it('begins few at a time, and says that more may be begun', () => {
    const schedule = createSchedule(100);
    for (const check of makeChecks(150)) schedule.add(check, 0, false);
    const begun: number[] = [];
    while ((schedule.next ?? 99) <= 10) begun.push(schedule.due(10).checks.length);
    expect(begun).toEqual([16, 16, 16, 16, 16, 16, 4]);
    expect([schedule.running, schedule.overdue]).toEqual([100, 50]);
  });

  it('waits from 0.9 to 1 interval from start to start', () => {
    const schedule = createSchedule(1_000);
    const checks = makeChecks(1_000);
    for (const check of checks) schedule.add(check, 0, false);
    while (schedule.running < 1_000) schedule.due(100);
    for (const check of checks) schedule.settled(check, false);
    const waits = checks.map(({ deadline }) => deadline - 100);
    expect(Math.min(...waits)).toBeGreaterThan(4_500);
    expect(Math.min(...waits)).toBeLessThan(4_550);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeGreaterThan(4_950);
  });

  it('spreads checks of a restart over their interval', () => {
    const schedule = createSchedule(1_000);
    const checks = makeChecks(1_000);
    for (const check of checks) schedule.add(check, 0, true);
    schedule.due(2_500);
    expect(schedule.running + schedule.overdue).toBeGreaterThan(400);
    expect(schedule.running + schedule.overdue).toBeLessThan(600);
    schedule.due(5_000);
    expect(schedule.running + schedule.overdue).toBe(1_000);
  });

  it('forgets a check that runs: it is not planned again', () => {
    const schedule = createSchedule(10);
    const [check] = makeChecks(1) as [Check];
    schedule.add(check, 0, false);
    schedule.due(0);
    schedule.forget(check);
    schedule.settled(check, true);
    expect([schedule.running, schedule.next]).toEqual([0, undefined]);
  });
});
