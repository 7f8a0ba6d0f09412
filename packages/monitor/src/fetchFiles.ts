import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameSchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import type {
  FetchedFile,
  FetchOptions,
  FetchProgress,
  FetchRequest,
  FetchResult,
  PartialMergeResult,
} from './api.ts';
import type { Clock } from './clock.ts';
import { type DownloadDeps, downloadFile, downloadFolder, RemoteFileFault } from './download.ts';
import { type HostConnection, LinkError } from './hostConnection.ts';
import { findSame, type Measure, measureOfFolder, placeFree } from './localPlace.ts';
import { readLedger, readMerged } from './readLedger.ts';
import { Aborted, createBreakRetries, unlessAborted } from './retryBreaks.ts';
import type { Problem } from './view.ts';

export interface FetchDeps {
  clock: Clock;
  /** A connection to the host, a new one where the last broke; waits while the machine sleeps. Throws a LinkError. */
  connect(signal: AbortSignal): Promise<HostConnection>;
  /** Makes the partial result. */
  merge(): Promise<PartialMergeResult>;
  /** How long to wait after the first break; doubled with each further one, up to 30 times as long. */
  retryMs: number;
}

const PROGRESS_EVERY_MS = 100;

/** A file or folder to fetch: its plain name, and what it must be (null: not known). */
interface Item {
  name: string;
  measure: Measure | null;
}

/** Fetches files of the job in `dir` on the host; see {@link FetchRequest}. Never throws. */
export async function fetchFiles(
  deps: FetchDeps,
  dir: string,
  request: FetchRequest,
  { onProgress, signal = new AbortController().signal }: FetchOptions,
): Promise<FetchResult> {
  const { clock } = deps;
  const files: FetchedFile[] = [];
  const progress: FetchProgress = {
    phase: 'fetching',
    file: null,
    filesDone: 0,
    files: 0,
    bytesDone: 0,
    bytes: 0,
  };
  let toldSteady = Number.NEGATIVE_INFINITY;

  function tell(change: Partial<FetchProgress>): void {
    const isPhase = change.phase !== undefined && change.phase !== progress.phase;
    Object.assign(progress, change);
    if (!isPhase && clock.steady() - toldSteady < PROGRESS_EVERY_MS) return;
    toldSteady = clock.steady();
    onProgress?.({ ...progress });
  }

  function check(): void {
    if (signal.aborted) throw new Aborted();
  }

  const { withConnection, gotOn } = createBreakRetries({
    clock,
    signal,
    connect: deps.connect,
    retryMs: deps.retryMs,
    onConnected: () => tell({ phase: 'fetching' }),
    onBreak: () => tell({ phase: 'waiting' }),
  });

  const download: DownloadDeps = {
    steady: () => clock.steady(),
    withConnection,
    check,
    checkRoom: (bytes) => checkRoom(request.to, bytes),
    onBytes(count) {
      if (count > 0) gotOn();
      tell({ bytesDone: progress.bytesDone + count });
    },
  };

  async function items(): Promise<Item[]> {
    if (request.what === 'partial') {
      tell({ phase: 'merging' });
      const merged = await unlessAborted(deps.merge(), signal);
      if (merged.kind === 'failed') throw new RemoteFileFault(merged.problem);
      return [{ name: merged.file, measure: null }];
    }
    if (request.what === 'result') {
      const merged = await withConnection((connection) => readMerged(connection, dir));
      if (merged.kind === 'failed') throw new RemoteFileFault(merged.problem);
      const { file, bytes, sha256 } = merged.record;
      return [{ name: file, measure: { bytes, sha256 } }];
    }
    const ledger = await withConnection((connection) => readLedger(connection, dir, () => clock.steady()));
    if (ledger.kind === 'failed') throw new RemoteFileFault(ledger.problem);
    if (ledger.entries.length === 0) throw new RemoteFileFault(NO_CHECKPOINTS);
    return ledger.entries.map(({ file, bytes, sha256 }) => ({ name: file, measure: { bytes, sha256 } }));
  }

  async function fetchItem({ name, measure }: Item): Promise<FetchedFile> {
    // The records' schema says so already; here it is what keeps everything inside the chosen folder.
    if (!fileNameSchema.safeParse(name).success) throw new RemoteFileFault(badName(name));
    const same = measure === null ? null : await findSame(request.to, name, measure);
    if (same !== null && measure !== null) {
      download.onBytes(measure.bytes);
      return { name, path: same, bytes: measure.bytes, checked: 'hash', wasThere: true };
    }
    const remote = `${dir}/${name}`;
    const found = await withConnection((connection) => connection.lstat(remote));
    const isFolder = found.kind === 'folder';
    if (measure === null && found.kind === 'file') tell({ bytes: progress.bytes + found.size });
    const scratch = await mkdtemp(join(request.to, '.milepost-fetch-'));
    try {
      const local = join(scratch, 'fetched');
      const got = isFolder
        ? measureOfFolder(await downloadFolder(download, remote, local))
        : await downloadFile(download, remote, local, measure?.bytes ?? null);
      if (measure !== null && (got.sha256 !== measure.sha256 || got.bytes !== measure.bytes)) {
        throw new RemoteFileFault(wrongHash(name));
      }
      const checked = measure === null ? 'size' : 'hash';
      const already = measure === null ? await findSame(request.to, name, got) : null;
      if (already !== null) return { name, path: already, bytes: got.bytes, checked, wasThere: true };
      check();
      const path = await placeFree(local, request.to, name, isFolder);
      return { name, path, bytes: got.bytes, checked, wasThere: false };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  try {
    const isFolder = await stat(request.to).then((there) => there.isDirectory());
    if (!isFolder) throw new RemoteFileFault(noFolder(request.to));
    const wanted = await items();
    const bytes = wanted.reduce((sum, { measure }) => sum + (measure?.bytes ?? 0), 0);
    await checkRoom(request.to, bytes);
    tell({ phase: 'fetching', files: wanted.length, bytes });
    let fault: Problem | null = null;
    let faults = 0;
    for (const item of wanted) {
      check();
      tell({ file: cleanText(item.name, 120) });
      const before = progress.bytesDone;
      try {
        files.push(await fetchItem(item));
      } catch (error) {
        // What is wrong with one file is no reason to leave the others.
        if (!(error instanceof RemoteFileFault)) throw error;
        fault ??= error.problem;
        faults += 1;
        tell({ bytesDone: before });
      }
      tell({ filesDone: progress.filesDone + 1 });
    }
    toldSteady = Number.NEGATIVE_INFINITY;
    tell({ file: null });
    if (fault === null) return { kind: 'fetched', files };
    const what =
      wanted.length === 1
        ? fault.what
        : `${faults} of ${wanted.length} files could not be fetched. ${fault.what}`;
    return { kind: 'failed', problem: { ...fault, what }, files };
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted', files };
    return { kind: 'failed', problem: problemOf(error, request.to), files };
  }
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new RemoteFileFault({
    kind: 'no-room',
    what: `${folder} has room for ${free} bytes, and ${bytes} are to be fetched.`,
    next: 'Make room, or choose another folder.',
  });
}

const NO_CHECKPOINTS: Problem = {
  kind: 'no-checkpoints',
  what: 'This job has no checkpoints yet.',
  next: 'Wait for its first batch to end.',
};

function noFolder(path: string): Problem {
  return { kind: 'no-folder', what: `${path} is no folder.`, next: 'Choose a folder that is there.' };
}

function badName(name: string): Problem {
  return {
    kind: 'file-name',
    what: `The host names a file that is not taken over: “${cleanText(name, 80)}”.`,
    next: 'Copy it by hand if it is to be trusted.',
  };
}

function wrongHash(name: string): Problem {
  return {
    kind: 'file-changed',
    what: `${cleanText(name, 120)} is not what was saved: its hash is another one.`,
    next: 'Try “milepost verify” on the host: a resume does damaged batches again.',
  };
}

function problemOf(error: unknown, folder: string): Problem {
  if (error instanceof LinkError || error instanceof RemoteFileFault) return error.problem;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const said = cleanText(error instanceof Error ? error.message : String(error), 200);
  if (code === 'ENOENT' || code === 'ENOTDIR') return noFolder(folder);
  return {
    kind: 'local-write',
    what: `Nothing could be written to ${folder}: ${said}`,
    next: code === 'ENOSPC' ? 'Make room, or choose another folder.' : 'Choose another folder.',
  };
}
