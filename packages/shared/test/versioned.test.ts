import { expect, test } from 'vitest';
import { z } from 'zod';
import { RECORD_VERSION } from '../src/version.ts';
import { readVersioned, readVersionedJson } from '../src/versioned.ts';

const schema = z.object({ version: z.literal(1), name: z.string() });

test('a record of this version is parsed', () => {
  expect(readVersionedJson(schema, '{"version":1,"name":"x"}')).toEqual({
    kind: 'ok',
    value: { version: 1, name: 'x' },
  });
});

test('a newer record is refused with a word about updating, also where it would not fit the schema', () => {
  const read = readVersioned(schema, { version: RECORD_VERSION + 1, title: 7 });
  if (read.kind !== 'newer') throw new Error(read.kind);
  expect(read.version).toBe(RECORD_VERSION + 1);
  expect(read.reason).toMatch(/newer Milepost.*update Milepost here/);
});

test.each([
  ['', 'it is not JSON'],
  ['{"version":1,"name":', 'it is not JSON'],
  ['{"name":"x"}', 'it carries no version number'],
  ['{"version":"2","name":"x"}', 'it carries no version number'],
  ['{"version":0,"name":"x"}', 'it carries no version number'],
  ['null', 'it carries no version number'],
  ['[]', 'it carries no version number'],
])('%s is damaged: %s', (text, reason) => {
  expect(readVersionedJson(schema, text)).toEqual({ kind: 'damaged', reason });
});

test('a record that does not fit says which part', () => {
  const read = readVersionedJson(schema, '{"version":1,"name":5}');
  if (read.kind !== 'damaged') throw new Error(read.kind);
  expect(read.reason).toMatch(/^name: /);
});
