import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPollLoop, type PollLoop } from '../src/pollLoop.ts';
import { createVirtualClock, type VirtualClock } from './virtualClock.ts';

interface Rig {
  clock: VirtualClock;
  loop: PollLoop;
  polls(): number;
  mostAtOnce(): number;
}

function rig(tookMs: () => number, intervalMs = 30_000): Rig {
  const clock = createVirtualClock();
  let polls = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const loop = createPollLoop({
    clock,
    async poll() {
      polls += 1;
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      await new Promise<void>((resolve) => clock.setTimer(tookMs(), resolve));
      atOnce -= 1;
      loop.schedule();
    },
    nextDelayMs: (took) => Math.max(100, intervalMs - took),
  });
  return { clock, loop, polls: () => polls, mostAtOnce: () => mostAtOnce };
}

describe('the loop of polls', () => {
  it('polls from start to start in its interval', async () => {
    const { clock, loop, polls } = rig(() => 1000);
    void loop.pollNow();
    await clock.advance(5 * 60_000 + 1);
    expect(polls()).toBe(11);
  });

  it('takes many wishes during a poll for one more, whose end they all see', async () => {
    const { clock, loop, polls } = rig(() => 1000);
    void loop.pollNow();
    const ended: number[] = [];
    for (let wish = 0; wish < 5; wish += 1) void loop.pollNow().then(() => ended.push(clock.now()));
    await clock.advance(1999);
    expect([polls(), ended]).toEqual([2, []]);
    await clock.advance(1);
    expect(ended).toEqual(Array(5).fill(2000));
  });

  it('has no timer while it pauses, and goes on when it is asked to', async () => {
    const { clock, loop, polls } = rig(() => 1000);
    void loop.pollNow();
    await clock.advance(2000);
    loop.pause();
    expect(clock.timers()).toBe(0);
    await loop.pollNow();
    await clock.advance(10 * 60_000);
    expect(polls()).toBe(1);
    loop.unpause();
    void loop.pollNow();
    await clock.advance(31_000);
    expect(polls()).toBe(3);
  });

  it('never polls twice at once, whatever is asked of it and however long a poll takes', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 60_000 }) }),
      fc.record({ kind: fc.constantFrom('poll', 'schedule', 'pause', 'unpause') }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 90_000 })),
        async (steps, durations) => {
          const { clock, loop, mostAtOnce } = rig(() => durations.next().value);
          for (const next of steps) {
            if (next.kind === 'advance') await clock.advance('ms' in next ? next.ms : 0);
            else if (next.kind === 'poll') void loop.pollNow();
            else if (next.kind === 'schedule') loop.schedule();
            else if (next.kind === 'pause') loop.pause();
            else loop.unpause();
          }
          expect(mostAtOnce()).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
