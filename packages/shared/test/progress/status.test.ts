import { describe, expect, test } from 'vitest';
import { parseProgress } from '../../src/progress/parse.ts';

describe('a Status line with a known state wins', () => {
  test.each([
    ['QUEUED', 'queued'],
    ['RUNNING', 'running'],
    ['COMPLETE', 'complete'],
    ['FAILED', 'failed'],
    ['INTERRUPTED', 'interrupted'],
    ['STOPPED', 'stopped'],
    ['complete', 'complete'],
    ['Running...', 'running'],
    ['*** COMPLETE! ***', 'complete'],
    ['FAILED (exit 1)', 'failed'],
    ['RUNNING since 12:00', 'running'],
    ['stopped - by hand', 'stopped'],
  ])('Status: %s', (value, status) => {
    const progress = parseProgress(`Progress: 4/4\nStatus: ${value}\n`);
    expect(progress).toMatchObject({ status, problem: null });
  });

  test('over the word, wherever that stands', () => {
    expect(parseProgress('Progress: 4/4\nCOMPLETE\nStatus: RUNNING\n').status).toBe('running');
    expect(parseProgress('Status: FAILED\nProgress: 4/4\nJob COMPLETE\n').status).toBe('failed');
  });

  test('also where items are left, which is told', () => {
    const progress = parseProgress('Progress: 3/4\nStatus: COMPLETE\n');
    expect(progress).toMatchObject({ status: 'complete', completed: 3, percent: 75 });
    expect(progress.problem).toContain('3 of 4');
  });

  test('a later line with an unknown one does not undo it', () => {
    expect(parseProgress('Progress: 3/4\nStatus: FAILED\nStatus: cleaning up\n').status).toBe('failed');
    expect(parseProgress('Progress: 3/4\nStatus: RUNNING\nStatus: COMPL').status).toBe('running');
  });

  test.each([
    'fine',
    'PAUSED',
    'complete 40%',
    'complete (40%)',
    'complete - 3 of 4 shards',
    'running out of memory',
    'failed 0 of 3',
    'not running',
    'unreadable',
  ])('"%s" is no known state: running by its Progress, and told', (value) => {
    const progress = parseProgress(`Progress: 3/4\nStatus: ${value}\n`);
    expect(progress.status).toBe('running');
    expect(progress.problem).toContain(`"${value}"`);
  });

  test('an empty one says nothing', () => {
    expect(parseProgress('Progress: 3/4\nStatus:\n')).toMatchObject({ status: 'running', problem: null });
  });
});

describe('a line with nothing but COMPLETE and signs means complete', () => {
  test.each([
    'COMPLETE',
    '*** COMPLETE! ***',
    '  COMPLETE.  ',
    '=== COMPLETE ===',
    '✅ COMPLETE',
    '✔️ COMPLETE',
    '\u001b[32mCOMPLETE\u001b[0m',
    'COMPLETE:',
    '[COMPLETE]',
  ])('%j', (line) => {
    expect(parseProgress(`Progress: 4/4\n${line}\n`)).toMatchObject({ status: 'complete', problem: null });
    expect(parseProgress(line)).toMatchObject({ status: 'complete', completed: null, problem: null });
  });

  test('also where items are left, which is told', () => {
    const progress = parseProgress('COMPLETE\nProgress: 3/4\n');
    expect(progress).toMatchObject({ status: 'complete', completed: 3 });
    expect(progress.problem).toContain('3 of 4');
  });
});

describe('the word by itself in a longer line', () => {
  test.each([
    'Job COMPLETE at 12:00',
    '100% COMPLETE',
    '100.0% COMPLETE',
    'COMPLETE: 30000 samples in 5.0 min',
    'notebook.ipynb COMPLETE',
    'Message: COMPLETE',
    'State: COMPLETE',
    'Status: COMPLETE at 12:00',
    'Status: COMPLETE (12 warnings)',
    '2026-01-25 12:00:00 INFO COMPLETE',
  ])('%j means complete', (line) => {
    expect(parseProgress(`Progress: 4/4\n${line}\n`)).toMatchObject({ status: 'complete', problem: null });
    expect(parseProgress(`Progress: 4\n${line}\n`)).toMatchObject({ status: 'complete', problem: null });
    expect(parseProgress(line)).toMatchObject({ status: 'complete', problem: null });
  });

  test.each([
    'Job is not COMPLETE',
    'Job NOT COMPLETE yet',
    'NOT-COMPLETE',
    'COMPLETE? Not yet',
    "It isn't COMPLETE",
    'It isn’t COMPLETE',
    "DON'T: COMPLETE",
    'cannot COMPLETE',
    'not_yet COMPLETE',
    'IN-COMPLETE',
    '40.0% COMPLETE',
    '99.9 % COMPLETE',
    '0% COMPLETE',
    '.5% COMPLETE',
    'Status: COMPLETE (40%)',
    'COMPLETE: 40%',
    '5% of 100% COMPLETE',
    'COMPLETE: False',
    'Status: 40% COMPLETE',
  ])('%j denies it: running, and told', (line) => {
    for (const text of [`Progress: 4/4\n${line}\n`, line]) {
      const progress = parseProgress(text);
      expect(progress.status).toBe('running');
      expect(progress.problem).toContain('COMPLETE stands in');
    }
  });

  test.each(['Progress: 3/4', 'Progress: 75%', 'Progress: 3/4 (75.0%)'])(
    'is not believed where items are left by "%s"',
    (progressLine) => {
      const progress = parseProgress(`${progressLine}\nStage 1 COMPLETE\n`);
      expect(progress.status).toBe('running');
      expect(progress.problem).toContain('items are left');
    },
  );

  test('one line that affirms it is enough', () => {
    expect(parseProgress('40% COMPLETE\n80% COMPLETE\n100% COMPLETE\n').status).toBe('complete');
  });

  test.each([
    'INCOMPLETE',
    'complete',
    'Complete',
    'COMPLETED',
    'COMPLETELY',
    'X_COMPLETE',
    'COMPLETE_2',
    'UNCOMPLETE',
    'ÉCOMPLETE',
    'COMPLETE\u0301',
  ])('%j is not the word', (word) => {
    expect(parseProgress(`Progress: 4/4\nthe job is ${word}\n${word}\n`)).toMatchObject({
      status: 'running',
      problem: null,
    });
  });
});
