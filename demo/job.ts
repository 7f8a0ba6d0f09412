import { cp, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { HostConnection } from '@milepost/monitor/hostConnection';
import { parseProgress } from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { quoteShell } from '@milepost/shared/text';
import { lockOwner } from '@milepost/testing/lockOwner';
import { killFamily, listProcesses } from './processes.ts';
import type { Loss } from './story.ts';

export const FRAMES = 72;
export const FRAMES_PER_BATCH = 6;
const BATCHES_AT_ONCE = 2;
/** A frame takes at least so long, so that there is something to watch on a fast machine too. */
const SECONDS_PER_FRAME = 0.6;
const VIDEO = 'fractal.mp4';

/** The fractal job on the demo's host. */
export interface DemoJob {
  /** Its folder. */
  results: string;
  /** PROGRESS.txt as it stands, and what it says; undefined while there is none. */
  read(): Promise<{ text: string; progress: Progress } | undefined>;
  /** The agent that holds the job lives. */
  isRunning(): Promise<boolean>;
  /** SIGKILL for the agent and everything it started; what that cost. */
  kill(): Promise<Loss>;
}

/** Copies the example to the host and starts it there as a person does: by a command over SSH. */
export async function startJob(of: {
  connection: HostConnection;
  home: string;
  /** examples/render */
  example: string;
  python: string;
  ffmpeg: string;
}): Promise<DemoJob> {
  const cwd = join(of.home, 'fractal');
  const results = join(cwd, 'results');
  await cp(of.example, cwd, { recursive: true, filter: (file) => basename(file) !== 'results' });
  const program = [of.python, 'render.py', '--start', '{start}', '--count', '{count}', '--out', '{output}'];
  const size = ['--size', '256x144', '--dive', String(FRAMES), '--slow', String(SECONDS_PER_FRAME)];
  const options = [
    ...['--name', 'fractal', '--total', String(FRAMES), '--unit', 'frames', '--dir', 'results', '--ext', ''],
    ...['--every', String(FRAMES_PER_BATCH), '--jobs', String(BATCHES_AT_ONCE)],
    ...['--merge', 'sh merge.sh {output} {list}', '--final', VIDEO, '--detach'],
  ];
  const words = [...options, '--', ...program, ...size].map(quoteShell).join(' ');
  const line = `cd ${quoteShell(cwd)} && PATH="$PATH":${quoteShell(dirname(of.ffmpeg))} "$HOME/.local/bin/milepost" run ${words}`;
  const answer = await of.connection.exec(line, { deadlineMs: 60_000, maxBytes: 64 * 1024 });
  if (answer.kind !== 'ended') throw new Error(answer.problem.what);
  if (answer.code !== 0) throw new Error(`The job did not start: ${answer.stderr}${answer.stdout}`);

  async function read(): ReturnType<DemoJob['read']> {
    const text = await readFile(join(results, 'PROGRESS.txt'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : { text, progress: parseProgress(text) };
  }
  return {
    results,
    read,
    async isRunning() {
      // Without a lock none has begun.
      const pid = await lockOwner(results).catch(() => null);
      // Whoever has its pid after it is not it.
      return (await listProcesses()).some((each) => each.pid === pid && each.command.includes('milepost'));
    },
    async kill() {
      const [pid, before, oldest] = await Promise.all([
        lockOwner(results),
        read(),
        oldestAttempt(join(results, '.milepost/scratch')),
      ]);
      const killedAt = Date.now();
      await killFamily(pid);
      return {
        seconds: Math.max(0, killedAt - (oldest ?? killedAt)) / 1000,
        framesInFlight: before?.progress.inFlight ?? 0,
        framesSaved: before?.progress.completed ?? 0,
        framesTotal: FRAMES,
      };
    },
  };
}

/** When the oldest batch that is not saved was begun, in ms since the epoch: its attempt's folder was made then. */
async function oldestAttempt(scratch: string): Promise<number | null> {
  const names = await readdir(scratch).catch(() => []);
  const begun = await Promise.all(
    names.map((name) =>
      stat(join(scratch, name)).then(
        ({ birthtimeMs, ctimeMs }) => birthtimeMs || ctimeMs,
        () => Number.POSITIVE_INFINITY,
      ),
    ),
  );
  const oldest = Math.min(...begun);
  return Number.isFinite(oldest) ? oldest : null;
}
