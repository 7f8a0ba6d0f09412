import type { HostLink } from '@milepost/monitor/view';
import type { JobState } from '@milepost/shared/state';
import { describe, expect, test } from 'vitest';
import { verdictAtEnd, verdictNow } from '../../src/watch/verdict.ts';

const online: HostLink = { kind: 'online' };
const problem = { kind: 'x', what: 'It is so.', next: null };
const refused: HostLink = { kind: 'refused', sinceAt: 0, problem };
const unreachable: HostLink = { kind: 'unreachable', sinceAt: 0, problem, nextTryAt: null };
const target = (link: HostLink, ...states: JobState[]) => ({
  link,
  jobs: states.map((state) => ({ state })),
});

describe('once', () => {
  test.each([
    [0, [target(online, 'complete', 'complete')]],
    [7, [target(online, 'complete', 'running')]],
    [7, [target(online, 'stalled')]],
    [5, [target(online, 'running', 'interrupted')]],
    [5, [target(online, 'stopped')]],
    [1, [target(online, 'interrupted', 'failed')]],
    [6, [target(online, 'failed', 'missing')]],
    [6, [target(online, 'unreadable')]],
    [6, [target(online, 'complete'), target(unreachable, 'complete')]],
    [6, [target({ kind: 'connecting', problem: null })]],
    [0, [target(online)]],
  ])('%i for %j', (code, targets) => {
    expect(verdictNow(targets)).toBe(code);
  });
});

describe('a watch ends', () => {
  test.each([
    ['when all are complete', 0, [target(online, 'complete'), target(online, 'complete')]],
    ['with the worst of its jobs', 1, [target(online, 'complete', 'failed'), target(online, 'stopped')]],
    ['when all are complete or stopped', 5, [target(online, 'complete', 'stopped')]],
    ['when a host was refused and the rest has ended', 6, [target(refused), target(online, 'failed')]],
  ])('%s', (_, code, targets) => {
    expect(verdictAtEnd(targets)).toBe(code);
  });

  test.each([
    ['one runs', [target(online, 'complete', 'running')]],
    ['one is stalled', [target(online, 'stalled')]],
    ['a host does not answer', [target(unreachable, 'unreachable')]],
    ['a file is missing or cannot be read', [target(online, 'missing', 'unreadable')]],
    ['no job is known yet', [target(online)]],
  ])('not while %s', (_, targets) => {
    expect(verdictAtEnd(targets)).toBeUndefined();
  });
});
