import { describe, expect, test } from 'vitest';
import { belongsTo, hostsOf, LOCAL_ID, readTarget } from '../../src/watch/targets.ts';

const nothing = () => false;

describe('a TARGET', () => {
  test.each([
    ['gpu-1', { kind: 'host', destination: 'gpu-1' }],
    ['ubuntu@10.0.0.7', { kind: 'host', destination: 'ubuntu@10.0.0.7' }],
    ['gpu-1:/data/results', { kind: 'host-path', destination: 'gpu-1', path: '/data/results' }],
    ['u@gpu-1:~/run/PROGRESS.txt', { kind: 'host-path', destination: 'u@gpu-1', path: '~/run/PROGRESS.txt' }],
    ['/data/results', { kind: 'local-path', path: '/data/results' }],
    ['./results', { kind: 'local-path', path: './results' }],
    ['run/PROGRESS.txt', { kind: 'local-path', path: 'run/PROGRESS.txt' }],
    ['.', { kind: 'local-path', path: '.' }],
    ['./odd:/name', { kind: 'local-path', path: './odd:/name' }],
  ])('%s', (text, expected) => {
    expect(readTarget(text, nothing)).toEqual({ text, ...expected });
  });

  test('without a slash is a local path where there is one of that name', () => {
    expect(readTarget('results', (path) => path === 'results')).toMatchObject({ kind: 'local-path' });
    expect(readTarget('results', nothing)).toMatchObject({ kind: 'host' });
  });
});

describe('hosts to watch', () => {
  const absolute = (path: string) => `/here/${path}`;
  test('are each there once, with all the paths that were given', () => {
    const targets = ['gpu-1:/a', 'gpu-1:/b', 'gpu-2', 'x/y', 'gpu-1', 'gpu-3:/c'].map((text) =>
      readTarget(text, nothing),
    );
    expect(hostsOf(targets, absolute)).toEqual([
      { id: 'host-1', destination: 'gpu-1', paths: ['/a', '/b'], onlyPaths: false },
      { id: 'host-2', destination: 'gpu-2', paths: [], onlyPaths: false },
      { id: LOCAL_ID, destination: 'localhost', paths: ['/here/x/y'], onlyPaths: true },
      { id: 'host-4', destination: 'gpu-3', paths: ['/c'], onlyPaths: true },
    ]);
  });

  test('a path shows its own job only, found by the path or by the list', () => {
    const target = readTarget('gpu-1:/data/run/PROGRESS.txt', nothing);
    const host = { id: 'host-1', destination: 'gpu-1' };
    const belongs = (key: string, path: string) => belongsTo(target, host, { key, path }, absolute);
    expect(belongs('host-1:/data/run/PROGRESS.txt', '/data/run/PROGRESS.txt')).toBe(true);
    expect(belongs('host-1/train', '/data/run')).toBe(true);
    expect(belongs('host-1/other', '/data/other')).toBe(false);
    expect(
      belongsTo(target, { id: 'host-2', destination: 'gpu-2' }, { key: 'k', path: '/data/run' }, absolute),
    ).toBe(false);
  });
});
