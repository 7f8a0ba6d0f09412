import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type BatchedJob, batchedJobSchema, type JobRecord } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import type { z } from 'zod';
import { ownIdentity } from './identity.ts';
import { checkpointFilesIn, createJob, findJob, rewriteJob } from './jobFolder.ts';
import { type Lock, type LockOwner, type LockResult, takeLock } from './lock.ts';
import { isResultName, type JobPaths, jobPaths, nameWidth } from './paths.ts';
import { enterJob, freeId } from './registry.ts';
import { captureSurroundings } from './surroundings.ts';

// How a program holds the job that it does by itself.

/** The job can't be done here: another holds it, the folder holds another one, or what is asked makes no sense. */
export class JobRefusal extends Error {
  constructor(message: string) {
    super(`${message} Nothing was changed.`);
    this.name = 'JobRefusal';
  }
}

const programRequestSchema = batchedJobSchema.pick({
  name: true,
  total: true,
  unit: true,
  every: true,
  jobs: true,
  retries: true,
  extension: true,
  merge: true,
  final: true,
});
/** What of a job its program decides. */
export type ProgramRequest = z.infer<typeof programRequestSchema>;

export interface ProgramJob {
  paths: JobPaths;
  record: BatchedJob;
  lock: Lock;
}

/** Owns the job in a folder, made where there is none, until the lock is released. */
export async function holdForProgram(dir: string, request: ProgramRequest): Promise<ProgramJob> {
  if (request.final !== null && !isResultName(request.final))
    throw new JobRefusal(`The result can't be named ${JSON.stringify(request.final)}.`);
  // What no record may hold could never be read again.
  const problem = programRequestSchema.safeParse(request).error?.issues[0];
  if (problem) throw new JobRefusal(`${problem.path.join('.')}: ${problem.message}.`);
  const made = (await findJob(dir)).kind === 'none' ? await makeJob(dir, request) : undefined;
  return made ?? holdThere(dir, request);
}

/** Undefined: another program made a job there in the meantime. */
async function makeJob(dir: string, request: ProgramRequest): Promise<ProgramJob | undefined> {
  const strangers = await checkpointFilesIn(dir);
  if (strangers.length > 0) {
    throw new JobRefusal(
      `${dir} holds files with a checkpoint's name and no records of a job, such as ${cleanText(strangers[0] ?? '')}.`,
    );
  }
  const command = [
    process.execPath,
    ...process.execArgv,
    resolve(process.argv[1] ?? ''),
    ...process.argv.slice(2),
  ];
  const record: BatchedJob = {
    version: 1,
    id: await freeId(request.name, dir),
    uid: randomUUID(),
    createdAt: new Date().toISOString(),
    ...request,
    kind: 'batched',
    runner: 'program',
    command,
    keepGoing: false,
    batchTimeoutSeconds: null,
    output: 'file',
    width: nameWidth(request.total),
    surroundings: await captureSurroundings(command, []),
  };
  const created = await createJob(dir, record, await lockOwner());
  if (created.kind === 'taken') return undefined;
  if (created.kind === 'unsupported') throw new JobRefusal(`${dir} can't be used: ${created.reason}.`);
  const { paths, lock } = created;
  return { paths, record: await listed(paths, record), lock };
}

async function holdThere(dir: string, request: ProgramRequest): Promise<ProgramJob> {
  sameJobOrRefuse(await load(dir), request, dir);
  const paths = jobPaths(dir);
  const taken: LockResult = await takeLock(paths.lock, await lockOwner());
  if (taken.kind === 'unsupported') throw new JobRefusal(`${dir} can't be used: ${taken.reason}.`);
  if (taken.kind === 'held') {
    const { owner } = taken;
    const who =
      owner === null ? 'another program' : `a process on ${cleanText(owner.host)}, pid ${owner.pid}`;
    throw new JobRefusal(`The job in ${dir} is held by ${who}.`);
  }
  try {
    // Read again: what counts is what it says now that nobody else writes.
    const found = sameJobOrRefuse(await load(dir), request, dir);
    const record = { ...found, ...request };
    if (JSON.stringify(record) !== JSON.stringify(found)) await rewriteJob(paths, record);
    return { paths, record: await listed(paths, record), lock: taken.lock };
  } catch (error) {
    await taken.lock.release();
    throw error;
  }
}

async function load(dir: string): Promise<JobRecord> {
  const found = await findJob(dir);
  if (found.kind === 'ok') return found.value;
  const why = found.kind === 'none' ? 'it is gone' : found.reason;
  throw new JobRefusal(`${jobPaths(dir).job} can't be used: ${why}.`);
}

function sameJobOrRefuse(record: JobRecord, request: ProgramRequest, dir: string): BatchedJob {
  if (record.kind !== 'batched' || record.runner !== 'program') {
    throw new JobRefusal(`${dir} holds a job that the agent does (${record.id}).`);
  }
  if (record.name !== request.name || record.extension !== request.extension) {
    throw new JobRefusal(
      `${dir} holds a different job (${record.id}): ${record.name}, ${record.extension || 'no extension'}.`,
    );
  }
  if (request.total < record.total) {
    throw new JobRefusal(`${record.id} has a total of ${record.total}, which can't be made smaller.`);
  }
  return record;
}

/** The job in this host's list: under its ID, or under a free one where that has become another folder's job's. */
async function listed(paths: JobPaths, record: BatchedJob): Promise<BatchedJob> {
  if (await enterJob(record, paths.dir)) return record;
  const renamed = { ...record, id: await freeId(record.name, paths.dir) };
  await rewriteJob(paths, renamed);
  return listed(paths, renamed);
}

async function lockOwner(): Promise<Omit<LockOwner, 'version'>> {
  const { host, bootId, pid } = await ownIdentity();
  return { host, bootId, pid };
}

/** The ID that the agent gave to this run, where it has started this program to resume the job: used once. */
export function takeGivenRunId(job: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env['MILEPOST_JOB'] !== job) return undefined;
  const given = env['MILEPOST_RUN_ID'] ?? '';
  delete env['MILEPOST_RUN_ID'];
  return /^[0-9a-f-]{36}$/.test(given) ? given : undefined;
}
