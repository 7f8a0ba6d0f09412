import { expect, it } from 'vitest';
import { watchesOf } from '../src/pathWatches.ts';

it('watches are those of both lists, each path once, with its command', () => {
  const command = { path: '/a', resumeCommand: 'sh go.sh' };
  expect(watchesOf({ paths: ['/a', '/b'], watches: [command] })).toEqual([
    command,
    { path: '/b', resumeCommand: null },
  ]);
});
