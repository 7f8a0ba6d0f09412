import type { SFTPWrapper } from 'ssh2';
import type { ListAnswer } from '../hostConnection.ts';
import { faultOf, isEndOfFile, NONSENSE, namesOf } from './sftpAnswers.ts';
import { type Done, openFolder } from './sftpHandles.ts';

declare module 'ssh2' {
  interface SFTPWrapper {
    /** `full`: nothing is left out. ssh2's own filter takes any answer for a list. */
    readdir(
      handle: Buffer,
      options: { full: boolean },
      callback: (error: Error | undefined, list: unknown) => void,
    ): void;
  }
}

/** Longer than any file system's, in UTF-16 units. */
const MAX_NAME = 1024;
/** Of all names of one folder together. */
const MAX_LISTED = 8 * 1024 * 1024;

/** Lists up to `maxNames` names, `.` and `..` left out; stops asking once there are enough. Each name comes once. */
export function listFolder(sftp: SFTPWrapper, path: string, maxNames: number, done: Done<ListAnswer>): void {
  openFolder<ListAnswer>(sftp, path, done, (handle, end) => {
    const names = new Set<string>();
    let listed = 0;
    let units = 0;
    const next = (): void => {
      // `full`: ssh2's own filter takes any answer for a list.
      sftp.readdir(handle, { full: true }, (error: Error | undefined, raw: unknown) => {
        const list = error ? [] : namesOf(raw);
        if (list === null || (error && !isEndOfFile(error))) {
          end(error ? faultOf(error) : NONSENSE);
          return;
        }
        for (const name of list) {
          if (name === '.' || name === '..') continue;
          if (name.length > MAX_NAME) {
            end({ kind: 'failed', reason: 'it holds a name that is longer than any file system takes' });
            return;
          }
          names.add(name);
          listed += 1;
          units += name.length;
        }
        const isCut = listed > maxNames || units > MAX_LISTED;
        // The end is a status of its own; an answer without names could come for ever.
        if (list.length > 0 && !isCut) next();
        else end({ kind: 'list', names: [...names].slice(0, maxNames), cut: isCut });
      });
    };
    next();
  });
}
