import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMonitor } from '../../src/monitor.ts';
import type { MonitorEvent } from '../../src/view.ts';
import { createVirtualClock } from '../virtualClock.ts';
import { type ScriptStep, simulateHost } from './simulatedHost.ts';

// The whole monitor under a virtual clock, against a host in memory: what a long time and much trouble do to it.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A day like any other. */
const BEGIN = Date.UTC(2026, 0, 5);

type Step =
  | { kind: 'wait'; ms: number }
  | { kind: 'fault'; fault: 'silent' | 'refused' | null }
  | { kind: 'break' }
  | { kind: 'sleep'; ms: number }
  | { kind: 'poll' }
  | { kind: 'attention'; to: 'watching' | 'background' };

interface Outcome {
  events: MonitorEvent[];
  states: Set<string>;
  state: string | undefined;
  link: string | undefined;
  polls: number;
  attempts: number;
  mostPollsAtOnce: number;
  mostConnections: number;
  mostTimers: number;
  left: { timers: number; connections: number };
}

/** Runs the steps, then leaves the link alone for a while, and stops. */
async function live(
  script: readonly ScriptStep[],
  steps: readonly Step[],
  random: () => number,
): Promise<Outcome> {
  const clock = createVirtualClock(BEGIN);
  const host = simulateHost(clock, script, () => 5 + Math.floor(random() * 300));
  const monitor = createMonitor({
    hosts: [{ id: 'sim', destination: 'sim', paths: [] }],
    connect: host.connect,
    eventStorePath: null,
    clock,
    random,
  });
  const events: MonitorEvent[] = [];
  const states = new Set<string>();
  let mostTimers = 0;
  monitor.onEvent((event) => {
    events.push(event);
    monitor.eventShown(event.id);
  });
  monitor.onView((view) => {
    for (const { state } of view.jobs) states.add(state);
    mostTimers = Math.max(mostTimers, clock.timers());
  });
  monitor.start();
  await clock.advance(10_000);
  for (const step of steps) {
    if (step.kind === 'wait') await clock.advance(step.ms);
    else if (step.kind === 'fault') host.setFault(step.fault);
    else if (step.kind === 'break') host.breakAll();
    else if (step.kind === 'poll') void monitor.pollNow();
    else if (step.kind === 'attention') monitor.setAttention(step.to);
    else {
      monitor.sleep();
      await clock.advance(0);
      // Asleep, the steady clock stands still on some systems; the wall clock never does.
      clock.jump(step.ms);
      monitor.wake();
    }
  }
  host.setFault(null);
  monitor.setAttention('background');
  // As long as the longest backoff, and a few polls.
  await clock.advance(15 * MINUTE);
  const view = monitor.view();
  const outcome = {
    events,
    states,
    state: view.jobs[0]?.state,
    link: view.hosts[0]?.link.kind,
    polls: host.polls(),
    attempts: host.attempts(),
    mostPollsAtOnce: host.mostPollsAtOnce(),
    mostConnections: host.mostConnections(),
    mostTimers,
  };
  const stopping = monitor.stop();
  await clock.advance(MINUTE);
  await stopping;
  return { ...outcome, left: { timers: clock.timers(), connections: host.openConnections() } };
}

/** What holds whatever happened to the link and to the job. */
function expectTrue(outcome: Outcome, script: readonly ScriptStep[], endsAt: number): void {
  const { events } = outcome;
  const ids = events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  // Nothing that only the network could have made.
  expect(
    [...outcome.states].filter((state) => ['failed', 'stalled', 'missing', 'unreadable'].includes(state)),
  ).toEqual([]);
  const told = events.filter(({ jobKey }) => jobKey !== null);
  for (const [at, event] of told.entries()) {
    const before = told[at - 1];
    if (before !== undefined) expect([event.kind, event.runId]).not.toEqual([before.kind, before.runId]);
    const run = Number(event.runId?.slice('run-aaaa-'.length));
    const starts = script.filter(({ what }) => what === 'start');
    const after = script[script.indexOf(starts[run - 1] ?? { at: 0, what: 'start' }) + 1]?.what;
    if (event.kind === 'interrupted') expect(after).toBe('kill');
    else if (event.kind === 'completed') expect(after).toBe('complete');
    else expect(event.kind).toBe('started');
  }
  // In turn; what a summary at wake tells may be one of them or some, and is not among the others.
  let next: string[] = ['unreachable'];
  for (const { kind } of events.filter(({ jobKey }) => jobKey === null)) {
    if (kind === 'summary') next = ['unreachable', 'reachable'];
    else {
      expect(next).toContain(kind);
      next = [kind === 'unreachable' ? 'reachable' : 'unreachable'];
    }
  }
  const last = script.filter(({ at }) => at <= endsAt - 3 * MINUTE).at(-1);
  const later = script.some(({ at }) => at > endsAt - 3 * MINUTE && at <= endsAt);
  if (!later && last !== undefined) {
    const state = { start: 'running', kill: 'interrupted', complete: 'complete' }[last.what];
    expect(outcome.state).toBe(state);
  }
  expect(outcome.link).toBe('online');
  expect(outcome.mostPollsAtOnce).toBeLessThanOrEqual(1);
  expect(outcome.mostConnections).toBeLessThanOrEqual(1);
  expect(outcome.left).toEqual({ timers: 0, connections: 0 });
}

/** Runs of some length that are killed or complete, one after the other with pauses between. */
function scriptOf(lengths: readonly { runMs: number; pauseMs: number; completes: boolean }[]): ScriptStep[] {
  let at = BEGIN - 10 * MINUTE;
  const script: ScriptStep[] = [];
  for (const { runMs, pauseMs, completes } of lengths) {
    script.push({ at, what: 'start' });
    at += runMs;
    script.push({ at, what: completes ? 'complete' : 'kill' });
    if (completes) break;
    at += pauseMs;
  }
  return script;
}

function spanOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + ('ms' in step ? step.ms : 0), 0);
}

/** From 0 up to 1, the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('the whole monitor under a virtual clock', () => {
  it('for 48 hours of outages, broken connections, sleep and wake: bounded polls, each event once, no leak', async () => {
    for (const seed of process.env['MILEPOST_LONG'] === '1' ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2]) {
      const random = randomOf(seed);
      const steps: Step[] = [];
      let outages = 0;
      while (spanOf(steps) < 48 * HOUR) {
        steps.push({ kind: 'wait', ms: Math.floor(random() * 40 * MINUTE) });
        const dice = random();
        if (dice < 0.35) {
          outages += 1;
          steps.push({ kind: 'fault', fault: random() < 0.5 ? 'silent' : 'refused' });
          // Most are short, some are told.
          steps.push({ kind: 'wait', ms: Math.floor(random() ** 3 * HOUR) }, { kind: 'fault', fault: null });
        } else if (dice < 0.6) steps.push({ kind: 'break' });
        else if (dice < 0.7) steps.push({ kind: 'sleep', ms: Math.floor(random() * 3 * HOUR) });
        else if (dice < 0.8) steps.push({ kind: 'poll' });
        else if (dice < 0.9)
          steps.push(
            { kind: 'attention', to: 'watching' },
            { kind: 'wait', ms: 60_000 },
            { kind: 'attention', to: 'background' },
          );
      }
      const script = scriptOf(
        Array.from({ length: 40 }, () => ({
          runMs: HOUR / 2 + random() * 2 * HOUR,
          pauseMs: 5 * MINUTE + random() * HOUR,
          completes: false,
        })),
      );
      const outcome = await live(script, steps, random);
      expectTrue(outcome, script, BEGIN + 10_000 + spanOf(steps) + 15 * MINUTE);
      // The link was fine for most of it: most of what happened was seen.
      expect(outcome.events.length).toBeGreaterThan(20);
      const awakeMs = spanOf(steps.filter(({ kind }) => kind !== 'sleep')) + 15 * MINUTE;
      const minutesWatched = steps.filter(({ kind }) => kind === 'attention').length / 2;
      expect(outcome.polls).toBeLessThan(awakeMs / 30_000 + minutesWatched * 12 + steps.length * 2);
      expect(outcome.attempts).toBeLessThan(steps.length * 2 + outages * 30);
      expect(outcome.mostTimers).toBeLessThan(80);
    }
  }, 240_000);

  it('whatever comes in whatever order: no event twice, none that the network made, never two polls at once', async () => {
    const ms = (max: number) => fc.integer({ min: 0, max });
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), ms: ms(20 * MINUTE) }),
      fc.record({ kind: fc.constant('wait' as const), ms: ms(2000) }),
      fc.record({
        kind: fc.constant('fault' as const),
        fault: fc.constantFrom('silent' as const, 'refused' as const, null),
      }),
      fc.record({ kind: fc.constant('break' as const) }),
      fc.record({ kind: fc.constant('sleep' as const), ms: ms(2 * HOUR) }),
      fc.record({ kind: fc.constant('poll' as const) }),
      fc.record({
        kind: fc.constant('attention' as const),
        to: fc.constantFrom('watching' as const, 'background' as const),
      }),
    );
    const run = fc.record({ runMs: ms(40 * MINUTE), pauseMs: ms(10 * MINUTE), completes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 6 }),
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        async (lengths, steps, seed) => {
          const script = scriptOf(
            lengths.map((one) => ({ ...one, runMs: one.runMs + 1000, pauseMs: one.pauseMs + 1000 })),
          );
          const outcome = await live(script, steps, randomOf(seed));
          expectTrue(outcome, script, BEGIN + 10_000 + spanOf(steps) + 15 * MINUTE);
        },
      ),
      { numRuns: 60 },
    );
  }, 240_000);
});
