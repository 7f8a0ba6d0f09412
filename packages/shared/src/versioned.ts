import { z } from 'zod';
import { RECORD_VERSION } from './version.ts';

/** The outcome of reading one record. `reason` is one sentence without the record's path, for a person. */
export type ReadRecord<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'newer'; version: number; reason: string }
  | { kind: 'damaged'; reason: string };

const versionOnly = z.object({ version: z.number().int().min(1) });

/**
 * Parses a record that carries `"version"`. A version above {@link RECORD_VERSION} is refused with a word about
 * updating, and is never damage.
 */
export function readVersioned<T>(schema: z.ZodType<T>, raw: unknown): ReadRecord<T> {
  const head = versionOnly.safeParse(raw);
  if (!head.success) return { kind: 'damaged', reason: 'it carries no version number' };
  if (head.data.version > RECORD_VERSION) {
    return {
      kind: 'newer',
      version: head.data.version,
      reason: `it was written by a newer Milepost (records of version ${head.data.version}, this one reads up to ${RECORD_VERSION}): update Milepost here`,
    };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return { kind: 'damaged', reason: `${where}${issue?.message ?? 'not a record'}` };
}

/** {@link readVersioned} on the text of a JSON file. */
export function readVersionedJson<T>(schema: z.ZodType<T>, text: string): ReadRecord<T> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'damaged', reason: 'it is not JSON' };
  }
  return readVersioned(schema, raw);
}
