import { lstat } from 'node:fs/promises';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { jobPaths } from '@milepost/checkpoint/paths';
import { Refusal } from './refusal.ts';

/** What {@link findDistrust} looks at, of a file and of the asker. */
export interface Ownership {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * Why a path must not be believed: what is in job.json will be run, so nobody else may own or write it. Writable by
 * the group is fine where the group is the user's own: many systems' umask is 002. Undefined: it may. Pure.
 */
export function distrust(
  path: string,
  owner: Ownership,
  me: { uid: number; gid: number },
): string | undefined {
  if (owner.uid !== me.uid) return `${path} belongs to another user (uid ${owner.uid})`;
  if ((owner.mode & 0o002) !== 0) return `everybody may write ${path}`;
  if ((owner.mode & 0o020) !== 0 && owner.gid !== me.gid) {
    return `the group ${owner.gid} may write ${path}`;
  }
  return undefined;
}

/** Refuses a job whose folder or records another user owns or may write. */
export async function checkTrust(dir: string): Promise<void> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) return;
  const paths = jobPaths(dir);
  for (const path of [dir, paths.meta, paths.job]) {
    const stat = await attemptIfThere('look at', path, () => lstat(path));
    const reason = stat === undefined ? undefined : distrust(path, stat, { uid, gid });
    if (reason === undefined) continue;
    throw new Refusal(
      'refused',
      `${reason}, and what is in its records would be run. Nothing was changed.`,
      'If you know who wrote it: --trust',
    );
  }
}
