import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt, attemptIfThere } from '@milepost/checkpoint/fileError';
import { jobPaths } from '@milepost/checkpoint/paths';
import { EXIT } from '@milepost/shared/answers';
import { loadJob, resolveTarget } from '../jobTarget.ts';
import { Refusal } from '../refusal.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

export interface LogsOptions {
  follow?: boolean;
  lines: string;
}

/** Of a log with very long lines, no more than this is looked at. */
const MOST_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 250;

/** `milepost logs ID [-f] [-n N]`: the end of what the job's commands printed; `-f`: until its run has ended. */
export async function logs(target: string, options: LogsOptions, context: CommandContext): Promise<number> {
  const wanted = Number(options.lines);
  if (!/^\d{1,9}$/.test(options.lines)) {
    throw new Refusal('usage', `-n takes a whole number, and not ${JSON.stringify(options.lines)}.`);
  }
  const dir = await resolveTarget(target);
  await loadJob(dir);
  const { log } = jobPaths(dir);
  const older = await readEnd(`${log}.1`);
  const newest = await readEnd(log);
  const text = lastLines(older.text + newest.text, wanted);
  if (text !== '') context.out.write(text);
  if (options.follow) await follow(dir, log, newest, context);
  return EXIT.done;
}

interface End {
  text: string;
  /** Where reading goes on. */
  at: number;
  inode: number;
}

async function readEnd(path: string): Promise<End> {
  const handle = await attemptIfThere('read', path, () =>
    open(path, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  if (handle === undefined) return { text: '', at: 0, inode: 0 };
  try {
    const { size, ino } = await handle.stat();
    const text = await readFrom(handle, Math.max(0, size - MOST_BYTES), size);
    return { text, at: size, inode: ino };
  } finally {
    await handle.close();
  }
}

async function readFrom(handle: FileHandle, start: number, end: number): Promise<string> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  return buffer.toString('utf8', 0, bytesRead);
}

/** The last lines of a text, with their newlines. */
function lastLines(text: string, count: number): string {
  if (count === 0) return '';
  const lines = text.split('\n');
  const complete = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  const end = complete.slice(-count).join('\n');
  return end === '' ? '' : `${end}\n`;
}

async function follow(dir: string, path: string, from: End, context: CommandContext): Promise<void> {
  let { at, inode } = from;
  for (;;) {
    // Asked before the last look, so that nothing printed before the end is missed.
    const running = (await readTruth(dir)).state === 'running';
    const now = await attemptIfThere('look at', path, () => stat(path));
    if (now !== undefined) {
      if (now.ino !== inode || now.size < at) at = 0;
      inode = now.ino;
      while (at < now.size) {
        const end = Math.min(now.size, at + MOST_BYTES);
        const handle = await attempt('read', path, () => open(path, 'r'));
        context.out.write(await readFrom(handle, at, end).finally(() => handle.close()));
        at = end;
      }
    }
    if (!running) return;
    await delay(LOOK_EVERY_MS);
  }
}
