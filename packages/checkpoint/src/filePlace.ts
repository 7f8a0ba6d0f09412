import { fstatSync, statSync } from 'node:fs';
import { FileError } from './fileError.ts';

/** What a path leads to now: the file that is open, nothing, or another file. */
export type FilePlace = 'here' | 'gone' | 'replaced';

/** Whether an open file is still the one at its path. Throws a {@link FileError} where that can't be seen. */
export function placeOf(descriptor: number, path: string): FilePlace {
  try {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (there === undefined) return 'gone';
    const own = fstatSync(descriptor, { bigint: true });
    return there.ino === own.ino && there.dev === own.dev ? 'here' : 'replaced';
  } catch (error) {
    throw new FileError('look at', path, error);
  }
}
