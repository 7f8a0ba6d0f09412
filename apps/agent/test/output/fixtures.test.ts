import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOutputReader } from '../../src/output/readProgress.ts';

// What programs print, and what must be read after which piece of it (null: the whole).

const FOLDER = join(import.meta.dirname, '../fixtures/output');

const fixtureSchema = z.object({
  about: z.string(),
  points: z.array(
    z.object({
      after: z.string().nullable(),
      reading: z
        .object({
          completed: z.number(),
          total: z.number().nullable(),
          unit: z.string().nullable(),
          from: z.string(),
          key: z.string(),
        })
        .nullable(),
    }),
  ),
});

const names = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));

describe.each(names)('%s', (name) => {
  const output = readFileSync(join(FOLDER, `${name}.out`));
  const { about, points } = fixtureSchema.parse(
    JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')),
  );

  test.each(points.map((point) => [point.after ?? 'the end', point] as const))(
    `${about}: after %j`,
    (_, point) => {
      const end =
        point.after === null ? output.length : output.indexOf(point.after) + Buffer.byteLength(point.after);
      expect(point.after === null || output.includes(point.after)).toBe(true);
      for (const pieceBytes of [end, 101, 7]) {
        const reader = createOutputReader({ patterns: [] });
        for (let from = 0; from < end; from += pieceBytes) {
          reader.add('stderr', output.subarray(from, Math.min(end, from + pieceBytes)));
          reader.reading();
        }
        expect(reader.reading()).toEqual(point.reading);
      }
    },
  );
});
