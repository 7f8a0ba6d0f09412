import { createHash } from 'node:crypto';
import type { HostConnection, ReadCaps, StatAnswer } from './hostConnection.ts';

/** The bytes of a file on a host, read only when they may have changed. */
export type WatchedContent =
  | Content
  /** That of the last read, whose bytes were dropped. */
  | { kind: 'as-read'; digest: string }
  | { kind: 'missing' }
  | { kind: 'unreadable'; reason: string };

interface Content {
  kind: 'content';
  head: Buffer;
  tail: Buffer | null;
  size: number;
}

export interface WatchedFile {
  readonly path: string;
  /** Counts the different contents seen, from 1. */
  readonly version: number;
  /** The file's time of change by its host, ms since the epoch; null before there was one. */
  readonly mtimeMs: number | null;
  /** Steady time at which this watcher saw the content change; null: it has not changed since the first sight. */
  readonly changedSteady: number | null;
  /** Brings the content up to date with a `stat` made just now. `force` reads whatever the stat says. */
  update(
    connection: HostConnection,
    stat: StatAnswer,
    steady: number,
    force?: boolean,
  ): Promise<WatchedContent>;
  /** What the last read said is known, and its bytes needn't be held. A later change is told all the same. */
  drop(): void;
}

/** So little is kept all the same: a hash for each would take more. */
const SMALL_BYTES = 4096;

/**
 * A file that is looked at once a poll. It is read when size or time changed, and once more at the next poll: SFTP's
 * times are whole seconds, so a second change within one could be missed for ever. Only regular files are opened.
 */
export function createWatchedFile(path: string, caps: ReadCaps): WatchedFile {
  let last: { size: number; mtimeSeconds: number } | null = null;
  let content: WatchedContent = { kind: 'missing' };
  let readAgain = false;
  let version = 0;
  let changedSteady: number | null = null;

  return {
    path,
    get version() {
      return version;
    },
    get mtimeMs() {
      return last === null ? null : last.mtimeSeconds * 1000;
    },
    get changedSteady() {
      return changedSteady;
    },
    async update(connection, stat, steady, force = false) {
      if (stat.kind !== 'file') {
        last = null;
        content = contentOf(stat);
        return content;
      }
      const isChanged = last?.size !== stat.size || last.mtimeSeconds !== stat.mtimeSeconds;
      if (!isChanged && !readAgain && !force) return content;
      const read = await connection.readFile(path, { ...caps, expectedBytes: stat.size });
      if (read.kind !== 'read') {
        last = null;
        content = contentOf(read);
        return content;
      }
      const head = viewOf(read.head);
      const tail = read.tail === null ? null : viewOf(read.tail);
      const next: Content = { kind: 'content', head, tail, size: read.size };
      if (!isSame(content, next)) {
        if (version > 0) changedSteady = steady;
        version += 1;
      } else if (isChanged && last !== null) changedSteady = steady;
      readAgain = isChanged;
      last = { size: stat.size, mtimeSeconds: stat.mtimeSeconds };
      content = next;
      return content;
    },
    drop() {
      if (content.kind !== 'content' || content.head.length + (content.tail?.length ?? 0) <= SMALL_BYTES)
        return;
      content = { kind: 'as-read', digest: digestOf(content) };
    },
  };
}

/**
 * How long the content has stood, in ms: by the host's clock (`hostAt`, null: not known), and never more than since this
 * watcher saw it change: a file server's clock may be off. `firstSteady` is when it was first looked at.
 */
export function ageOf(
  { mtimeMs, changedSteady }: { mtimeMs: number; changedSteady: number | null },
  firstSteady: number,
  hostAt: number | null,
  steady: number,
): number {
  const seen = steady - (changedSteady ?? firstSteady);
  const byHost = hostAt === null ? null : Math.max(0, hostAt - mtimeMs);
  if (byHost === null) return seen;
  return changedSteady === null ? byHost : Math.min(byHost, seen);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isSame(before: WatchedContent, next: Content): boolean {
  if (before.kind === 'as-read') return before.digest === digestOf(next);
  if (before.kind !== 'content' || before.size !== next.size || !before.head.equals(next.head)) return false;
  const { tail } = before;
  return tail === null || next.tail === null ? tail === next.tail : tail.equals(next.tail);
}

function digestOf({ head, tail, size }: Content): string {
  const hash = createHash('sha256').update(`${size} ${head.length} `).update(head);
  if (tail !== null) hash.update(tail);
  return hash.digest('base64');
}

function contentOf(answer: Exclude<StatAnswer, { kind: 'file' }>): WatchedContent {
  switch (answer.kind) {
    case 'missing':
      return { kind: 'missing' };
    case 'folder':
      return { kind: 'unreadable', reason: 'it is a folder' };
    case 'special':
      return { kind: 'unreadable', reason: 'it is no regular file, and is not opened' };
    case 'denied':
      return { kind: 'unreadable', reason: 'this account may not read it' };
    case 'failed':
      return { kind: 'unreadable', reason: answer.reason };
  }
}
