import { isResumable } from '@milepost/shared/state';
import { actProblem, askPlan, noJob } from './act.ts';
import type { PlanResult } from './api.ts';
import type { Clock } from './clock.ts';
import { LinkError } from './hostConnection.ts';
import type { HostFacts } from './hostFacts.ts';
import type { KeptConnection } from './keptConnection.ts';
import type { JobMemory } from './state.ts';
import type { JobView } from './view.ts';

export interface JobPlansOptions {
  kept: KeptConnection;
  clock: Clock;
  /** The job's word in a command; null: none can be sent. */
  argumentOf(key: string): string | null;
  memoryOf(key: string): JobMemory | null;
  deadlineMs: number;
  onChange(): void;
}

/** What resumes would do, fetched as soon as a job of the host can be resumed. */
export interface JobPlans {
  fetch(key: string): Promise<PlanResult>;
  planOf(key: string): JobView['plan'];
  /** It no longer holds: a resume was sent. */
  drop(key: string): void;
  /** After a poll that the host answered. `isBusy`: a resume of the job is under way. */
  afterPoll(keys: readonly string[], facts: HostFacts, isBusy: (key: string) => boolean): void;
  settled(): Promise<void>;
}

export function createJobPlans(options: JobPlansOptions): JobPlans {
  const { kept, clock } = options;
  const plans = new Map<string, NonNullable<JobView['plan']>>();
  const tried = new Map<string, string>();
  let waiting: Promise<void> = Promise.resolve();

  async function fetch(key: string): Promise<PlanResult> {
    const argument = options.argumentOf(key);
    if (argument === null) return { kind: 'failed', problem: noJob(key, 'Resume it where it was started.') };
    try {
      const { connection, facts } = await kept.open();
      const problem = actProblem(facts);
      if (problem !== null) return { kind: 'failed', problem };
      const result = await askPlan(connection, argument, options.deadlineMs);
      if (result.kind === 'plan' && isWanted(key)) {
        plans.set(key, { answer: result.answer, at: clock.now() });
        options.onChange();
      }
      return result;
    } catch (error) {
      if (error instanceof LinkError) return { kind: 'failed', problem: error.problem };
      throw error;
    }
  }

  function isWanted(key: string): boolean {
    const memory = options.memoryOf(key);
    return memory !== null && isResumable(memory.state);
  }

  function forget(key: string): void {
    plans.delete(key);
    tried.delete(key);
  }

  return {
    fetch,
    planOf: (key) => plans.get(key) ?? null,
    drop: (key) => void plans.delete(key),
    afterPoll(keys, facts, isBusy) {
      const there = new Set(keys);
      for (const key of [...plans.keys(), ...tried.keys()]) if (!there.has(key)) forget(key);
      for (const key of keys) {
        const memory = options.memoryOf(key);
        if (memory === null || !isResumable(memory.state)) {
          forget(key);
          continue;
        }
        const marker = `${memory.runId} ${memory.state} ${memory.sinceAt}`;
        const isAskable = options.argumentOf(key) !== null && actProblem(facts) === null;
        if (!isAskable || tried.get(key) === marker || isBusy(key)) continue;
        tried.set(key, marker);
        // One after the other: a host with many jobs is not to be flooded.
        waiting = waiting.then(async () => {
          if (isWanted(key)) await fetch(key);
        });
      }
    },
    async settled() {
      await Promise.allSettled([waiting]);
    },
  };
}
