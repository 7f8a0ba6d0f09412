import type { Random } from './random.ts';
import { simulate, type Trace } from './simulate.ts';

// The kinds of work that the estimators are compared on. A job is an overnight one: some 240 batches of about 2 min.

const TOTAL = 30_000;
const BATCH = 125;
const ITEM_SECONDS = 1;

/** What one batch's time is off by: most machines are not alone. */
const NOISE = 0.1;
const noisy = (random: Random, spread = NOISE) => Math.exp(spread * random.normal() - spread ** 2 / 2);

/** What the first batch of a resumed run pays for caches that are empty. */
const coldFirst = (started: number) => (started === 0 ? 1.5 : 1);

export interface TraceKind {
  name: string;
  what: string;
  /** Held to this share of the median error of the better of the others; left out: to 1.1 times. */
  share?: number;
  make: (random: Random) => Trace;
}

export const traceKinds: readonly TraceKind[] = [
  {
    name: 'steady',
    what: 'batches of 125 items, 1 s an item, 10 % noise',
    make: (random) =>
      simulate({
        total: TOTAL,
        every: { items: BATCH },
        cost: ({ count }) => count * ITEM_SECONDS * noisy(random),
      }),
  },
  {
    name: 'steady, few batches',
    what: '20 batches, 10 % noise',
    make: (random) =>
      simulate({ total: 2500, every: { items: BATCH }, cost: ({ count }) => count * noisy(random) }),
  },
  {
    name: 'warm-up',
    what: 'the first batches take up to 5 times as long, fading',
    share: 0.5,
    make: (random) => {
      const height = 2 + 3 * random.uniform();
      const fade = 1.5 + 3 * random.uniform();
      return simulate({
        total: TOTAL,
        every: { items: BATCH },
        cost: ({ count, started }) => count * (1 + height * Math.exp(-started / fade)) * noisy(random),
      });
    },
  },
  {
    name: 'lognormal 0.5',
    what: 'each item lognormal, sigma 0.5; batches of 10',
    make: (random) => lognormalItems(random, 0.5),
  },
  {
    name: 'lognormal 1',
    what: 'each item lognormal, sigma 1; batches of 10',
    make: (random) => lognormalItems(random, 1),
  },
  {
    name: 'slowing down',
    what: 'an item costs 2 to 4 times as much at the end, growing evenly',
    make: (random) => {
      const growth = 1 + 2 * random.uniform();
      return simulate({
        total: TOTAL,
        every: { items: BATCH },
        cost: ({ first, count }) => count * (1 + (growth * first) / TOTAL) * noisy(random),
      });
    },
  },
  {
    name: 'slowing down, curved',
    what: 'an item costs 3 to 5 times as much at the end, growing with the square',
    make: (random) => {
      const growth = 2 + 2 * random.uniform();
      return simulate({
        total: TOTAL,
        every: { items: BATCH },
        cost: ({ first, count }) => count * (1 + growth * (first / TOTAL) ** 2) * noisy(random),
      });
    },
  },
  {
    name: 'resume',
    what: 'killed once between a third and two thirds, resumed after 1 to 10 h; the first batch finds cold caches',
    share: 0.5,
    make: (random) =>
      simulate({
        total: TOTAL,
        every: { items: BATCH },
        kills: [
          { atItems: TOTAL * (1 / 3 + random.uniform() / 3), gapSeconds: 3600 * (1 + 9 * random.uniform()) },
        ],
        cost: ({ count, run, started }) => count * (run > 1 ? coldFirst(started) : 1) * noisy(random),
      }),
  },
  {
    name: 'resume on another machine',
    what: 'the same, on a machine of half to twice the speed; counted from the resume on',
    // With 60 batches behind and ahead, and none that tells of this machine before, the mean of all has 0.46 of the
    // error that the smoothing has: less can't be had.
    share: 0.6,
    make: (random) => {
      const factor = (random.uniform() < 0.5 ? 1 : -1) * (0.4 + 0.3 * random.uniform());
      const atItems = TOTAL * (1 / 3 + random.uniform() / 3);
      return simulate({
        total: TOTAL,
        every: { items: BATCH },
        kills: [{ atItems, gapSeconds: 3600 * (1 + 9 * random.uniform()) }],
        countedFromItems: atItems,
        cost: ({ count, run, started }) =>
          count * (run > 1 ? Math.exp(factor) * coldFirst(started) : 1) * noisy(random),
      });
    },
  },
  {
    name: '4 at once',
    what: 'four batches side by side, 10 % noise',
    make: (random) =>
      simulate({
        total: TOTAL,
        jobs: 4,
        every: { items: BATCH },
        cost: ({ count }) => count * 4 * noisy(random),
      }),
  },
  {
    name: 'a night asleep',
    what: 'the wall clock jumps 8 h; the clock that measures batches does not',
    share: 0.5,
    make: (random) => asleep(random, false, 1),
  },
  {
    name: 'a night asleep, measured',
    what: 'the same, and the running batch is measured to have taken 8 h',
    share: 0.5,
    make: (random) => asleep(random, true, 1),
  },
  {
    name: 'a night asleep, 4 at once',
    what: 'the same with four running batches, each measured to have taken 8 h',
    share: 0.5,
    make: (random) => asleep(random, true, 4),
  },
  {
    name: 'growing batches',
    what: 'sized by time for 2 min from a thousandth on; 5 to 20 s to start each',
    make: (random) => {
      const startup = 5 + 15 * random.uniform();
      return simulate({
        total: TOTAL,
        every: { seconds: 120 },
        cost: ({ count }) => (startup + count * 0.5) * noisy(random, 0.05),
      });
    },
  },
  {
    name: 'slower from one batch to the next',
    what: 'somewhere in the middle half everything begins to take 1.5 to 2.5 times as long; counted from there on',
    make: (random) => {
      const at = TOTAL * (0.25 + 0.5 * random.uniform());
      const factor = 1.5 + random.uniform();
      return simulate({
        total: TOTAL,
        every: { items: BATCH },
        countedFromItems: at,
        cost: ({ first, count }) => count * (first >= at ? factor : 1) * noisy(random),
      });
    },
  },
];

function lognormalItems(random: Random, sigma: number): Trace {
  return simulate({
    total: 2400,
    every: { items: 10 },
    cost: ({ count }) => {
      let seconds = 0;
      for (let item = 0; item < count; item += 1) {
        seconds += 12 * Math.exp(sigma * random.normal() - sigma ** 2 / 2);
      }
      return seconds;
    },
  });
}

function asleep(random: Random, sleepIsMeasured: boolean, jobs: number): Trace {
  return simulate({
    total: TOTAL,
    jobs,
    every: { items: BATCH },
    sleeps: [{ atItems: TOTAL * (0.2 + 0.5 * random.uniform()), seconds: 8 * 3600 }],
    sleepIsMeasured,
    cost: ({ count }) => count * jobs * noisy(random),
  });
}
