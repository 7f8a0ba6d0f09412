import { cp, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { z } from 'zod';

// The files of fixtures/v1: what version 1 wrote, frozen. Its README says what is there and how it was made.

export const FROZEN_V1 = fileURLToPath(new URL('../fixtures/v1', import.meta.url));

/** The home and the host's name that stand in them. */
export const FROZEN_HOME = '/home/ubuntu';
export const FROZEN_HOST = 'gpu-1';

/** The jobs that were killed on that host, and what is at each one's end. */
export const FROZEN_JOBS = ['broken', 'dataset', 'frames', 'loop', 'train', 'words'] as const;

export function readFrozen(...path: string[]): Promise<string> {
  return readFile(join(FROZEN_V1, ...path), 'utf8');
}

/**
 * Copies the frozen host's home to `home`, as if this machine were that host, restarted since: its paths and its name
 * become this one's, and nothing else.
 */
export async function copyFrozenHome(home: string): Promise<void> {
  await cp(join(FROZEN_V1, 'host'), home, { recursive: true });
  for (const file of await filesIn(home)) {
    const text = await readFile(file, 'utf8');
    const moved = file.endsWith('.jsonl')
      ? linesOf(text).map((line) => moveLine(line, home))
      : [moveText(text, home)];
    if (moved.join('') !== text) await writeFile(file, moved.join(''));
  }
  for (const job of FROZEN_JOBS) {
    // Git keeps no empty folders.
    for (const folder of ['scratch', 'orphans']) {
      await mkdir(join(home, job, '.milepost', folder), { recursive: true });
    }
  }
  const { checkpoints } = z
    .object({ checkpoints: z.array(z.object({ path: z.string(), modifiedAt: z.string() })) })
    .parse(JSON.parse(await readFrozen('host/train/.milepost/process.json')));
  for (const { path, modifiedAt } of checkpoints) {
    // In the middle of that millisecond: a time in seconds may be rounded below it.
    const seconds = (Date.parse(modifiedAt) + 0.5) / 1000;
    await utimes(join(home, 'project', path), seconds, seconds);
  }
}

function moveText(text: string, home: string): string {
  return text
    .replaceAll(FROZEN_HOME, home)
    .replaceAll(`"host":"${FROZEN_HOST}"`, `"host":${JSON.stringify(hostname())}`);
}

/** A line carries a checksum. */
function moveLine(line: string, home: string): string {
  const record = z.record(z.string(), z.unknown()).parse(decodeRecordLine(line));
  return encodeRecordLine(
    z.record(z.string(), z.unknown()).parse(JSON.parse(moveText(JSON.stringify(record), home))),
  );
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Every file below a folder. */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if ((await stat(join(folder, name))).isFile()) found.push(join(folder, name));
  }
  return found;
}
