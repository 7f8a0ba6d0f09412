import { describe, expect, it } from 'vitest';
import { contradictsClock, sightOf } from '../src/clockDoubt.ts';
import type { HostReading, JobReading } from '../src/reading.ts';
import { readingOf, runOf } from './readingFixture.ts';

const AT = Date.UTC(2026, 10, 23, 12, 0, 0);
const HOUR_MS = 3_600_000;

const reading = (jobs: JobReading[], hostAt: number | null = AT): HostReading => ({ jobs, hostAt });
/** A file with another content than before, whose agent wrote it so long after the look before. */
const written = (afterMs: number, values: Partial<JobReading> = {}): JobReading => ({
  ...readingOf({ progress: { lastUpdate: new Date(AT - 30_000 + afterMs).toISOString() }, version: 2 }),
  isAgents: true,
  ...values,
});
const before = sightOf(reading([{ ...readingOf({ version: 1 }), isAgents: true }], AT - 30_000));

describe('what an agent wrote between two looks', () => {
  it.each([
    ['in between', 10_000, false],
    ['just now', 30_000, false],
    ['long in the writing', -50_000, false],
    ['an hour before', -HOUR_MS, true],
    ['in an hour', HOUR_MS, true],
  ])('%s: contradicts the clock: %s ms, %s', (_, afterMs, isDoubted) => {
    expect(contradictsClock(reading([written(afterMs)]), before)).toBe(isDoubted);
  });

  it('says nothing where it is no agent’s, of a local time, unchanged, or the clock is not known', () => {
    expect(contradictsClock(reading([written(HOUR_MS, { isAgents: false })]), before)).toBe(false);
    const { file } = readingOf({
      progress: { lastUpdate: '2026-01-01T00:00:00.000', lastUpdateIsLocal: true },
      version: 2,
    });
    expect(contradictsClock(reading([written(0, { file })]), before)).toBe(false);
    const unchanged = readingOf({ progress: { lastUpdate: '2026-01-01T00:00:00.000Z' }, version: 1 });
    expect(contradictsClock(reading([{ ...unchanged, isAgents: true }]), before)).toBe(false);
    expect(contradictsClock(reading([written(HOUR_MS)], null), before)).toBe(false);
    expect(contradictsClock(reading([written(HOUR_MS)]), null)).toBe(false);
  });
});

describe('a job that was not there at the look before', () => {
  const young = (startedAfterMs: number): HostReading => {
    const job = written(0, { run: runOf({ startedHostAt: AT - 30_000 + startedAfterMs }) });
    return reading([{ ...job, source: { ...job.source, key: 'gpu/young' } }]);
  };
  it('began since, by the clock, or contradicts it', () => {
    expect(contradictsClock(young(5000), before)).toBe(false);
    expect(contradictsClock(young(-HOUR_MS), before)).toBe(true);
    expect(contradictsClock(young(HOUR_MS), before)).toBe(true);
  });
});
