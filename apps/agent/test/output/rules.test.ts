import { describe, expect, test } from 'vitest';
import { createOutputReader, type OutputReading } from '../../src/output/readProgress.ts';
import { readingOf } from './feed.ts';

/** What is read, in one line. */
function read(text: string): string {
  const reading = readingOf(text);
  return reading === null ? 'unknown' : lineOf(reading);
}

function lineOf({ completed, total, unit, from }: OutputReading): string {
  const count = total === null ? `${completed}` : `${completed} of ${total}`;
  return `${count}${unit === null ? '' : ` ${unit}`}, from ${from}`;
}

const bar = (n: number, total = 10, label = '', seconds = n) =>
  `\r${label}${String(Math.round((n / total) * 100)).padStart(3)}%|${'#'.repeat(Math.floor((n / total) * 10)).padEnd(10)}| ${n}/${total} [00:${String(seconds).padStart(2, '0')}<00:09,  1.00it/s]`;

describe('a line that begins with a count', () => {
  test.each([
    ['Epoch 3/100', '2 of 100 epochs, from "Epoch 3/100"'],
    ['Epoch 3/100 - loss: 0.25', '2 of 100 epochs, from "Epoch 3/100"'],
    ['Epoch 3/100 done in 12.3 s', '3 of 100 epochs, from "Epoch 3/100"'],
    ['Finished epoch 3/100', '3 of 100 epochs, from "epoch 3/100"'],
    ['Epoch 3/100 not done yet', '2 of 100 epochs, from "Epoch 3/100"'],
    ['epoch: [3/100]', '2 of 100 epochs, from "epoch: [3/100]"'],
    ['step 1200 of 5000', '1200 of 5000 steps, from "step 1200 of 5000"'],
    ['Step 1200/5000', '1200 of 5000 steps, from "Step 1200/5000"'],
    ['Step 3/12 : RUN make', '2 of 12 steps, from "Step 3/12"'],
    [
      '2026-11-24 12:00:01,123 - trainer - INFO - Iter 50/200 loss 0.3/0.4',
      '50 of 200 iterations, from "Iter 50/200"',
    ],
    ['[2026-11-24T12:00:01Z] [INFO] step 60/100', '60 of 100 steps, from "step 60/100"'],
    ['[rank0]: step 60/100', '60 of 100 steps, from "step 60/100"'],
    ['=== Epoch 1/1 ===', '0 of 1 epochs, from "Epoch 1/1"'],
  ])('%s', (line, expected) => {
    expect(read(`${line}\n`)).toBe(expected);
  });

  test.each([
    ['in the middle of a sentence', 'we are at epoch 3/100'],
    ['above its total', 'Epoch 101/100'],
    ['of nothing', 'step 0/0'],
    ['of something else', 'step 3/4 of the way'],
    ['a path', 'file 12/100/3.png'],
    ['a path that ends', 'file 12/100.png'],
    ['a fraction', 'Epoch 3.5/100'],
    ['another fraction', 'step 3/100.5'],
    ['not in digits', 'Epoch １２/１００'],
    ['too large', `step 1/${'9'.repeat(17)}`],
    ['much too large', `step 1/${'9'.repeat(400)}`],
    ['negative', 'step -3/100'],
    ['a word for something that is no step', 'test 3/100'],
    ['another', 'page 3/100'],
    ['torn', 'Epoch 3/'],
    ['a month', 'Batch 11/2026'],
    ['a day', 'record 11/24'],
    ['the name of one', 'Sample 3/10: the text'],
  ])('%s', (_, line) => {
    expect(read(`${line}\n${line}\n`)).toBe('unknown');
  });

  test('of files, samples, rows and the like two are needed, with one total', () => {
    expect(read('Processing file 11 out of 100\n')).toBe('unknown');
    expect(read('Processing file 11 out of 100\nProcessing file 12 out of 100\n')).toBe(
      '12 of 100 files, from "file 12 out of 100"',
    );
    expect(read('file 1/2\nfile 1/3\nfile 2/4\nfile 3/5\n')).toBe('unknown');
  });

  test('epochs counted from 0 have as many behind them as they say', () => {
    expect(read('Epoch 0/24\n')).toBe('0 of 24 epochs, from "Epoch 0/24"');
    expect(read('Epoch 0/24\nEpoch 3/24\n')).toBe('3 of 24 epochs, from "Epoch 3/24"');
    // The 25th is under way.
    expect(read('Epoch 0/24\nEpoch 24/24\n')).toBe('24 of 25 epochs, from "Epoch 24/24"');
  });

  test('a number that may go on is not read yet', () => {
    expect(read('step 120')).toBe('unknown');
    expect(read('step 1200/50')).toBe('unknown');
    expect(read('step 1200/5000')).toBe('unknown');
    expect(read('step 3/4 ')).toBe('unknown');
    expect(read('step 1200/5000\r')).toBe('1200 of 5000 steps, from "step 1200/5000"');
  });

  test('steps that go back are two things under one name', () => {
    expect(read('step 70/100\nstep 60/100\nstep 80/100\nstep 65/100\n')).not.toContain('of 100');
    expect(read('step 50/100\nstep 70/100\nstep 60/100\n')).toBe('unknown');
  });

  test('steps that begin again are a part of something larger', () => {
    expect(read('step 1/60\nstep 60/60\nstep 1/60\nstep 30/60\n')).toBe(
      '90 steps, from "step 30/60", 2nd time',
    );
  });
});

describe('a count in brackets', () => {
  test('is believed when it has risen twice', () => {
    expect(read('[1/100] a\n[2/100] b\n')).toBe('unknown');
    expect(read('[1/100] a\n[2/100] b\n[12/100] c\n')).toBe('12 of 100, from "[12/100]"');
    expect(read('[12/100] a\n'.repeat(5))).toBe('unknown');
    expect(read('[1/100]a\n[2/100]b\n[3/100]c\n')).toBe('unknown');
  });

  test('a month and a year, a day and a month are none', () => {
    expect(read('[10/2026] a\n[11/2026] b\n[12/2026] c\n')).toBe('unknown');
    expect(read('[01/12] a\n[02/12] b\n[03/12] c\n')).toBe('unknown');
    expect(read('[11/2026] a\n[12/2026] b\n[13/2026] c\n[14/2026] d\n[15/2026] e\n')).toBe(
      '15 of 2026, from "[15/2026]"',
    );
  });
});

describe('a percent', () => {
  test.each([
    ['alone', (n: number) => `${n}%\n`],
    ['with a word', (n: number) => `Progress: ${n}%\n`],
    ['with a word behind', (n: number) => `${n}.5 % done\n`],
    ['of something that goes on', (n: number) => `Downloading model.bin: ${n}% (1.2 MB/s, ETA 0:12)\n`],
    ['drawn over', (n: number) => `(Reading database ... ${n}%\r`],
    ['with what was done', (n: number) => `Receiving objects: ${n}% (${n * 2}/200), 1.2 MiB | 3 MiB/s\r`],
    ['in a drawn bar', (n: number) => `[${'#'.repeat(n / 10).padEnd(10)}] ${n}%\r`],
    ['of a build', (n: number) => `[ ${n}%] Building a.o\n`],
    ['of tests', (n: number) => `tests/test_a${n}.py ....F..s [ ${n}%]\n`],
  ])('%s is believed when it has risen twice and never fallen', (_, line) => {
    expect(read(`${line(10)}${line(20)}end\n`)).toBe('unknown');
    expect(read(`${line(10)}${line(10)}${line(10)}end\n`)).toBe('unknown');
    expect(read(`${line(10)}${line(20)}${line(20)}${line(30)}end\n`)).toMatch(/^(30|60) of (100|200)/);
    expect(read(`${line(30)}${line(20)}${line(40)}${line(50)}${line(60)}end\n`)).toBe('unknown');
  });

  test.each([
    'GPU 0%',
    'accuracy: 0%',
    '0% of memory',
    'loss 0%',
    '0% CPU',
    'used 0%',
    'x=0% y=5%',
    'v1.0%',
    '-0%',
    'a0%',
    '1/0%',
    'Coverage: 0%',
    'Tests passed: 0/100 (0%)',
    'we got 0% more',
    'top-1 0%',
  ])('%s is none, however it rises', (line) => {
    const rising = [10, 20, 30, 40].map((n) => line.replaceAll('0', String(n)));
    expect(read(`${rising.join('\n')}\n`)).toBe('unknown');
    expect(read(`${rising.join('\r')}\r\n`)).toBe('unknown');
  });

  test.each([
    ['a list', (n: number) => `- ${n}%\n`],
    ['percentiles', (n: number) => `  ${n}%     ${n * 3}\n`],
    ['percentiles of time', (n: number) => `${n}%  ${n / 10}ms\n`],
    ['a table', (n: number) => `| ${n}% | x |\n`],
    ['what is left', (n: number) => `Remaining: ${n}%\n`],
    ['a file', (n: number) => `src/a.ts | ${n}%\n`],
  ])('in %s is none', (_, line) => {
    expect(read([10, 20, 50, 90, 99].map(line).join(''))).toBe('unknown');
  });

  test('above 100 is none', () => {
    expect(read('90%\n110%\n120%\n130%\n')).toBe('unknown');
  });

  test('that begins again says nothing of the whole', () => {
    expect(read('10%\n50%\n100%\n0%\n10%\n20%\n')).toBe('unknown');
  });

  test('of a parallel build may come a little out of order', () => {
    expect(read('[ 10%] a\n[ 20%] b\n[ 40%] c\n[ 38%] d\n')).toBe('40 of 100 %, from "[38%]"');
  });
});

describe('which source counts', () => {
  test('a bar before counted lines, counted lines before percents', () => {
    expect(read('10%\n20%\n30%\n')).toContain('from "30%"');
    expect(read('10%\n20%\n30%\nstep 60/100\n')).toContain('60 of 100 steps');
    expect(read(`10%\n20%\n30%\nstep 60/100\n${bar(3)}\n`)).toContain('3 of 10 it, from tqdm');
  });

  test('epochs before the bars within them', () => {
    expect(read(`Epoch 1/3\n${bar(3)}${bar(10)}\nEpoch 2/3\n${bar(0)}${bar(5)}`)).toContain('1 of 3 epochs');
  });

  test('a bar that was there before the first epoch: unknown until it is clear which is around which', () => {
    const begun = `${bar(0, 4)}${bar(1, 4)}\nEpoch 1/3\n`;
    expect(read(begun)).toBe('unknown');
    expect(read(`${begun}Epoch 2/3\nEpoch 3/3\n${bar(2, 4)}\n`)).toContain('2 of 4 it');
    expect(read(`${begun}${bar(3, 4)}${bar(0, 4, '', 0)}\nEpoch 2/3\n`)).toContain('1 of 3 epochs');
  });

  test('announced steps before the bars within them', () => {
    expect(read(`Step 1/3: reading\nStep 2/3: training\n${bar(9)}`)).toContain('1 of 3 steps');
  });

  test('folds before the epochs within them', () => {
    expect(read('Fold 1/5\nEpoch 1/3\nEpoch 2/3\nEpoch 3/3\nFold 2/5\nEpoch 1/3\n')).toContain(
      '1 of 5 folds',
    );
  });

  test('what has ended gives way to what goes on after it', () => {
    expect(read(`${bar(10, 10, 'Load: ')}\nstep 60/100\n`)).toContain('60 of 100 steps');
    expect(read(`${bar(10, 10, 'Load: ')}\n${bar(1, 10, 'Train: ')}${bar(2, 10, 'Train: ')}`)).toContain(
      'tqdm "Train"',
    );
  });

  test('a bar that was left gives way to another at its place', () => {
    const left = `${bar(1, 10, 'Load: ')}${bar(2, 10, 'Load: ')}\n${bar(0, 20, 'Train: ')}`;
    expect(read(left)).toContain('tqdm "Load"');
    expect(read(left + [1, 2, 3, 4, 5].map((n) => bar(n, 20, 'Train: ')).join(''))).toContain('tqdm "Train"');
  });

  test('the same source has the same key in a later run', () => {
    const first = readingOf(`${bar(40, 100, 'Epoch 3: ')}\n`);
    const second = readingOf(`${bar(0, 60, 'Epoch 4: ', 0)}\n`);
    expect(first?.key).toBe(second?.key);
  });
});

test('what was printed is cleaned before it is shown', () => {
  const hostile = `\u001b]0;title\u0007\u202eevil\u001b[31m ${'long '.repeat(50)}`;
  const reading = readingOf(`${bar(3, 10, `${hostile}: `)}\n`);
  expect(reading?.from).toMatch(/^tqdm "evil long /);
  expect(reading?.from.length).toBeLessThan(80);
});

test('both streams are read, and the order in which they came', () => {
  const reader = createOutputReader({ patterns: [] });
  reader.add('stdout', Buffer.from('Epoch 1/3\n'));
  reader.add('stderr', Buffer.from(bar(3)));
  reader.add('stdout', Buffer.from('Epoch 2/3\n'));
  expect(reader.reading()).toMatchObject({ completed: 1, total: 3 });
});
