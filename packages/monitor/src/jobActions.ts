import { isEnded, isResumable } from '@milepost/shared/state';
import { actProblem, noJob, type SentAnswer, sendCommand, sendResume, sendStop } from './act.ts';
import type { ActResult } from './api.ts';
import type { Clock } from './clock.ts';
import { type HostConnection, LinkError } from './hostConnection.ts';
import type { HostFacts } from './hostFacts.ts';
import type { KeptConnection } from './keptConnection.ts';
import type { ResumeCommand } from './readJobs.ts';
import { isActive, type JobMemory } from './state.ts';
import type { JobAction, Problem } from './view.ts';

export interface JobActionsOptions {
  kept: KeptConnection;
  clock: Clock;
  /** The job's word in a command of the agent; null: no agent made it. */
  argumentOf(key: string): string | null;
  /** What the person gave to resume a job without an agent; null: nothing. */
  commandOf(key: string): ResumeCommand | null;
  memoryOf(key: string): JobMemory | null;
  deadlineMs: number;
  /** How long polls may go on without the new run before a resume counts as not done. */
  confirmMs: number;
  /** As `confirmMs`, for a command of the person's own, which may take long until its file first changes. */
  commandConfirmMs: number;
  onChange(): void;
  /** A resume is about to be sent: what it would do is no longer asked. */
  onResume(key: string): void;
  /** Something was sent, whatever the host answered: the next poll should come at once. */
  onSent(): void;
}

export interface JobActions {
  /** Two calls while one is under way, or was answered and not yet seen, are one resume. */
  resume(key: string): Promise<ActResult>;
  stop(key: string, now: boolean): Promise<ActResult>;
  /** After a poll that the host answered: confirms what was asked. */
  afterPoll(keys: readonly string[]): void;
  actionOf(key: string): JobAction | null;
  isResuming(key: string): boolean;
  /** What a resume would be sent by. */
  resumeBy(key: string, facts: HostFacts | null): 'agent' | 'command' | null;
  /** True while the effect of something that was sent is awaited. */
  readonly isExpecting: boolean;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

interface Sent {
  kind: 'resuming' | 'stopping';
  /** Of a stop: without finishing its batches. */
  now: boolean;
  startedAt: number;
  startedSteady: number;
  /** What the job was when it was sent. */
  from: { runId: string | null; version: number };
  confirmMs: number;
  /** What the host said; null while it has not answered. */
  result: ActResult | null;
}

type Held = Sent | Extract<JobAction, { problem: Problem }>;

/** Resumes and stops of the jobs of one host: each is sent once, and held until a poll shows what came of it. */
export function createJobActions(options: JobActionsOptions): JobActions {
  const { kept, clock } = options;
  const held = new Map<string, Held>();
  const underWay = new Map<string, Promise<ActResult>>();

  async function resumeOnce(key: string): Promise<ActResult> {
    const before = held.get(key);
    // Answered, and not seen yet: asking again could start it twice.
    if (before?.kind === 'resuming' && before.result !== null) return before.result;
    const argument = options.argumentOf(key);
    const command = argument === null ? options.commandOf(key) : null;
    const memory = options.memoryOf(key);
    if (memory === null || (argument === null && command === null)) {
      return refused(noJob(key, 'Resume it where it was started.'));
    }
    // The agent knows by its lock whether the job runs; for somebody's own only the file tells.
    if (command !== null && isActive(memory.state) && memory.state !== 'stalled') return refused(RUNS);
    options.onResume(key);
    return await send(key, memory, 'resuming', false, async (connection) => {
      if (command !== null) return await sendCommand(connection, command, options.deadlineMs);
      const answer = await sendResume(connection, argument ?? '', options.deadlineMs);
      if (answer.kind !== 'started') return answer;
      const isSeen = options.memoryOf(key)?.runId === answer.answer.runId;
      return { kind: 'done', isOver: answer.answer.alreadyComplete || isSeen };
    });
  }

  async function stopOnce(key: string, now: boolean): Promise<ActResult> {
    const before = held.get(key);
    if (before?.kind === 'stopping' && before.result !== null && (before.now || !now)) return before.result;
    const argument = options.argumentOf(key);
    const memory = options.memoryOf(key);
    if (memory === null || argument === null) {
      return refused(noJob(key, 'Stop it where it was started.'));
    }
    return await send(key, memory, 'stopping', now, (connection) =>
      sendStop(connection, argument, now, options.deadlineMs),
    );
  }

  async function send(
    key: string,
    memory: JobMemory,
    kind: Sent['kind'],
    now: boolean,
    command: (connection: HostConnection) => Promise<SentAnswer>,
  ): Promise<ActResult> {
    const isOwn = options.argumentOf(key) === null;
    const action: Sent = {
      kind,
      now,
      startedAt: clock.now(),
      startedSteady: clock.steady(),
      from: { runId: memory.runId, version: memory.version },
      confirmMs: isOwn ? options.commandConfirmMs : options.confirmMs,
      result: null,
    };
    held.set(key, action);
    options.onChange();
    const fail = (problem: Problem): ActResult => {
      if (held.get(key) === action) held.set(key, failed(kind, clock.now(), problem));
      options.onChange();
      return refused(problem);
    };
    try {
      const { connection, facts } = await kept.open();
      const problem = isOwn ? null : actProblem(facts);
      if (problem !== null) return fail(problem);
      const answer = await command(connection);
      if (answer.kind === 'refused') {
        // The job is not what it was seen as last: somebody else may have gone on with it.
        options.onSent();
        return fail(answer.problem);
      }
      action.startedSteady = clock.steady();
      if (answer.kind === 'unknown') action.result = answer;
      else {
        action.result = { kind: 'done' };
        if (answer.isOver && held.get(key) === action) held.delete(key);
      }
      options.onChange();
      options.onSent();
      return action.result;
    } catch (error) {
      // exec never throws: the connection could not be opened, and nothing was sent.
      if (error instanceof LinkError) return fail(error.problem);
      throw error;
    }
  }

  /** Takes away what a poll has settled. */
  function confirm(key: string, action: Held): void {
    const memory = options.memoryOf(key);
    if (memory === null) held.delete(key);
    else if (action.kind === 'resume-failed') {
      // Somebody else went on with it.
      if (!isResumable(memory.state) && memory.state !== 'stalled') held.delete(key);
    } else if (action.kind === 'stop-failed') {
      if (isEnded(memory.state)) held.delete(key);
    } else if (action.result !== null) {
      const isLate = clock.steady() - action.startedSteady > action.confirmMs;
      if (isSettled(action, memory)) held.delete(key);
      else if (isLate && action.result.kind === 'unknown') {
        held.set(key, failed(action.kind, clock.now(), action.result.problem));
      } else if (isLate && action.kind === 'resuming') held.delete(key);
    }
  }

  /** One after the other for a job; calls of the same kind while one is under way are that one. */
  function once(key: string, name: string, start: () => Promise<ActResult>): Promise<ActResult> {
    const id = `${name} ${key}`;
    const running = underWay.get(id);
    if (running !== undefined) return running;
    const started = start().finally(() => underWay.delete(id));
    underWay.set(id, started);
    return started;
  }

  return {
    resume: (key) => once(key, 'resume', () => resumeOnce(key)),
    stop: (key, now) => once(key, now ? 'stop-now' : 'stop', () => stopOnce(key, now)),
    afterPoll(keys) {
      const there = new Set(keys);
      for (const [key, action] of [...held]) {
        if (there.has(key)) confirm(key, action);
        else held.delete(key);
      }
    },
    actionOf(key) {
      const action = held.get(key);
      if (action === undefined) return null;
      if (action.kind === 'resuming') return { kind: 'resuming', startedAt: action.startedAt };
      if (action.kind === 'stopping') {
        return { kind: 'stopping', startedAt: action.startedAt, now: action.now };
      }
      return action;
    },
    isResuming: (key) => held.get(key)?.kind === 'resuming',
    resumeBy(key, facts) {
      if (options.argumentOf(key) !== null) {
        return facts !== null && actProblem(facts) === null ? 'agent' : null;
      }
      return options.commandOf(key) === null ? null : 'command';
    },
    get isExpecting() {
      return [...held.values()].some(({ kind }) => kind === 'resuming' || kind === 'stopping');
    },
    async settled() {
      await Promise.allSettled([...underWay.values()]);
    },
  };
}

/** Whether a poll after the answer shows that it was done. */
function isSettled(action: Sent, memory: JobMemory): boolean {
  const isNewRun = memory.runId !== null && memory.runId !== action.from.runId;
  if (action.kind === 'stopping') return isNewRun || isEnded(memory.state);
  // Without an agent a run has no name: the file moves again.
  return isNewRun || (memory.runId === null && memory.version !== action.from.version);
}

function failed(kind: Sent['kind'], at: number, problem: Problem): Held {
  return kind === 'resuming' ? { kind: 'resume-failed', at, problem } : { kind: 'stop-failed', at, problem };
}

function refused(problem: Problem): ActResult {
  return { kind: 'refused', problem };
}

const RUNS: Problem = {
  kind: 'held',
  what: 'Its file moves: it runs already.',
  next: 'Stop it on its host first, if it is to start anew.',
};
