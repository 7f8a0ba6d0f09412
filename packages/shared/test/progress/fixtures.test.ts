import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseProgress } from '../../src/progress/parse.ts';
import { progressSchema } from '../../src/progress/progress.ts';

const folder = new URL('../fixtures/progress/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.replace(/\.txt$/, ''));

test('there are examples', () => expect(names.length).toBeGreaterThanOrEqual(11));

test.each(names)('%s.txt is read as %s.json says', (name) => {
  const progress = parseProgress(readFileSync(new URL(`${name}.txt`, folder), 'utf8'));
  const expected: Record<string, unknown> = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  if (expected['problem'] === true) expected['problem'] = expect.stringMatching(/\w+ \w+/);
  expect(progress).toMatchObject(expected);
  expect(progressSchema.strict().parse(progress)).toEqual(progress);
});
