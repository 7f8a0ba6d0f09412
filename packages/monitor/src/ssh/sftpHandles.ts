import type { SFTPWrapper } from 'ssh2';
import type { PathFault } from '../hostConnection.ts';
import { type Broken, faultOf, handleOf, NONSENSE } from './sftpAnswers.ts';

/** Also `broken`: then the channel is to be given up. What comes after the first call is dropped. */
export type Done<T> = (answer: T | Broken) => void;

/** ssh2's callback for a request whose answer `read` understands. */
export function answering<T>(done: Done<T | PathFault>, read: (raw: unknown) => T | PathFault | Broken) {
  return (error: Error | undefined | null, raw?: unknown): void => done(error ? faultOf(error) : read(raw));
}

type Use<T> = (handle: Buffer, end: Done<T | PathFault>) => void;

/** Opens a file for reading; it is closed as soon as `use` calls its `end`, and the close is never waited for. */
export function openFile<T extends { kind: string }>(
  sftp: SFTPWrapper,
  path: string,
  done: Done<T | PathFault>,
  use: Use<T>,
): void {
  sftp.open(path, 'r', whenOpen(sftp, done, use));
}

/** As {@link openFile}, a folder. */
export function openFolder<T extends { kind: string }>(
  sftp: SFTPWrapper,
  path: string,
  done: Done<T | PathFault>,
  use: Use<T>,
): void {
  sftp.opendir(path, whenOpen(sftp, done, use));
}

function whenOpen<T extends { kind: string }>(sftp: SFTPWrapper, done: Done<T | PathFault>, use: Use<T>) {
  return (error: Error | undefined | null, raw?: unknown): void => {
    const handle = handleOf(raw);
    if (error || handle === null) {
      done(error ? faultOf(error) : NONSENSE);
      return;
    }
    let isOver = false;
    use(handle, (answer) => {
      if (isOver) return;
      isOver = true;
      if (answer.kind !== 'broken') sftp.close(handle, () => undefined);
      done(answer);
    });
  };
}
