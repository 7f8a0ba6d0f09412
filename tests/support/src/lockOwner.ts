import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The pid of the agent that holds the job in this folder, or held it last. Rejects where none has begun. */
export async function lockOwner(results: string): Promise<number> {
  const lock: unknown = JSON.parse(await readFile(join(results, '.milepost/lock'), 'utf8'));
  return z.object({ pid: z.number().int().positive() }).parse(lock).pid;
}
