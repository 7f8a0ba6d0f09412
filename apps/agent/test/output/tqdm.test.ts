import { PYTHON } from '@milepost/testing/python';
import { describe, expect, test } from 'vitest';
import type { OutputReading } from '../../src/output/readProgress.ts';
import { readingOf, runAndRead } from './feed.ts';

// What the real tqdm prints.

/** Runs a script with tqdm that draws at every step. */
function run(script: string): Promise<(OutputReading | null)[]> {
  return runAndRead(PYTHON, [
    '-c',
    `import sys\nfrom functools import partial\nfrom tqdm import tqdm as T\ntqdm = partial(T, mininterval=0, miniters=1)\n${script}`,
  ]);
}

function reading(
  completed: number,
  total: number | null,
  unit: string | null,
  from: string,
  key: string,
): OutputReading {
  return { completed, total, unit, from, key };
}

/** What was done, in the order in which it was read. */
function counts(readings: (OutputReading | null)[]): (number | undefined)[] {
  return readings.map((one) => one?.completed);
}

function isRising(values: (number | undefined)[]): boolean {
  return values.every((value, at) => at === 0 || (value ?? 0) >= (values[at - 1] ?? 0));
}

describe.each([['False'], ['True'], ['None']])('nested bars without texts, and leave=%s', (leave) => {
  test.each([
    [3, 10],
    [3, 3],
    [10, 3],
    [1, 5],
  ])('%i times %i: the outer one counts', async (outer, inner) => {
    const readings = await run(
      `for i in tqdm(range(${outer})):\n  for j in tqdm(range(${inner}), leave=${leave}): pass`,
    );
    expect(readings.at(-1)).toEqual(reading(outer, outer, 'it', 'tqdm', 'tqdm:'));
    expect(new Set(readings.map((one) => one?.total ?? outer))).toEqual(new Set([outer]));
    expect(isRising(counts(readings))).toBe(true);
  });
});

test('three bars within each other', async () => {
  const readings = await run(
    'for i in tqdm(range(2), desc="A"):\n for j in tqdm(range(3), desc="B"):\n  for k in tqdm(range(4), desc="C"): pass',
  );
  expect(readings.at(-1)).toEqual(reading(2, 2, 'it', 'tqdm "A"', 'tqdm:A'));
  expect(new Set(readings.map((one) => one?.key ?? 'tqdm:A'))).toEqual(new Set(['tqdm:A']));
});

test('a scaled number is the number it stands for', async () => {
  const readings = await run(
    'b = tqdm(total=30000, unit=" samples", unit_scale=True, desc="Gen")\nb.update(1200)\nb.update(12000)\nb.close()',
  );
  expect(readings.at(-1)).toEqual(reading(13200, 30000, 'samples', 'tqdm "Gen"', 'tqdm:Gen'));
});

test('a bar without a total counts, and of how many is unknown', async () => {
  const readings = await run('for x in tqdm(iter(range(5)), desc="Read"): pass');
  expect(readings.at(-1)).toEqual(reading(5, null, 'it', 'tqdm "Read"', 'tqdm:Read'));
});

test('a bar that goes on at 40', async () => {
  const readings = await run('for x in tqdm(range(40, 100), initial=40, total=100): pass');
  expect(readings.find((one) => one !== null)).toEqual(reading(40, 100, 'it', 'tqdm', 'tqdm:'));
  expect(readings.at(-1)).toEqual(reading(100, 100, 'it', 'tqdm', 'tqdm:'));
});

test('on stdout, in ASCII, in colour, with a text behind that changes', async () => {
  const readings = await run(
    'b = tqdm(range(20), file=sys.stdout, ascii=True, colour="green", desc="Über [1/2]")\nfor x in b: b.set_postfix(loss=0.5/(x+1), of="3/4", at="37%")',
  );
  expect(readings.at(-1)).toEqual(reading(20, 20, 'it', 'tqdm "Über [1/2]"', 'tqdm:Über [#/#]'));
});

test('a bar that is closed early stays where it was', async () => {
  const readings = await run(
    'b = tqdm(total=100, desc="Half")\nb.update(50)\nb.close()\nprint("done with it 100/100")',
  );
  expect(readings.at(-1)).toEqual(reading(50, 100, 'it', 'tqdm "Half"', 'tqdm:Half'));
});

test('of two one after the other, with texts of their own, the one that runs', async () => {
  const readings = await run('for n in ("Load", "Train"):\n  for x in tqdm(range(10), desc=n): pass');
  expect(readings.at(-1)).toEqual(reading(10, 10, 'it', 'tqdm "Train"', 'tqdm:Train'));
  expect(readings).toContainEqual(reading(4, 10, 'it', 'tqdm "Load"', 'tqdm:Load'));
  expect(readings).toContainEqual(reading(4, 10, 'it', 'tqdm "Train"', 'tqdm:Train'));
});

test('a bar that begins again is a part of something larger: its items are counted, their total is unknown', async () => {
  const readings = await run('for e in range(3):\n  for x in tqdm(range(10), desc="Train"): pass');
  expect(readings.at(-1)).toEqual(reading(30, null, 'it', 'tqdm "Train", 3rd time', 'tqdm:Train'));
  expect(isRising(counts(readings))).toBe(true);
});

test('epochs that are printed, with a bar for each', async () => {
  const readings = await run(
    'for e in range(3):\n  print(f"Epoch {e + 1}/3", file=sys.stderr)\n  for x in tqdm(range(10)): pass',
  );
  expect(readings.at(-1)).toEqual(reading(2, 3, 'epochs', '"Epoch 3/3"', 'count:epoch'));
});

test('epochs in the text of each bar', async () => {
  const readings = await run('for e in range(3):\n  for x in tqdm(range(10), desc=f"Epoch {e + 1}/3"): pass');
  expect(readings.at(-1)).toEqual(reading(2, 3, 'epochs', 'tqdm "Epoch 3/3"', 'count:epoch'));
  expect(counts(readings).every((count) => (count ?? 0) <= 2)).toBe(true);
});

test('epochs within each step of a bar: the bar counts, once that is clear', async () => {
  const readings = await run(
    'for t in tqdm(range(4), desc="Trials"):\n  for e in range(5): print(f"Epoch {e + 1}/5", file=sys.stderr)',
  );
  expect(readings.at(-1)).toEqual(reading(4, 4, 'it', 'tqdm "Trials"', 'tqdm:Trials'));
  for (const one of readings) expect(one?.key ?? 'tqdm:Trials').toBe('tqdm:Trials');
});

test('bars beside each other are counted together', async () => {
  const readings = await run(
    'bars = [tqdm(total=10, position=p, desc=f"Worker {p}") for p in range(3)]\nfor n in range(8):\n  for b in bars: b.update()',
  );
  const last = readings.at(-1);
  expect(last).toMatchObject({ completed: 24, total: 30, unit: 'it' });
  expect(last?.from).toMatch(/^3 bars at once, among them tqdm "Worker \d"$/);
});

test('bars of different things beside each other say nothing of the whole', async () => {
  const readings = await run(
    'bars = [tqdm(total=10, position=p, desc=f"Part {p}", unit="ab"[p]) for p in range(2)]\nfor n in range(8):\n  for b in bars: b.update()',
  );
  expect(readings.at(-1)).toBe(null);
});

test('two processes that draw one bar at one place are no progress', () => {
  const frame = (n: number, seconds: number) =>
    `\r${String(n * 10).padStart(3)}%|${'#'.repeat(n).padEnd(10)}| ${n}/10 [00:0${seconds}<00:09,  1.00it/s]`;
  expect(
    readingOf(
      `${frame(0, 0)}${frame(0, 0)}${frame(3, 3)}${frame(1, 3)}${frame(4, 4)}${frame(2, 4)}${frame(5, 5)}\n`,
    ),
  ).toBe(null);
});

test('text that only resembles a bar is none', () => {
  expect(readingOf('50%|#####     | 1/10 [00:01<00:09,  1.00it/s]\r\n')).toBe(null);
  expect(readingOf('50%|#####     | 5/0 [00:01<00:09,  1.00it/s]\r\n')).toBe(null);
  expect(readingOf('50%|#####     | -5/10 [00:01<00:09,  1.00it/s]\r\n')).toBe(null);
  expect(readingOf('120it [soon]\n')).toBe(null);
});
