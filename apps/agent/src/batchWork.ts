import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BatchAttempt } from '@milepost/checkpoint/batchLoop';
import { attempt } from '@milepost/checkpoint/fileError';
import { concatenate, type MergeFiles, type WorkResult } from '@milepost/checkpoint/merge';
import type { BatchedJob } from '@milepost/shared/job';
import { childEnvironment } from './childEnvironment.ts';
import { type ChildInput, describeResult, runChild } from './childProcess.ts';
import { ATTEMPT_VARIABLE } from './leftovers.ts';
import { type BatchValues, batchEnvironment, fillCommand, fillMerge } from './placeholders.ts';

/** Does a job's work by its commands: the batches, and the merge. */
export interface CommandWork {
  work(batch: BatchAttempt, signal: AbortSignal): Promise<WorkResult>;
  merge(files: MergeFiles, signal: AbortSignal): Promise<WorkResult>;
}

/** The commands of a job, in its own surroundings. */
export function commandWork(
  record: BatchedJob,
  onOutput: (chunk: Buffer) => void,
  /** `partial`: beside a run, which must not take it for something that a killed run left. */
  kind: 'run' | 'partial' = 'run',
): CommandWork {
  const { surroundings } = record;
  const base = childEnvironment(record);

  function child(
    part: Pick<ChildInput, 'argv' | 'pidFile' | 'stdoutFile' | 'signal'> & { env: Record<string, string> },
  ) {
    return runChild({
      cwd: surroundings.cwd,
      onOutput,
      timeoutSeconds: record.batchTimeoutSeconds,
      ...part,
      env: { ...base, ...part.env },
    });
  }

  return {
    async work(batch, signal) {
      const values: BatchValues = {
        start: batch.first,
        end: batch.first + batch.count,
        count: batch.count,
        index: batch.index,
        output: batch.output,
      };
      const [program = '', ...args] = fillCommand(record.command, values);
      const result = await child({
        argv: [programPath(record, program), ...args],
        pidFile: join(batch.scratch, 'pid'),
        stdoutFile: record.output === 'stdout' ? batch.output : null,
        signal,
        env: {
          ...batchEnvironment(values),
          MILEPOST_PROGRESS: batch.progressFile,
          [ATTEMPT_VARIABLE]: `${record.uid}.${batch.first}.${batch.attempt}`,
        },
      });
      if (result.kind === 'exited' && result.code === 0) return { kind: 'done' };
      return { kind: 'failed', reason: describeResult(result, record.batchTimeoutSeconds) };
    },

    async merge(files, signal) {
      if (record.merge === null) return { kind: 'failed', reason: 'no merge was asked for' };
      if (record.merge.kind === 'concat') return concatenate(files, signal);
      const scratch = dirname(files.list);
      // A file, since a line that names thousands of inputs is too long for an argument.
      const script = join(scratch, 'merge.sh');
      const line = fillMerge(record.merge.command, files);
      await attempt('write', script, () => writeFile(script, `${line}\n`, { mode: 0o600 }));
      const result = await child({
        argv: ['/bin/sh', script],
        pidFile: join(scratch, 'pid'),
        stdoutFile: null,
        signal,
        env: {
          MILEPOST_OUTPUT: files.output,
          [ATTEMPT_VARIABLE]: kind === 'run' ? `${record.uid}.merge.1` : `partial.${record.uid}`,
        },
      });
      if (result.kind === 'exited' && result.code === 0) return { kind: 'done' };
      return { kind: 'failed', reason: describeResult(result, record.batchTimeoutSeconds) };
    },
  };
}

/** The path found when the job was made, unless the command's own word was a placeholder. */
function programPath(record: BatchedJob, filled: string): string {
  return filled === record.command[0] ? (record.surroundings.program ?? filled) : filled;
}
