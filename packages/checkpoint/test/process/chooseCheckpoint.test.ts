import type { FoundCheckpoint, ProcessTry } from '@milepost/shared/processRecord';
import { describe, expect, test } from 'vitest';
import { chooseCheckpoint } from '../../src/process/chooseCheckpoint.ts';

const BOOT = 'boot-1';
const time = (step: number) => new Date(Date.UTC(2026, 10, 24, 12, step)).toISOString();
const found = (step: number): FoundCheckpoint => ({
  path: `ckpt/step_${step}.pt`,
  bytes: 100,
  modifiedAt: time(step),
});
const whole = [40, 30, 20].map(found);

function tried(step: number | null, changes: Partial<ProcessTry> = {}): ProcessTry {
  return {
    run: 1,
    checkpoint: step === null ? null : found(step).path,
    modifiedAt: step === null ? null : found(step).modifiedAt,
    bootId: BOOT,
    progressed: false,
    outcome: 'failed',
    ...changes,
  };
}
const chosen = (tries: ProcessTry[], boot: string | null = BOOT) =>
  chooseCheckpoint(whole, tries, boot).checkpoint?.path;

describe('a program goes on from', () => {
  test('its newest whole checkpoint', () => {
    expect(chosen([])).toBe('ckpt/step_40.pt');
    expect(chooseCheckpoint([], [], BOOT)).toEqual({ checkpoint: null, suspects: [], warning: null });
  });

  test('the one before, where a run from it failed or was killed before any progress', () => {
    expect(chosen([tried(40)])).toBe('ckpt/step_30.pt');
    expect(chosen([tried(40, { outcome: null })])).toBe('ckpt/step_30.pt');
    const choice = chooseCheckpoint(whole, [tried(40), tried(30)], BOOT);
    expect(choice.checkpoint?.path).toBe('ckpt/step_20.pt');
    expect(choice.suspects.map(({ path }) => path)).toEqual(['ckpt/step_40.pt', 'ckpt/step_30.pt']);
    expect(choice.warning).toContain('ckpt/step_40.pt, ckpt/step_30.pt are passed over');
  });

  test.each([
    ['made progress', { progressed: true }],
    ['was stopped by a person', { outcome: 'stopped' as const }],
    ['was ended in order', { outcome: 'interrupted' as const }],
    ['went with its whole host', { outcome: null, bootId: 'boot-0' }],
  ])('the same, where the run from it %s', (_, changes) => {
    expect(chosen([tried(40, changes)])).toBe('ckpt/step_40.pt');
  });

  test('the same name with another content, which is another checkpoint', () => {
    expect(chosen([tried(40, { modifiedAt: time(39) })])).toBe('ckpt/step_40.pt');
  });

  test('the newest again, where run after run dies: that is no checkpoint’s fault', () => {
    const choice = chooseCheckpoint(whole, [tried(40), tried(30), tried(20)], BOOT);
    expect(choice.checkpoint?.path).toBe('ckpt/step_40.pt');
    expect(choice.warning).toContain('the last 3 runs died before any new progress');
    expect(chooseCheckpoint([found(40)], [tried(40)], BOOT).checkpoint?.path).toBe('ckpt/step_40.pt');
  });
});
