import {
  EMPTY_REREAD_MS,
  HEAD_BYTES,
  MAX_WHOLE_BYTES,
  parseCutProgress,
  parseProgress,
  TAIL_BYTES,
} from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import type { Clock } from './clock.ts';
import type { HostConnection, StatAnswer } from './hostConnection.ts';
import type { FileReading } from './reading.ts';
import { ageOf, createWatchedFile, type WatchedContent } from './watchedFile.ts';

export interface ProgressReader {
  readonly path: string;
  /** Reads the file if the `stat` made just now says that it changed. `hostAt`: the host's wall clock now. */
  update(
    connection: HostConnection,
    stat: StatAnswer,
    hostAt: number | null,
    options?: { force: boolean },
  ): Promise<FileReading>;
}

/** One PROGRESS.txt on a host. */
export function createProgressReader(path: string, clock: Clock): ProgressReader {
  const file = createWatchedFile(path, {
    wholeBytes: MAX_WHOLE_BYTES,
    headBytes: HEAD_BYTES,
    tailBytes: TAIL_BYTES,
  });
  const firstSteady = clock.steady();
  let parsed: { version: number; progress: Progress } | null = null;

  return {
    path,
    async update(connection, stat, hostAt, { force } = { force: false }) {
      let content = await file.update(connection, stat, clock.steady(), force);
      if (content.kind === 'content' && content.size === 0 && parsed?.version !== file.version) {
        await new Promise<void>((resolve) => clock.setTimer(EMPTY_REREAD_MS, resolve));
        content = await file.update(connection, stat, clock.steady(), true);
      }
      if (content.kind === 'missing') return { kind: 'missing', reason: 'its PROGRESS.txt is not there' };
      if (content.kind === 'unreadable')
        return { kind: 'unreadable', reason: `PROGRESS.txt: ${content.reason}` };
      if (content.kind === 'content') {
        if (parsed?.version !== file.version)
          parsed = { version: file.version, progress: progressOf(content) };
        file.drop();
      }
      if (parsed === null) return { kind: 'unreadable', reason: 'PROGRESS.txt was not read yet' };
      const { progress } = parsed;
      if (progress.status === 'unreadable') {
        return { kind: 'unreadable', reason: progress.problem ?? 'PROGRESS.txt says nothing' };
      }
      const mtimeMs = file.mtimeMs ?? 0;
      const { changedSteady, version } = file;
      const ageMs = ageOf({ mtimeMs, changedSteady }, firstSteady, hostAt, clock.steady());
      return { kind: 'read', progress, ageMs, mtimeMs, version };
    },
  };
}

function progressOf(content: Extract<WatchedContent, { kind: 'content' }>): Progress {
  const head = content.head.toString('utf8');
  const { tail } = content;
  // Copied: each text in it is a part of the file's text, and would hold all of that in memory.
  return structuredClone(tail === null ? parseProgress(head) : parseCutProgress(head, tail.toString('utf8')));
}
