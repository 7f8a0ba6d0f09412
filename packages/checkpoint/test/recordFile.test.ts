import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { ledgerEntrySchema } from '@milepost/shared/ledger';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRecordFile, readRecordFile } from '../src/recordFile.ts';

let dir: Awaited<ReturnType<typeof makeTempDir>>;
let path: string;
beforeEach(async () => {
  dir = await makeTempDir();
  path = join(dir.path, 'ledger.jsonl');
});
afterEach(() => dir.remove());

function entry(index: number): LedgerEntry {
  return {
    version: 1,
    index,
    first: index * 100,
    count: 100,
    file: `checkpoint_${String(index * 100).padStart(5, '0')}.npz`,
    bytes: 12,
    sha256: 'a'.repeat(64),
    seconds: 1.5,
    attempt: 1,
    at: '2026-11-23T12:00:00.000Z',
  };
}

async function write(...entries: LedgerEntry[]): Promise<void> {
  const file = await openRecordFile(path);
  for (const one of entries) await file.append(one);
  await file.close();
}

const read = () => readRecordFile(path, ledgerEntrySchema);

describe('a file of record lines', () => {
  test('gives back what was appended, in order', async () => {
    await write(entry(0), entry(1));
    await write(entry(2));
    expect(await read()).toEqual({
      records: [entry(0), entry(1), entry(2)],
      damaged: [],
      torn: false,
      newer: null,
    });
  });

  test('that is not there is an empty one', async () => {
    expect((await read()).records).toEqual([]);
  });

  test('a torn last line does not count, and is cut off before the next append', async () => {
    await write(entry(0), entry(1));
    await truncate(path, (await readFile(path)).length - 10);
    expect(await read()).toMatchObject({ records: [entry(0)], torn: true, damaged: [] });
    await write(entry(1));
    expect(await read()).toEqual({ records: [entry(0), entry(1)], damaged: [], torn: false, newer: null });
  });

  test('a whole line without its newline does not count either', async () => {
    await write(entry(0));
    await appendFile(path, encodeRecordLine(entry(1)).trimEnd());
    expect(await read()).toMatchObject({ records: [entry(0)], torn: true });
  });

  test('altered lines and garbage are left out and told, and the rest counts', async () => {
    const lines = [entry(0), entry(1), entry(2)].map(encodeRecordLine);
    lines[1] = lines[1]?.replace('"count":100', '"count":900') ?? '';
    await writeFile(path, `${lines.join('')}no record at all\n\u0000\u0001\n${encodeRecordLine(entry(3))}`);
    const content = await read();
    expect(content.records).toEqual([entry(0), entry(2), entry(3)]);
    expect(content.damaged.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  test('a record of a newer version is refused, and is no damage', async () => {
    await writeFile(path, encodeRecordLine({ ...entry(0), version: 2 }));
    const content = await read();
    expect(content).toMatchObject({ records: [], damaged: [] });
    expect(content.newer).toMatch(/newer Milepost.*update/);
  });

  test('appends made at once stand one after the other', async () => {
    const file = await openRecordFile(path);
    await Promise.all(Array.from({ length: 50 }, (_, index) => file.append(entry(index))));
    await file.close();
    expect((await read()).records.map(({ index }) => index)).toEqual(
      Array.from({ length: 50 }, (_, index) => index),
    );
  });
});
