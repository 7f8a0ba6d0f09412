import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BatchTask } from '@milepost/checkpoint/batchLoop';
import { attempt } from '@milepost/checkpoint/fileError';
import { concatenate, type MergeTask, type WorkResult } from '@milepost/checkpoint/merge';
import type { BatchedJob } from '@milepost/shared/job';
import { childEnvironment } from './childEnvironment.ts';
import { type ChildInput, describeResult, runChild } from './childProcess.ts';
import { ATTEMPT_VARIABLE } from './leftovers.ts';
import { type BatchValues, batchEnvironment, fillCommand, fillMerge } from './placeholders.ts';

/** Does a job's work by its commands: the batches, and the merge. */
export interface CommandWork {
  work(task: BatchTask, signal: AbortSignal): Promise<WorkResult>;
  merge(task: MergeTask, signal: AbortSignal): Promise<WorkResult>;
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
    async work(task, signal) {
      const values: BatchValues = {
        start: task.first,
        end: task.first + task.count,
        count: task.count,
        index: task.index,
        output: task.output,
      };
      const [program = '', ...args] = fillCommand(record.command, values);
      const result = await child({
        argv: [programPath(record, program), ...args],
        pidFile: join(task.scratch, 'pid'),
        stdoutFile: record.output === 'stdout' ? task.output : null,
        signal,
        env: {
          ...batchEnvironment(values),
          MILEPOST_PROGRESS: task.progressFile,
          [ATTEMPT_VARIABLE]: `${record.uid}.${task.first}.${task.attempt}`,
        },
      });
      if (result.kind === 'exited' && result.code === 0) return { kind: 'done' };
      return { kind: 'failed', reason: describeResult(result, record.batchTimeoutSeconds) };
    },

    async merge(task, signal) {
      if (record.merge === null) return { kind: 'failed', reason: 'no merge was asked for' };
      if (record.merge.kind === 'concat') return concatenate(task, signal);
      const scratch = dirname(task.list);
      // A file, since a line that names thousands of inputs is too long for an argument.
      const script = join(scratch, 'merge.sh');
      const line = fillMerge(record.merge.command, task);
      await attempt('write', script, () => writeFile(script, `${line}\n`, { mode: 0o600 }));
      const result = await child({
        argv: ['/bin/sh', script],
        pidFile: join(scratch, 'pid'),
        stdoutFile: null,
        signal,
        env: {
          MILEPOST_OUTPUT: task.output,
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
