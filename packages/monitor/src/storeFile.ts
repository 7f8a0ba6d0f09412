import { readFile, rename } from 'node:fs/promises';
import { readVersionedJson } from '@milepost/shared/versioned';
import type { z } from 'zod';
import type { Problem } from './view.ts';

// Reading what the watcher keeps on this machine, where the file may be damaged or a newer Milepost's.

export type LoadedStore<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'absent' }
  /** It was damaged and is kept under another name; a new one may be begun. */
  | { kind: 'set-aside'; problem: Problem }
  /** It is left alone: nothing may be written there. */
  | { kind: 'refused'; problem: Problem };

/** Reads a versioned file. `words`: what it holds, and what it means to be without it, for a person. */
export async function loadStoreFile<T>(
  path: string,
  schema: z.ZodType<T>,
  words: { holds: string; loss: string },
): Promise<LoadedStore<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'absent' };
    const what = `${words.holds} could not be read from ${path}: ${reasonOf(error)}`;
    return {
      kind: 'refused',
      problem: { kind: 'store-read', what, next: `Allow reading it; until then ${words.loss}.` },
    };
  }
  const read = readVersionedJson(schema, text);
  if (read.kind === 'ok') return { kind: 'ok', value: read.value };
  if (read.kind === 'newer') {
    const what = `${path}: ${read.reason}. Nothing is noted there until then.`;
    return { kind: 'refused', problem: { kind: 'store-newer', what, next: 'Update Milepost.' } };
  }
  const aside = `${path}.damaged`;
  try {
    await rename(path, aside);
  } catch (error) {
    const what = `${path} is damaged (${read.reason}) and can't be set aside: ${reasonOf(error)}`;
    return {
      kind: 'refused',
      problem: { kind: 'store-damaged', what, next: `Move it away by hand; until then ${words.loss}.` },
    };
  }
  const what = `${path} was damaged (${read.reason}). It is kept as ${aside}, and a new one was begun.`;
  return {
    kind: 'set-aside',
    problem: {
      kind: 'store-damaged',
      what,
      next: `${words.loss.charAt(0).toUpperCase()}${words.loss.slice(1)}.`,
    },
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
