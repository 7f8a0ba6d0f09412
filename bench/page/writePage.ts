import { readFile, writeFile } from 'node:fs/promises';
import { type BenchRecord, benchRecordSchema, PARTS, type PartName, type PartRecord } from './record.ts';
import { renderPage } from './renderPage.ts';

// Relative to the project's folder, in which the bench runs.
const RECORD = 'bench/results.json';
const PAGE = 'docs/benchmarks.md';

/** The record with these parts in the place of those that it held; all others stay. */
export function withParts(before: BenchRecord, parts: BenchRecord['parts']): BenchRecord {
  const merged = { ...before.parts, ...parts };
  const entries = PARTS.flatMap((name): [PartName, PartRecord][] => {
    const part = merged[name];
    return part === undefined ? [] : [[name, part]];
  });
  return { version: 1, parts: Object.fromEntries(entries) };
}

/** Writes the parts into the record of figures and the page that is made from it. Returns the page's path. */
export async function writePage(parts: BenchRecord['parts']): Promise<string> {
  const record = withParts(await readRecord(), parts);
  await writeFile(RECORD, `${JSON.stringify(record, null, 2)}\n`);
  await writeFile(PAGE, renderPage(record));
  return PAGE;
}

async function readRecord(): Promise<BenchRecord> {
  let text: string;
  try {
    text = await readFile(RECORD, 'utf8');
  } catch {
    return { version: 1, parts: {} };
  }
  const parsed = benchRecordSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${RECORD} can't be read: ${parsed.error.issues[0]?.message}. Restore it by git, or delete it and run \`pnpm bench -- --write\`.`,
  );
}
