import { cleanText } from '@milepost/shared/text';
import { z } from 'zod';
import type { LinkTargetAnswer, PathFault, StatAnswer } from '../hostConnection.ts';

// What ssh2 hands over as an answer, before anything believes it: it passes on whatever kind of packet a server sent.

/**
 * No answer, and no fault of the path either: the channel is gone, or what came does not answer what was asked. The
 * channel is of no more use.
 */
export type Broken = { kind: 'broken'; cause: 'ended' | 'nonsense' };

export const NONSENSE: Broken = { kind: 'broken', cause: 'nonsense' };

/** SFTP's own status codes. */
const STATUS = { eof: 1, noSuchFile: 2, permissionDenied: 3 } as const;
/** What ssh2 calls back with for each request that is open when the channel ends. */
const CHANNEL_ENDED = 'No response from server';

function codeOf(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null;
}

export function isEndOfFile(error: Error): boolean {
  return codeOf(error) === STATUS.eof;
}

/** Only an answer that carries a status is the host's word on a path. */
export function faultOf(error: Error): PathFault | Broken {
  const code = codeOf(error);
  if (code === null) return error.message === CHANNEL_ENDED ? { kind: 'broken', cause: 'ended' } : NONSENSE;
  if (code === STATUS.noSuchFile) return { kind: 'missing' };
  if (code === STATUS.permissionDenied) return { kind: 'denied' };
  return { kind: 'failed', reason: cleanText(error.message) };
}

const MODE_TYPE = 0o170000;
const MODE_FILE = 0o100000;
const MODE_FOLDER = 0o040000;

/**
 * What no type is told of is `special`: it is never opened. Checked by hand, since a poll of a thousand jobs has
 * thousands of these.
 */
export function statAnswerOf(raw: unknown): StatAnswer | Broken {
  if (typeof raw !== 'object' || raw === null || Buffer.isBuffer(raw) || Array.isArray(raw)) return NONSENSE;
  const mode = 'mode' in raw && typeof raw.mode === 'number' ? raw.mode : 0;
  const type = mode & MODE_TYPE;
  if (type !== MODE_FILE && type !== MODE_FOLDER) return { kind: 'special' };
  const size = 'size' in raw ? raw.size : undefined;
  const mtimeSeconds = 'mtime' in raw ? raw.mtime : undefined;
  if (!isCount(size) || !isCount(mtimeSeconds)) {
    return { kind: 'failed', reason: 'the size and time that the host gives can’t be true' };
  }
  return type === MODE_FILE ? { kind: 'file', size, mtimeSeconds } : { kind: 'folder', mtimeSeconds };
}

/** Beyond what a number says exactly there is no file. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The protocol's own limit. */
const MAX_HANDLE_BYTES = 256;

/** Null: it is none. */
export function handleOf(raw: unknown): Buffer | null {
  return Buffer.isBuffer(raw) && raw.length <= MAX_HANDLE_BYTES ? raw : null;
}

const namesSchema = z.array(z.object({ filename: z.string() }));

/** Null: they are none. */
export function namesOf(raw: unknown): string[] | null {
  const parsed = namesSchema.safeParse(raw);
  return parsed.success ? parsed.data.map(({ filename }) => filename) : null;
}

const MAX_PATH = 4096;

export function targetOf(raw: unknown): LinkTargetAnswer | Broken {
  if (typeof raw !== 'string') return NONSENSE;
  if (raw.length <= MAX_PATH) return { kind: 'target', target: raw };
  return { kind: 'failed', reason: 'it leads to a path that is too long' };
}
