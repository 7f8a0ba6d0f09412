import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanText } from '@milepost/shared/text';
import { z } from 'zod';
import { attempt, errorCode, FileError } from './fileError.ts';
import { placeOf } from './filePlace.ts';
import { isPidTaken } from './identity.ts';

/** Who holds a lock, for messages only: the lock itself is the kernel's, and goes with its owner. */
export const lockOwnerSchema = z.object({
  version: z.literal(1),
  host: z.string(),
  bootId: z.string().nullable(),
  pid: z.number().int().positive(),
});
export type LockOwner = z.infer<typeof lockOwnerSchema>;

export type LockResult =
  | { kind: 'locked'; lock: Lock }
  /** `owner` is null where the file does not say it (just being written, or damaged). */
  | { kind: 'held'; owner: LockOwner | null }
  /** Locks do nothing on this file system: two agents could not be kept apart. */
  | { kind: 'unsupported'; reason: string };

export interface Lock {
  /** Gives the lock back. It also goes, without this, when the process ends in any way. */
  release(): Promise<void>;
}

/**
 * Takes the lock at `path` without waiting, and writes `owner` into it. The lock is an flock on an open file: the
 * kernel drops it when this process is gone, however it went. The descriptor is close-on-exec, so no child has it.
 *
 * Linux: the descriptor is handed to util-linux's `flock`, which locks the open file description that both share.
 * macOS: the file is opened with O_EXLOCK.
 */
export async function takeLock(path: string, owner: Omit<LockOwner, 'version'>): Promise<LockResult> {
  return process.platform === 'darwin' ? takeByOpening(path, owner) : takeByHelper(path, owner);
}

async function takeByHelper(path: string, owner: Omit<LockOwner, 'version'>): Promise<LockResult> {
  const handle = await attempt('open', path, () => open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  let keep = false;
  try {
    const outcome = await flockOrOwner(handle.fd, path, owner);
    if (outcome.kind !== 'locked') return outcome;
    if (placeOf(handle.fd, path) !== 'here') return { kind: 'held', owner: null };
    // At once: who is refused now wants to know by whom.
    await writeOwner(handle, path, owner);
    const proof = await attempt('open', path, () => open(path, constants.O_RDWR));
    try {
      if ((await runFlock(proof.fd, path)).kind === 'locked') {
        return { kind: 'unsupported', reason: 'its file system grants the same lock twice' };
      }
    } finally {
      await proof.close();
    }
    keep = true;
    return { kind: 'locked', lock: { release: () => handle.close() } };
  } finally {
    if (!keep) await handle.close();
  }
}

/**
 * Locks, or says who holds the lock. Where the file names nobody that lives, either somebody took it just now and has
 * not written its name yet, or an agent was killed and its helper is about to end: so it is tried again for a while.
 */
async function flockOrOwner(
  fd: number,
  path: string,
  mine: Omit<LockOwner, 'version'>,
): Promise<{ kind: 'locked' } | Exclude<LockResult, { kind: 'locked' }>> {
  const deadline = performance.now() + OWNER_WITHIN_MS;
  for (;;) {
    const outcome = await runFlock(fd, path);
    if (outcome.kind !== 'held') return outcome;
    const owner = await readOwner(path);
    if (isPresent(owner, mine) || performance.now() > deadline) return { kind: 'held', owner };
    await delay(50);
  }
}

const O_EXLOCK = 0x20;

async function takeByOpening(path: string, owner: Omit<LockOwner, 'version'>): Promise<LockResult> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK, 0o600);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') {
      return { kind: 'held', owner: await readPresentOwner(path, owner) };
    }
    if (code === 'ENOTSUP' || code === 'EOPNOTSUPP') {
      return { kind: 'unsupported', reason: 'its file system has no locks' };
    }
    throw new FileError('lock', path, error);
  }
  if (placeOf(handle.fd, path) !== 'here') {
    await handle.close();
    return { kind: 'held', owner: null };
  }
  await writeOwner(handle, path, owner);
  return { kind: 'locked', lock: { release: () => handle.close() } };
}

type FlockOutcome = { kind: 'locked' } | { kind: 'held' } | { kind: 'unsupported'; reason: string };

/** `flock -n -x 3`: exits 0 with the lock taken, 1 where another open file holds it, else with an error. */
function runFlock(fd: number, path: string): Promise<FlockOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 1000);
    });
    child.once('error', (error) => {
      const missing = errorCode(error) === 'ENOENT';
      reject(
        new FileError(
          'lock',
          path,
          missing ? new Error('the command flock (util-linux) is not here') : error,
        ),
      );
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ kind: 'locked' });
      else if (code === 1) resolve({ kind: 'held' });
      else if (signal !== null)
        reject(new FileError('lock', path, new Error(`flock was ended by ${signal}`)));
      else resolve({ kind: 'unsupported', reason: cleanText(errors) || `flock ended with ${code}` });
    });
  });
}

async function writeOwner(
  handle: FileHandle,
  path: string,
  owner: Omit<LockOwner, 'version'>,
): Promise<void> {
  const text = `${JSON.stringify({ version: 1, ...owner } satisfies LockOwner)}\n`;
  await attempt('write', path, async () => {
    await handle.truncate(0);
    await handle.write(text, 0, 'utf8');
  });
}

const OWNER_WITHIN_MS = 3000;

/**
 * Who holds the lock. Whoever took it just now needs a moment to write its name: until then the file is empty, or still
 * names one that is gone.
 */
async function readPresentOwner(path: string, mine: Omit<LockOwner, 'version'>): Promise<LockOwner | null> {
  const deadline = performance.now() + OWNER_WITHIN_MS;
  for (;;) {
    const owner = await readOwner(path);
    if (isPresent(owner, mine) || performance.now() > deadline) return owner;
    await delay(20);
  }
}

/** Whether an owner may well live: of another host or boot nobody here can tell. */
function isPresent(owner: LockOwner | null, mine: Omit<LockOwner, 'version'>): boolean {
  if (owner === null) return false;
  const here = owner.host === mine.host && owner.bootId === mine.bootId;
  return !here || isPidTaken(owner.pid);
}

/** Who the lock file says holds it; null where it doesn't say. */
export async function readOwner(path: string): Promise<LockOwner | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.alloc(4096);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const parsed = lockOwnerSchema.safeParse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}
