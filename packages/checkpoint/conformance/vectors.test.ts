import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { askPython } from './python.ts';
import { SIDES } from './sides.ts';

// What both sides must answer, frozen: records and rules that jobs on disks depend on. A change of one of these files is
// a change of the format.

const folder = fileURLToPath(new URL('fixtures', import.meta.url));
const vectorsSchema = z.array(z.object({ given: z.unknown(), answer: z.unknown() })).min(5);

const names = readdirSync(folder).map((name) => basename(name, '.json'));

test.each(names)('%s', async (name) => {
  const vectors = vectorsSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  const theirs = await askPython(vectors.map(({ given }) => [name, given] as const));
  for (const [at, { given, answer }] of vectors.entries()) {
    const ours = await SIDES[name]?.(given);
    expect(ours, JSON.stringify(given)).toEqual(answer);
    expect(theirs[at], JSON.stringify(given)).toEqual(answer);
  }
});

test('there are vectors for whatever is written to a disk', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      ...['recordLine', 'json', 'ledgerFile', 'runsFile', 'current', 'progress', 'basis', 'folder'],
      ...['id', 'fileName', 'checkpointName', 'cadence', 'nextBatch', 'sizeForTime'],
    ]),
  );
});
