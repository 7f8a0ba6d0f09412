import type { FoundCheckpoint } from '@milepost/shared/processRecord';
import { type Candidate, findCandidates } from './findCheckpoints.ts';
import { openForWriting } from './openWriters.ts';
import { type Structure, structureOf } from './wholeFile.ts';

/** What is known of a candidate at its present mark. */
type Verdict = 'unsettled' | 'whole' | 'broken';

/** Watches what a program writes, and tells which of it are whole checkpoints. */
export interface CheckpointWatch {
  /**
   * Looks while the program runs: whole is what has not changed since the look before, has no writer, and whose
   * structure is sound where its format tells. The newest first.
   */
  look(): Promise<FoundCheckpoint[]>;
  /**
   * Looks when the program has ended, so that nothing changes any more. Where it was killed in the middle of a write
   * only a format that tells it is whole counts besides what was seen whole before.
   */
  lookAtEnd(wasInOrder: boolean): Promise<FoundCheckpoint[]>;
}

/**
 * @param globs from `cwd`.
 * @param known what was whole when it was last looked at, in an earlier run too.
 */
export function watchCheckpoints(
  globs: readonly string[],
  cwd: string,
  known: readonly FoundCheckpoint[],
): CheckpointWatch {
  let seen = new Map<string, { mark: string; verdict: Verdict }>();
  const isKnown = (candidate: Candidate) =>
    known.some(
      (one) =>
        one.path === candidate.path && one.bytes === candidate.bytes && one.modifiedAt === timeOf(candidate),
    );

  async function judge(
    decide: (candidate: Candidate, structure: Structure, isSettled: boolean) => Verdict,
  ): Promise<FoundCheckpoint[]> {
    const candidates = await findCandidates(globs, cwd);
    const next: typeof seen = new Map();
    const open: Candidate[] = [];
    for (const candidate of candidates) {
      const before = seen.get(candidate.path);
      const isSettled = before?.mark === candidate.mark;
      if (isSettled && before.verdict !== 'unsettled') {
        next.set(candidate.path, before);
        continue;
      }
      next.set(candidate.path, { mark: candidate.mark, verdict: 'unsettled' });
      open.push(candidate);
    }
    const writers = await openForWriting(new Set(open.flatMap(({ files }) => files)));
    for (const candidate of open) {
      if (candidate.files.some((file) => writers.has(file))) continue;
      const isSettled = seen.get(candidate.path)?.mark === candidate.mark;
      const verdict = isKnown(candidate) ? 'whole' : decide(candidate, await structure(candidate), isSettled);
      next.set(candidate.path, { mark: candidate.mark, verdict });
    }
    seen = next;
    return candidates
      .filter(({ path }) => seen.get(path)?.verdict === 'whole')
      .map((candidate) => ({
        path: candidate.path,
        bytes: candidate.bytes,
        modifiedAt: timeOf(candidate),
      }));
  }

  return {
    look: () =>
      judge((_, structure, isSettled) => {
        if (!isSettled) return 'unsettled';
        return structure === 'broken' ? 'broken' : 'whole';
      }),
    lookAtEnd: (wasInOrder) =>
      judge((_, structure) => {
        if (structure === 'silent') return wasInOrder ? 'whole' : 'unsettled';
        return structure === 'sound' ? 'whole' : 'broken';
      }),
  };
}

function timeOf({ modifiedMs }: Candidate): string {
  return new Date(modifiedMs).toISOString();
}

/** Of a folder: broken if one of its files is, sound if all are. */
async function structure({ files }: Candidate): Promise<Structure> {
  let found: Structure = 'sound';
  for (const file of files) {
    // A file that goes away or can't be read is no whole checkpoint now.
    const one = await structureOf(file).catch((): Structure => 'broken');
    if (one === 'broken') return 'broken';
    if (one === 'silent') found = 'silent';
  }
  return found;
}
