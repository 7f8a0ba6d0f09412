import type { MonitorView } from '@milepost/monitor/view';
import { describe, expect, it } from 'vitest';
import { MAX_TITLE, trayFace } from '../../src/main/trayTitle.ts';
import { strings } from '../../src/strings.ts';
import { completeJob, interruptedJob, NOW, sampleHost, sampleJob } from '../sampleViews.ts';

function view(jobs: MonitorView['jobs'], hosts = [sampleHost()]): MonitorView {
  return { hosts, jobs, problem: null };
}
const unreachable = sampleHost({
  link: { kind: 'unreachable', sinceAt: NOW, problem: { kind: 'x', what: 'x', next: null }, nextTryAt: null },
});

describe('the menu-bar title', () => {
  it('is percent and time left of a running job', () => {
    expect(trayFace(view([sampleJob({}, { percent: 67.9 })]), NOW)).toMatchObject({
      title: '67% 12m',
      icon: 'running',
    });
  });

  it('never claims more than is done', () => {
    expect(trayFace(view([sampleJob({ endsAt: null }, { percent: 99.9 })]), NOW).title).toBe('99%');
  });

  it('leaves out what is not known', () => {
    expect(trayFace(view([sampleJob({ endsAt: null })]), NOW).title).toBe('66%');
    expect(trayFace(view([sampleJob({}, { percent: null })]), NOW).title).toBe('12m');
    expect(trayFace(view([sampleJob({ endsAt: null }, { percent: null })]), NOW).title).toBe('');
  });

  it.each([
    [10, '<1m'],
    [45, '1m'],
    [3570, '1h'],
    [4200, '1h10'],
    [35_970, '10h'],
    [86_400, '24h'],
    [172_800, '2d'],
    [1e9, '99d'],
  ])('gives %d s left as %s, in 9 characters', (seconds, text) => {
    const { title } = trayFace(view([sampleJob({ endsAt: NOW + seconds * 1000 }, { percent: 100 })]), NOW);
    expect(title).toBe(`100% ${text}`);
    expect(title.length).toBeLessThanOrEqual(MAX_TITLE);
  });

  it('is about the job that ends next', () => {
    const later = sampleJob({ key: 'gpu-1/later', endsAt: NOW + 7_200_000 }, { percent: 10 });
    const unknown = sampleJob({ key: 'gpu-1/unknown', endsAt: null }, { percent: 20 });
    expect(trayFace(view([unknown, later, sampleJob()]), NOW).title).toBe('66% 12m');
  });

  it('is about a problem before anything that runs', () => {
    expect(trayFace(view([sampleJob(), interruptedJob()]), NOW)).toMatchObject({
      title: '40%',
      icon: 'problem',
      tooltip: expect.stringContaining('render on gpu-1: interrupted'),
    });
  });

  it('shows no time left while a job is stalled', () => {
    expect(trayFace(view([sampleJob({ state: 'stalled' })]), NOW)).toMatchObject({
      title: '66%',
      icon: 'problem',
    });
  });
});

describe('the icon', () => {
  it('is idle without jobs, and says when no host is watched', () => {
    expect(trayFace(view([]), NOW).icon).toBe('idle');
    expect(trayFace(view([], []), NOW).tooltip).toContain('no host is watched');
  });

  it('is done when nothing is left to do', () => {
    expect(trayFace(view([completeJob()]), NOW)).toMatchObject({ icon: 'done', title: '' });
  });

  it('is offline when a host does not answer and nothing else runs', () => {
    expect(trayFace(view([], [unreachable]), NOW).icon).toBe('offline');
    expect(trayFace(view([sampleJob({ state: 'unreachable' })], [unreachable]), NOW)).toMatchObject({
      icon: 'offline',
      title: '',
    });
    expect(trayFace(view([sampleJob()], [unreachable, sampleHost({ id: 'b' })]), NOW).icon).toBe('running');
  });

  it('is a problem when a host needs a person', () => {
    const link = { kind: 'refused', sinceAt: NOW, problem: { kind: 'x', what: 'x', next: null } } as const;
    expect(trayFace(view([], [sampleHost({ link })]), NOW)).toMatchObject({
      icon: 'problem',
      tooltip: expect.stringContaining('gpu-1 needs you'),
    });
  });

  it('runs while a resume is under way, although the job is still interrupted', () => {
    const job = interruptedJob({ action: { kind: 'resuming', startedAt: NOW } });
    expect(trayFace(view([job]), NOW).icon).toBe('running');
  });

  it('counts a job that a person stopped as no problem', () => {
    expect(trayFace(view([interruptedJob({ state: 'stopped' })]), NOW).icon).toBe('idle');
  });
});

it('cleans hostile names before they reach the tooltip', () => {
  const { tooltip } = trayFace(view([interruptedJob({ name: 'a\u001b[31mb\u202ec\nd' })]), NOW);
  expect(tooltip).toMatch(/^abc d on gpu-1/);
});

describe('the settings of the menu bar', () => {
  const face = (menuBar: 'icon' | 'percent' | 'percent-eta', jobs = [sampleJob()]) =>
    trayFace(view(jobs), NOW, { menuBar, paused: false });

  it.each([
    ['percent-eta', '66% 12m'],
    ['percent', '66%'],
    ['icon', ''],
  ] as const)('%s shows “%s”, with the same icon and tooltip', (menuBar, title) => {
    const { icon, tooltip } = face('percent-eta');
    expect(face(menuBar)).toEqual({ title, icon, tooltip });
  });

  it('keep a problem’s icon without its title', () => {
    expect(face('icon', [interruptedJob()])).toMatchObject({ title: '', icon: 'problem' });
  });

  it('show nothing of what was seen before while polling is paused', () => {
    expect(trayFace(view([interruptedJob()]), NOW, { menuBar: 'percent-eta', paused: true })).toEqual({
      title: '',
      icon: 'offline',
      tooltip: strings.tray.paused,
    });
  });
});
