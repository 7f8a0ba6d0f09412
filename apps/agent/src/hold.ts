import { randomUUID } from 'node:crypto';
import { type Adoptable, planAdoption } from '@milepost/checkpoint/adopt';
import { ownIdentity } from '@milepost/checkpoint/identity';
import { type CreatedJob, checkpointFilesIn, createJob, rewriteJob } from '@milepost/checkpoint/jobFolder';
import { type Lock, type LockOwner, takeLock } from '@milepost/checkpoint/lock';
import { type JobPaths, jobPaths } from '@milepost/checkpoint/paths';
import { enterJob, freeId } from '@milepost/checkpoint/registry';
import type { JobRecord, Surroundings } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { originalOf, separateCopy } from './copiedJob.ts';
import { loadJob } from './jobTarget.ts';
import { Refusal } from './refusal.ts';
import type { JobRequest } from './request.ts';

/** A job that this process owns until it releases the lock. */
export interface HeldJob<R extends JobRecord = JobRecord> {
  paths: JobPaths;
  record: R;
  /** The record is not what job.json says yet; its run writes it. */
  recordChanged: boolean;
  lock: Lock;
  /** What a person should know of how it came to be held; null: nothing. */
  note: string | null;
}

/** Makes a new job in a folder that has none and owns it; undefined where another agent was faster. */
export async function createHeld(
  dir: string,
  request: JobRequest,
  surroundings: Surroundings,
  { adopt, now }: { adopt: boolean; now: Date },
): Promise<HeldJob | undefined> {
  const adoptable = await adoptableFiles(dir, request, adopt);
  const asked: JobRecord = {
    ...request,
    version: 1,
    id: await freeId(request.name, dir),
    uid: randomUUID(),
    createdAt: now.toISOString(),
    surroundings,
  };
  const created: CreatedJob = await createJob(dir, asked, await lockOwner(), adoptable);
  if (created.kind === 'taken') return undefined;
  if (created.kind === 'unsupported') throw noLocks(dir, created.reason);
  const { paths, lock } = created;
  const record = await entered(paths, asked, dir);
  return { paths, record, recordChanged: false, lock, note: null };
}

/** Files with a checkpoint's name that nobody's records tell of: taken over if that was asked for, else refused. */
async function adoptableFiles(dir: string, request: JobRequest, adopt: boolean): Promise<Adoptable[]> {
  const strangers = await checkpointFilesIn(dir);
  if (strangers.length === 0) return [];
  if (!adopt || request.kind !== 'batched') {
    throw new Refusal(
      'refused',
      `${dir} holds ${strangers.length} files with a checkpoint's name and no records of a job, such as ${cleanText(strangers[0] ?? '')}. Nothing was changed.`,
      'Take another folder with --dir, or take them over as this job’s checkpoints: --adopt',
    );
  }
  const plan = planAdoption(strangers, request.total, request.every);
  if (plan.kind === 'ok') return plan.files;
  throw new Refusal(
    'refused',
    `The files in ${dir} can't be adopted: ${cleanText(plan.reason)}. Nothing was changed.`,
  );
}

/** Owns the job that is in a folder. Refused where another agent holds it (exit code 3), naming host and pid. */
export async function holdExisting(dir: string): Promise<HeldJob> {
  await loadJob(dir);
  const paths = jobPaths(dir);
  const taken = await takeLock(paths.lock, await lockOwner());
  if (taken.kind === 'unsupported') throw noLocks(dir, taken.reason);
  if (taken.kind === 'held') throw heldBy(dir, taken.owner);
  try {
    // Read again: what counts is what it says now that nobody else writes.
    const found = await loadJob(dir);
    const original = await originalOf(found, dir);
    const record =
      original === null
        ? await entered(paths, found, dir)
        : await enteredAnew(paths, await separateCopy(paths, found), dir);
    const note =
      original === null
        ? null
        : `This folder is a copy of ${original}, whose job stays ${found.id}. It is a job of its own from here on: ${record.id}.`;
    return { paths, record, recordChanged: false, lock: taken.lock, note };
  } catch (error) {
    await taken.lock.release();
    throw error;
  }
}

/** The job in the list: under its ID, or under a free one where that has become another folder's job's. */
async function entered(paths: JobPaths, record: JobRecord, dir: string): Promise<JobRecord> {
  if (await enterJob(record, dir)) return record;
  return enteredAnew(paths, { ...record, id: await freeId(record.name, dir) }, dir);
}

async function enteredAnew(paths: JobPaths, record: JobRecord, dir: string): Promise<JobRecord> {
  await rewriteJob(paths, record);
  return entered(paths, record, dir);
}

async function lockOwner(): Promise<Omit<LockOwner, 'version'>> {
  const { host, bootId, pid } = await ownIdentity();
  return { host, bootId, pid };
}

function heldBy(dir: string, owner: LockOwner | null): Refusal {
  const who = owner === null ? 'another agent' : `an agent on ${cleanText(owner.host)}, pid ${owner.pid}`;
  return new Refusal(
    'held',
    `The job in ${dir} is held by ${who}.`,
    `milepost status ${dir} shows how far it is.`,
  );
}

function noLocks(dir: string, reason: string): Refusal {
  return new Refusal(
    'refused',
    `${dir} can't be used: ${reason}, so two agents could not be kept apart.`,
    'Take a folder on a local disk, or on a network file system that is mounted with locks.',
  );
}
