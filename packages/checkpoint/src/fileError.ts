/** A file operation that failed: what was tried, on which path, and the system's error. */
export class FileError extends Error {
  readonly action: string;
  readonly path: string;
  /** The system's error code, such as ENOSPC; null where there was none. */
  readonly code: string | null;

  constructor(action: string, path: string, cause: unknown) {
    const code = errorCode(cause);
    super(`Could not ${action} ${path}: ${describe(code, cause)}`, { cause });
    this.name = 'FileError';
    this.action = action;
    this.path = path;
    this.code = code;
  }
}

/** The `code` of a system error, or null. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the disk quota is used up (EDQUOT)',
  EIO: 'the disk reported an input/output error (EIO)',
  EROFS: 'the file system is read-only (EROFS)',
  EACCES: 'permission denied (EACCES)',
  EPERM: 'not permitted (EPERM)',
  ENOENT: 'it is not there (ENOENT)',
  ENOTDIR: 'a part of the path is no folder (ENOTDIR)',
  EISDIR: 'it is a folder (EISDIR)',
  EMFILE: 'too many open files (EMFILE)',
};

function describe(code: string | null, cause: unknown): string {
  if (code !== null && WORDS[code] !== undefined) return WORDS[code];
  return cause instanceof Error ? cause.message : String(cause);
}

/** Runs `work`; a failure becomes a {@link FileError}. A FileError passes as it is. */
export async function attempt<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FileError ? error : new FileError(action, path, error);
  }
}

/** {@link attempt}, but a path that isn't there is `undefined`. */
export async function attemptIfThere<T>(
  action: string,
  path: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error instanceof FileError ? error : new FileError(action, path, error);
  }
}
