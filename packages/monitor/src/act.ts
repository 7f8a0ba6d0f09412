import {
  EXIT,
  errorAnswerSchema,
  mergeAnswerSchema,
  planAnswerSchema,
  type StartedAnswer,
  startedAnswerSchema,
  stopAnswerSchema,
} from '@milepost/shared/answers';
import { cleanText, quoteShell } from '@milepost/shared/text';
import type { LogsResult, PartialMergeResult, PlanResult } from './api.ts';
import type { ExecAnswer, HostConnection } from './hostConnection.ts';
import { AGENT, type HostFacts, parseAnswer } from './hostFacts.ts';
import type { ResumeCommand } from './readJobs.ts';
import type { Problem } from './view.ts';

const MAX_BYTES = 1024 * 1024;
/** The agent looks at no more than the last 2 MiB of a log. */
const LOG_MAX_BYTES = 3 * 1024 * 1024;
const LOG_MAX_LINE = 500;

const NO_AGENT: Problem = {
  kind: 'no-agent',
  what: 'There is no milepost on this host.',
  next: 'Install it there: ~/.local/bin/milepost.',
};

/** Asks the agent what a resume would do. Changes nothing; `argument` is the job's ID or folder. */
export async function askPlan(
  connection: HostConnection,
  argument: string,
  deadlineMs: number,
): Promise<PlanResult> {
  const answer = await connection.exec(`${AGENT} resume ${quoteShell(argument)} --plan --json`, {
    deadlineMs,
    maxBytes: MAX_BYTES,
  });
  if (answer.kind !== 'ended') return { kind: 'failed', problem: answer.problem };
  const plan = parseAnswer(planAnswerSchema, answer.stdout);
  if (plan === null) return { kind: 'failed', problem: refusalOf(answer) };
  return {
    kind: 'plan',
    answer: {
      ...plan,
      state: cleanText(plan.state),
      checkpoint: plan.checkpoint === null ? null : cleanText(plan.checkpoint),
      redo: plan.redo.map((batch) => ({ ...batch, reason: cleanText(batch.reason) })),
      refused: plan.refused === null ? null : cleanText(plan.refused),
    },
  };
}

export type ResumeAnswer =
  | { kind: 'started'; answer: StartedAnswer }
  | { kind: 'refused'; problem: Problem }
  /** It may have been done. Never sent again: the next poll tells. */
  | { kind: 'unknown'; problem: Problem };

/** What was answered to something that is sent at most once. */
export type SentAnswer =
  /** `isOver`: there is nothing to wait for. */
  | { kind: 'done'; isOver: boolean }
  | { kind: 'refused'; problem: Problem }
  /** It may have been done. Never sent again: the next poll tells. */
  | { kind: 'unknown'; problem: Problem };

/** Tells the agent to resume a job. Sent at most once. */
export async function sendResume(
  connection: HostConnection,
  argument: string,
  deadlineMs: number,
): Promise<ResumeAnswer> {
  const answer = await connection.exec(`${AGENT} resume ${quoteShell(argument)} --detach --json`, {
    deadlineMs,
    maxBytes: MAX_BYTES,
  });
  const fault = faultOf(answer, 'resume');
  if (fault !== null) return fault;
  const started = answer.kind === 'ended' ? parseAnswer(startedAnswerSchema, answer.stdout) : null;
  return started === null ? refusedBy(answer, 'resume') : { kind: 'started', answer: started };
}

/** Tells the agent to end the job's run; `now`: without finishing its batches. */
export async function sendStop(
  connection: HostConnection,
  argument: string,
  now: boolean,
  deadlineMs: number,
): Promise<SentAnswer> {
  const command = `${AGENT} stop ${quoteShell(argument)}${now ? ' --now' : ''} --json`;
  const answer = await connection.exec(command, { deadlineMs, maxBytes: MAX_BYTES });
  const fault = faultOf(answer, 'stop');
  if (fault !== null) return fault;
  const stopped = answer.kind === 'ended' ? parseAnswer(stopAnswerSchema, answer.stdout) : null;
  return stopped === null ? refusedBy(answer, 'stop') : { kind: 'done', isOver: !stopped.asked };
}

const STARTED = 'milepost: started';
const NO_FOLDER = 97;

/**
 * Starts a shell line of the person's own on the host, in the folder of its file: in a session of its own, with no
 * standard input, its output added to `milepost-resume.log` there. It outlives the connection.
 */
export async function sendCommand(
  connection: HostConnection,
  { command, dir }: ResumeCommand,
  deadlineMs: number,
): Promise<SentAnswer> {
  const start = `sh -c ${quoteShell(command)} </dev/null >>"$log" 2>&1 &`;
  const script = [
    `cd -- ${quoteShell(dir)} || exit ${NO_FOLDER}`,
    'log=milepost-resume.log',
    '{ : >>"$log"; } 2>/dev/null || log=/dev/null',
    `if command -v setsid >/dev/null 2>&1; then setsid ${start}`,
    `else nohup ${start}`,
    'fi',
    `echo ${quoteShell(STARTED)}`,
  ].join('\n');
  // The login shell may be any: it only has to start sh.
  const answer = await connection.exec(`exec sh -c ${quoteShell(script)}`, {
    deadlineMs,
    maxBytes: MAX_BYTES,
  });
  const fault = faultOf(answer, 'resume');
  if (fault !== null) return fault;
  if (answer.kind === 'ended' && answer.code === 0 && answer.stdout.includes(STARTED)) {
    return { kind: 'done', isOver: false };
  }
  if (answer.kind === 'ended' && answer.code === NO_FOLDER) {
    const what = `The folder ${cleanText(dir, 200)} can't be entered on the host.`;
    return { kind: 'refused', problem: { kind: 'no-folder', what, next: 'Is it still there?' } };
  }
  return refusedBy(answer, 'resume');
}

/** Asks the agent for the end of a job's log. */
export async function askLogs(
  connection: HostConnection,
  argument: string,
  lines: number,
  deadlineMs: number,
): Promise<LogsResult> {
  // One more than is wanted tells whether there are more.
  const command = `${AGENT} logs ${quoteShell(argument)} -n ${lines + 1}`;
  const answer = await connection.exec(command, { deadlineMs, maxBytes: LOG_MAX_BYTES });
  if (answer.kind !== 'ended') return { kind: 'failed', problem: answer.problem };
  if (answer.code !== EXIT.done) return { kind: 'failed', problem: refusalOf(answer) };
  const all = answer.stdout.split('\n');
  if (all.at(-1) === '') all.pop();
  const kept = lines === 0 ? [] : all.slice(-lines);
  return {
    kind: 'lines',
    lines: kept.map((line) => cleanText(lastDrawn(line), LOG_MAX_LINE)),
    cut: all.length > kept.length,
  };
}

/** Of a line that was drawn over again and again, such as a bar, what stood there last. */
function lastDrawn(line: string): string {
  return line.split('\r').findLast((part) => part.trim() !== '') ?? '';
}

/** Tells the agent to merge what is saved. It can be asked again: a partial result is replaced whole. */
export async function askPartialMerge(
  connection: HostConnection,
  argument: string,
  deadlineMs: number,
): Promise<PartialMergeResult> {
  const command = `${AGENT} merge ${quoteShell(argument)} --partial --json`;
  const answer = await connection.exec(command, { deadlineMs, maxBytes: MAX_BYTES });
  if (answer.kind !== 'ended') return { kind: 'failed', problem: answer.problem };
  const merged = parseAnswer(mergeAnswerSchema, answer.stdout);
  if (merged === null) return { kind: 'failed', problem: refusalOf(answer) };
  return { kind: 'merged', file: merged.file, items: merged.items, total: merged.total };
}

/** Why no command of the agent can be sent to the host; null: it can. */
export function actProblem(facts: HostFacts): Problem | null {
  if (facts.problem !== null) return facts.problem;
  return facts.agent !== null ? null : NO_AGENT;
}

/** `next`: what to do in place of what was asked. */
export function noJob(key: string, next: string): Problem {
  return {
    kind: 'no-job',
    what: `There is no job ${cleanText(key)} that an agent runs.`,
    next,
  };
}

type Verb = 'resume' | 'stop';

/** What kept an answer from coming; null: the command ended with a status. */
function faultOf(
  answer: ExecAnswer,
  verb: Verb,
): Extract<SentAnswer, { kind: 'refused' | 'unknown' }> | null {
  if (answer.kind === 'not-sent') return { kind: 'refused', problem: answer.problem };
  return answer.kind === 'lost' ? { kind: 'unknown', problem: lostProblem(answer.problem, verb) } : null;
}

function refusedBy(answer: ExecAnswer, verb: Verb): Extract<SentAnswer, { kind: 'refused' | 'unknown' }> {
  if (answer.kind !== 'ended') return { kind: 'refused', problem: answer.problem };
  if (!wasKilled(answer.code)) return { kind: 'refused', problem: refusalOf(answer) };
  const what = 'The command ended without a status.';
  return { kind: 'unknown', problem: lostProblem({ kind: 'exec-killed', what, next: null }, verb) };
}

const KILLED: Problem = {
  kind: 'exec-killed',
  what: 'milepost was killed on the host before it answered.',
  next: 'Try it again. If it happens each time: is the host out of memory?',
};

/** Whether a signal ended a command: as sshd says it, or a login shell that waited for it. */
function wasKilled(code: number | null): boolean {
  return code === null || code > 128;
}

function lostProblem({ kind, what }: Problem, verb: Verb): Problem {
  return {
    kind,
    what: `The answer to the ${verb} was lost: ${what}`,
    next: 'It may have been done all the same: the next look at the host tells.',
  };
}

function refusalOf({ code, stdout, stderr }: Extract<ExecAnswer, { kind: 'ended' }>): Problem {
  const answer = parseAnswer(errorAnswerSchema, stdout) ?? parseAnswer(errorAnswerSchema, stderr);
  if (answer !== null) {
    const { kind, message, hint } = answer.error;
    return {
      kind: cleanText(kind, 40),
      what: cleanText(message, 400),
      next: hint === null ? null : cleanText(hint, 400),
    };
  }
  if (code === 127) return NO_AGENT;
  if (wasKilled(code)) return KILLED;
  const kind = code === EXIT.held ? 'held' : code === EXIT.refused ? 'refused' : 'failed';
  const said = cleanText(stderr.trim().split('\n').at(-1) ?? '', 300);
  return {
    kind,
    what: said === '' ? `milepost ended with ${String(code)} and said nothing.` : `milepost: ${said}`,
    next: 'Try the same in a terminal on the host.',
  };
}
