import type { MonitorEvent, SummaryItem } from '@milepost/monitor/view';
import { describe, expect, it } from 'vitest';
import { alertOf } from '../../src/main/alerts.ts';
import { NOW } from '../sampleViews.ts';

const item = (kind: SummaryItem['kind'], jobName: string): SummaryItem => ({
  kind,
  hostName: 'gpu-1',
  jobKey: `gpu-1/${jobName}`,
  jobName,
  reason: null,
});

function summaryOf(...summary: SummaryItem[]): MonitorEvent {
  return {
    id: 'wake-1/summary',
    kind: 'summary',
    hostId: 'gpu-1',
    hostName: 'gpu-1',
    jobKey: null,
    jobName: null,
    runId: null,
    at: NOW,
    progress: null,
    reason: null,
    summary,
  };
}
const all = (kind: string) => kind !== 'started' && kind !== 'stopped';

describe('an alert', () => {
  it('is what the person wants to hear of', () => {
    const failed: MonitorEvent = { ...summaryOf(), ...item('failed', 'a'), id: 'a', summary: [] };
    expect(alertOf(failed, all)).toBe(failed);
    expect(alertOf(failed, (kind) => kind !== 'failed')).toBeNull();
  });

  it('after a sleep names only what would have been told by itself', () => {
    const told = alertOf(summaryOf(item('failed', 'a'), item('started', 'b'), item('completed', 'c')), all);
    expect(told?.summary?.map(({ jobName }) => jobName)).toEqual(['a', 'c']);
    expect(told).toMatchObject({ id: 'wake-1/summary', kind: 'summary', jobKey: null });
  });

  it('of one such thing is that thing, so that it can be acted upon', () => {
    const wantsNoEnds = (kind: string) => all(kind) && kind !== 'completed';
    expect(alertOf(summaryOf(item('interrupted', 'a'), item('completed', 'b')), wantsNoEnds)).toMatchObject({
      id: 'wake-1/summary',
      kind: 'interrupted',
      hostId: 'gpu-1',
      jobKey: 'gpu-1/a',
      jobName: 'a',
    });
  });

  it('is none where nothing of it is wanted, or no summary is', () => {
    expect(alertOf(summaryOf(item('started', 'a'), item('stopped', 'b')), all)).toBeNull();
    const wantsNoSummary = (kind: string) => all(kind) && kind !== 'summary';
    expect(alertOf(summaryOf(item('failed', 'a'), item('failed', 'b')), wantsNoSummary)).toBeNull();
  });
});
