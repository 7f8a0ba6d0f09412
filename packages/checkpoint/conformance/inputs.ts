import fc from 'fast-check';

// Inputs that find where two implementations of the same rule part.

const ESC = '\u001b';

/** Text rich in what hostile text is made of, and in what the two languages treat differently. */
export const anyText = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          ...[
            ESC,
            `${ESC}[31m`,
            `${ESC}]0;title\u0007`,
            `${ESC}]8;;http://x${ESC}\\`,
            `${ESC}P1;2q`,
            `${ESC}( B`,
          ],
          ...['\u009b1A', '\u009d0;x', '\u009c', '\u202e', '\u2066', '\u200f', '\ud83d', '\ude00', '😀', '𝕏'],
          ...[
            '\n',
            '\r',
            '\r\n',
            '\0',
            '\u0085',
            '\u001c',
            '\u001f',
            '\u2028',
            '\ufeff',
            '\u00a0',
            '\u180e',
            ' ',
          ],
          ...[
            'COMPLETE',
            'COMP',
            'LETE',
            'word',
            'two words',
            'é',
            'é',
            '漢',
            'ﬁ',
            'İ',
            'ß',
            'Σ',
            '"',
            '\\',
            '\u007f',
          ],
        ),
      },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

const longText = fc
  .tuple(
    fc.constantFrom('x', 'é', '漢', '😀', '\u0301', '\ufffd', 'COMPLETE', '\ud83d', ' a'),
    fc.nat({ max: 2500 }),
  )
  .map(([unit, count]) => unit.repeat(count));

const text = fc.oneof({ weight: 5, arbitrary: anyText }, { weight: 1, arbitrary: longText });
const items = fc.oneof(fc.nat({ max: 20 }), fc.nat(), fc.maxSafeNat());
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const seconds = fc.oneof(
  fc.double({ min: 0, max: 1e4, noNaN: true }),
  fc.double({ min: 0, max: 4e10, noNaN: true }),
  // Halves of a tenth of a minute, where rounding shows.
  fc.nat({ max: 1000 }).map((half) => half * 3),
);
const moment = fc.oneof(
  fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-01-25 12:00:00',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    'unknown',
    '',
  ),
);
const perSecond = fc.oneof(
  fc.double({ min: 0, max: 1e16, noNaN: true }),
  fc.double({ min: 0, max: 2000, noNaN: true }),
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.constantFrom(0, 1, 1 / 60, 1 / 3600, 1.125, 0.5, 999.5, 99.95, 9.995, 1e15, 0.99999),
);

export const report = fc.record({
  status: fc.constantFrom('queued', 'running', 'complete', 'failed', 'interrupted', 'stopped'),
  completed: nullable(items),
  total: nullable(items),
  elapsedSeconds: seconds,
  etaSeconds: nullable(seconds),
  lastUpdate: moment,
  job: nullable(text),
  unit: nullable(text),
  itemsPerSecond: nullable(perSecond),
  from: nullable(text),
  checkpoints: nullable(items),
  lastCheckpoint: nullable(fc.record({ name: text, at: moment })),
  inFlight: nullable(items),
  atRiskSeconds: nullable(seconds),
  runs: nullable(items),
  host: nullable(text),
  stage: nullable(text),
  message: nullable(text),
});

/** Numbers that a bug could put into a report. */
export const brokenReport = fc.tuple(report, fc.double(), fc.double()).map(([good, one, other]) => ({
  ...good,
  completed: one,
  total: good.total === null ? null : other,
  elapsedSeconds: other,
  etaSeconds: one,
  itemsPerSecond: other,
  checkpoints: one,
  inFlight: other,
  atRiskSeconds: one,
  runs: other,
}));

const jsonNumber = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any record: keys and values of all kinds, nested. */
export const record = fc.dictionary(
  fc.oneof(
    fc.constantFrom('version', 'first', 'file', 'é'),
    anyText.filter((key) => key !== '__proto__'),
  ),
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      anyText,
      jsonNumber,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).value,
  // An empty record is none, and keys that look like numbers are put in another order by JavaScript itself.
  { minKeys: 1, maxKeys: 6, noNullPrototype: true },
);

const range = fc.record({ first: fc.nat({ max: 60 }), count: fc.integer({ min: 1, max: 25 }) });

/** A cadence, and what is taken of a job. */
export const plan = fc.record({
  total: fc.integer({ min: 1, max: 70 }),
  every: fc.oneof(
    fc.record({ items: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ seconds: fc.constantFrom(60, 120) }),
  ),
  taken: fc.array(range, { maxLength: 6 }),
  redo: fc.array(range, { maxLength: 3 }),
  nextCount: fc.integer({ min: -1, max: 40 }),
});

export const sizing = fc.record({
  total: fc.integer({ min: 1, max: 1_000_000 }),
  seconds: fc.oneof(fc.constantFrom(0.1, 60, 120, 300), fc.double({ min: 0.1, max: 300, noNaN: true })),
  timings: fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 5000 }),
      seconds: fc.integer({ min: 1, max: 500_000 }).map((ms) => ms / 1000),
    }),
    { maxLength: 12 },
  ),
});

/** Traces as jobs leave them: a pace that jumps or drifts, with a start-up, over some runs. */
export const trace = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 }),
    same: fc.boolean(),
    startup: fc.constantFrom(0, 0, 3, 40),
    pace: fc.double({ min: 0.001, max: 3, noNaN: true }),
    drift: fc.constantFrom(0, 0, 0.01, -0.01),
    noise: fc.array(fc.double({ min: 0.7, max: 1.4, noNaN: true }), { minLength: 60, maxLength: 60 }),
    jumps: fc.array(fc.nat({ max: 59 }), { maxLength: 3 }),
    runs: fc.array(fc.nat({ max: 59 }), { maxLength: 3 }),
    running: fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 400 }),
        seconds: fc.double({ min: 0, max: 500, noNaN: true }),
        done: fc.option(fc.nat({ max: 400 }), { nil: null }),
      }),
      { maxLength: 1 },
    ),
    left: fc.integer({ min: 0, max: 200_000 }),
    every: fc.oneof(
      fc.record({ items: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ seconds: fc.constantFrom(60, 120) }),
    ),
  })
  .map(({ counts, same, startup, pace, drift, noise, jumps, runs, running, left, every }) => {
    let now = pace;
    let run = 1;
    const committed = counts.map((any, at) => {
      const count = same ? (counts[0] ?? 1) : any;
      if (jumps.includes(at)) now *= 2.5;
      if (runs.includes(at)) run += 1;
      now = Math.max(0.0005, now * (1 + drift));
      const seconds = Math.round(1000 * (startup + count) * now * (noise[at] ?? 1)) / 1000;
      return { count, seconds, run };
    });
    return { committed, running, remaining: left + (running[0]?.count ?? 0), every };
  });

const entry = fc.record({
  version: fc.constant(1),
  index: fc.nat({ max: 50 }),
  first: fc.nat({ max: 40 }),
  count: fc.integer({ min: 1, max: 15 }),
  file: fc.constantFrom('checkpoint_00000.txt', 'checkpoint_00010.txt', 'é.npz'),
  bytes: fc.nat(),
  sha256: fc.constantFrom('ab'.repeat(32), '01'.repeat(32)),
  seconds: fc.nat({ max: 100_000 }).map((ms) => ms / 1000),
  attempt: fc.integer({ min: 1, max: 3 }),
  at: fc.constant('2026-11-23T12:34:56.789Z'),
});

export const entries = fc.array(entry, { maxLength: 12 });
export { entry };

/** Files by their paths, as base64. */
export const tree = fc.dictionary(
  fc
    .array(fc.constantFrom('a', 'B', 'é', '漢', '😀', '\uff5e', '"q', 'a b', '_', '-'), {
      minLength: 1,
      maxLength: 3,
    })
    // A path that is a file is no folder: each part says which it is.
    .map((parts) =>
      `${parts
        .map((part) => `d${part}`)
        .slice(0, -1)
        .join('/')}/f${parts.at(-1)}`.replace(/^\//, ''),
    ),
  fc.base64String({ maxLength: 40 }),
  { maxKeys: 6, noNullPrototype: true },
);

/** Checkpoints of one process, and the runs that went on from them. */
export const choice = fc.record({
  whole: fc
    .uniqueArray(fc.nat({ max: 5 }), { maxLength: 5 })
    .map((all) =>
      all.map((one) => ({ path: `/c/${one}`, bytes: 1, modifiedAt: '2026-11-23T12:00:00.000Z' })),
    ),
  tries: fc
    .array(
      fc.record({
        checkpoint: fc.option(
          fc.nat({ max: 5 }).map((one) => `/c/${one}`),
          { nil: null },
        ),
        modifiedAt: fc.constantFrom('2026-11-23T12:00:00.000Z', '2026-11-23T12:00:00.000Z', null),
        bootId: fc.constantFrom('a', 'b', null),
        progressed: fc.boolean(),
        outcome: fc.constantFrom(null, null, 'failed', 'complete', 'interrupted', 'stopped'),
      }),
      { maxLength: 6 },
    )
    .map((tries) => tries.map((one, at) => ({ run: at + 1, ...one }))),
  bootId: fc.constantFrom('a', null),
});

export const cadence = fc.oneof(
  fc.constantFrom(
    ...[
      '2000',
      '0',
      '007',
      '90s',
      '2m',
      '2.5m',
      '1h',
      '1h30m',
      '1h30',
      '1h05',
      '2 min',
      '2M',
      '10 d',
      '5 s 2 s',
    ],
    ...[
      '2m left',
      '2 m',
      '0s',
      '0.04s',
      '0.05s',
      '1e3',
      '١٢',
      '2m,',
      '1 w 2 d',
      '99999999999999999999',
      '3ms',
      '',
      ' ',
    ],
  ),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('1', '2.5', '30', '90', '.5', '1,000', '1e2'),
        fc.constantFrom(' ', ''),
        fc.constantFrom('s', 'sec', 'm', 'min', 'hours', 'd', 'w', 'ms', 'millis', 'x'),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.map((part) => part.join('')).join(' ')),
);

export const name = fc.oneof(
  anyText,
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('..', 'a/b', 'x'.repeat(255), 'x'.repeat(256), '😀'.repeat(128), '-a-', 'A_b.C', '...'),
);

/** Without characters that only one side's tables may know: Unicode grows every year. */
export const jobName = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
      fc.constantFrom(
        'é',
        'Ü',
        'ﬁ',
        'İ',
        'ß',
        'Σ',
        'ς',
        '漢',
        '½',
        '①',
        'Ⅳ',
        '😀',
        '\ud83d',
        '-',
        '.',
        '_',
        'x'.repeat(40),
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

export { perSecond };
