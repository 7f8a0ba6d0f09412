import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt } from '@milepost/checkpoint/fileError';
import { cleanText } from '@milepost/shared/text';
import { openPrintedPipe, type PrintedPipe } from './output/printedPipes.ts';

/** How long a process group has to end after SIGTERM before SIGKILL. */
export const GRACE_MS = 10_000;

export interface ChildInput {
  /** The program's path, then its arguments. No shell reads them. */
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** The child's pid is in this file before its program starts, and its start time where there is /proc. */
  pidFile: string;
  /** Standard output goes to this file; null: it goes where standard error goes. */
  stdoutFile: string | null;
  /** A folder for pipes of our own, for a program that may print gigabytes; with `stdoutFile` null. */
  pipesIn?: string;
  /** What it prints besides its checkpoint. A chunk's buffer may be used again when this has returned. */
  onOutput: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
  /** Aborted: the whole process group is ended: by SIGTERM, and {@link GRACE_MS} later by SIGKILL. */
  signal: AbortSignal;
  /** Aborted: it is asked to end by SIGTERM and has `graceMs` until SIGKILL. */
  finish?: { signal: AbortSignal; graceMs: number };
  /** It is ended when it takes longer; null: it may take as long as it likes. */
  timeoutSeconds: number | null;
}

export type ChildResult =
  | { kind: 'exited'; code: number; lastLine: string | null }
  | { kind: 'killed'; signal: NodeJS.Signals; lastLine: string | null }
  | { kind: 'timed-out'; lastLine: string | null }
  | { kind: 'not-started'; reason: string };

/**
 * Runs one command in a process group of its own and waits until it and everything that it left in its group has
 * ended. Never throws for what the command does.
 */
export async function runChild(input: ChildInput): Promise<ChildResult> {
  const { stdoutFile } = input;
  const stdout =
    stdoutFile === null ? null : await attempt('write', stdoutFile, async () => openSync(stdoutFile, 'w'));
  try {
    return await runWith(input, stdout ?? 'pipe');
  } finally {
    if (stdout !== null) closeSync(stdout);
  }
}

/**
 * `exec` keeps the pid and its start time: the file names the command itself. `$0` is the file, so the shell reads no
 * path of ours. Where there is no /proc the pid stands alone.
 */
const WRITE_PID_THEN_RUN = `{ read -r __milepost_stat </proc/$$/stat; } 2>/dev/null
{ echo "$$ $__milepost_stat" >"$0"; } 2>/dev/null || {
  echo "its pid could not be written to $0: is the disk full?" >&2
  exit 1
}
exec "$@"`;

async function runWith(input: ChildInput, stdout: number | 'pipe'): Promise<ChildResult> {
  const printed = keepLastLine();
  const errors = keepLastLine();
  const onPrinted = (chunk: Buffer) => {
    printed.add(chunk);
    input.onOutput(chunk, 'stdout');
  };
  const onError = (chunk: Buffer) => {
    errors.add(chunk);
    input.onOutput(chunk, 'stderr');
  };
  const pipes = await openPipes(input, onPrinted, onError);
  const child = spawn('/bin/sh', ['-c', WRITE_PID_THEN_RUN, input.pidFile, ...input.argv], {
    cwd: input.cwd,
    env: input.env,
    detached: true,
    stdio: ['ignore', pipes?.stdout.writeFd ?? stdout, pipes?.stderr.writeFd ?? 'pipe'],
  });
  child.stdout?.on('data', onPrinted);
  child.stderr?.on('data', onError);
  pipes?.stdout.given();
  pipes?.stderr.given();
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null } | Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const drained = Promise.all([child.stdout, child.stderr].map((stream) => streamEnd(stream)));
  const pid = child.pid;
  if (pid === undefined) return { kind: 'not-started', reason: startFailure(await ended, input) };

  let timedOut = false;
  const stopper = new AbortController();
  const end = () => void endGroup(pid, GRACE_MS, stopper.signal);
  const finish = () => void endGroup(pid, input.finish?.graceMs ?? GRACE_MS, stopper.signal);
  whenAborted(input.signal, end);
  if (input.finish) whenAborted(input.finish.signal, finish);
  const limit =
    input.timeoutSeconds === null
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, input.timeoutSeconds * 1000);
  const exit = await ended;
  clearTimeout(limit);
  input.signal.removeEventListener('abort', end);
  input.finish?.signal.removeEventListener('abort', finish);
  stopper.abort();
  // Whatever the command left in its group could still write to the output: it ends before anything is committed.
  signalGroup(pid, 'SIGKILL');
  // A process that left the group may hold the pipes open for as long as it likes; what it prints is nobody's.
  if (pipes) await Promise.all([pipes.stdout.drain(), pipes.stderr.drain()]);
  else await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (exit instanceof Error) return { kind: 'not-started', reason: startFailure(exit, input) };
  const lastLine = errors.line() ?? printed.line();
  if (timedOut) return { kind: 'timed-out', lastLine };
  if (exit.signal !== null) return { kind: 'killed', signal: exit.signal, lastLine };
  return { kind: 'exited', code: exit.code ?? 1, lastLine };
}

const DRAIN_MS = 500;

/** Pipes of our own for both streams, where they were asked for and the folder can hold them. */
async function openPipes(
  { pipesIn }: ChildInput,
  onPrinted: (chunk: Buffer) => void,
  onError: (chunk: Buffer) => void,
): Promise<{ stdout: PrintedPipe; stderr: PrintedPipe } | undefined> {
  if (pipesIn === undefined) return undefined;
  const stdout = await openPrintedPipe(pipesIn, 'stdout', onPrinted);
  const stderr = await openPrintedPipe(pipesIn, 'stderr', onError);
  if (stdout !== undefined && stderr !== undefined) return { stdout, stderr };
  stdout?.given();
  await stdout?.drain();
  return undefined;
}

function streamEnd(stream: NodeJS.ReadableStream | null): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null) resolve();
    else
      stream
        .once('end', resolve)
        .once('close', resolve)
        .once('error', () => resolve());
  });
}

function startFailure(error: unknown, input: ChildInput): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no pid';
  if (code === 'ENOENT') return `its folder ${input.cwd} is gone`;
  return `${input.argv[0] ?? 'the command'} could not be started in ${input.cwd} (${code})`;
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}

async function endGroup(pid: number, graceMs: number, ended: AbortSignal): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  try {
    await delay(graceMs, undefined, { signal: ended });
  } catch {
    return;
  }
  signalGroup(pid, 'SIGKILL');
}

/** Sends a signal to a process group; one that is gone already is none to worry about. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: gone.
  }
}

const KEPT_BYTES = 4096;

/** The last line that is not blank, of all that was printed. */
function keepLastLine(): { add(chunk: Buffer): void; line(): string | null } {
  let kept: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      kept =
        chunk.length >= KEPT_BYTES
          ? Buffer.from(chunk.subarray(-KEPT_BYTES))
          : Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES);
    },
    line() {
      const lines = kept
        .toString('utf8')
        .split(/[\r\n]+/)
        .map((line) => cleanText(line));
      return lines.findLast((line) => line !== '') ?? null;
    },
  };
}

/** Why an attempt did not end well, for a message: `it exited with 3: No space left on device`. */
export function describeResult(result: ChildResult, timeoutSeconds: number | null): string {
  if (result.kind === 'not-started') return result.reason;
  const last = result.lastLine === null ? '' : `: ${result.lastLine}`;
  if (result.kind === 'timed-out') return `it took longer than ${timeoutSeconds} s and was ended${last}`;
  if (result.kind === 'killed') return `it was ended by ${result.signal}${last}`;
  if (result.code === 127) return `its program was not found (exit code 127)${last}`;
  return `it exited with ${result.code}${last}`;
}
