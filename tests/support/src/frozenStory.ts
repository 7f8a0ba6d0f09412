import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile, cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseProgress } from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { FROZEN_V1 } from './frozen.ts';
import { isAlive } from './isAlive.ts';
import { lockOwner } from './lockOwner.ts';
import { waitFor } from './waitFor.ts';

// How the files of fixtures/v1/host and fixtures/v1/answers came to be: one job of every kind, stopped, failed, resumed,
// killed or complete. It is told again with today's agent to see that what is written has not changed.

const PYTHON = '/usr/bin/python3';
const CLIENT = fileURLToPath(new URL('../../../clients/python/milepost.py', import.meta.url));

/** @returns what the agent answered, by the name of the file in fixtures/v1/answers. */
export async function tellFrozenStory(agent: string, home: string): Promise<Map<string, string>> {
  const project = join(home, 'project');
  await cp(join(FROZEN_V1, 'host/project'), project, {
    recursive: true,
    // What the jobs wrote there is none of the programs.
    filter: (path) => !/\/(ckpt|tried-8)$/.test(path),
  });
  await copyFile(CLIENT, join(project, 'milepost.py'));
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8', FILM: 'short' };
  const answers = new Map<string, string>();
  const children: ChildProcess[] = [];

  const milepost = (...args: string[]): Promise<string> =>
    new Promise((resolve) => {
      // It answers on standard output whatever its exit code.
      execFile(process.execPath, [agent, ...args], { cwd: project, env }, (_, stdout) => resolve(stdout));
    });
  const answer = async (name: string, ...args: string[]): Promise<void> => {
    answers.set(`${name}.json`, await milepost(...args, '--json'));
  };
  const hold = async (name: string, item: number): Promise<void> => {
    // At once: a program that finds it empty for an instant would say so.
    const beside = join(project, `.hold-${name}`);
    await writeFile(beside, `${item}`);
    await rename(beside, join(project, `hold-${name}`));
  };
  const release = (name: string) => rm(join(project, `hold-${name}`));
  const progress = async (job: string): Promise<Progress> =>
    parseProgress(await readFile(join(home, job, 'PROGRESS.txt'), 'utf8'));
  const until = (job: string, is: (seen: Progress) => boolean) =>
    waitFor(`${job} to get there`, async () => is(await progress(job)));
  /** What a program prints is in its job's log a moment later; a kill in between would lose it. */
  const logged = (job: string, line: string) =>
    waitFor(`${job} to log ${line}`, async () =>
      (await readFile(join(home, job, '.milepost/output.log'), 'utf8')).includes(`${line}\n`),
    );
  const kill = async (job: string): Promise<void> => {
    const pid = await lockOwner(join(home, job));
    process.kill(pid, 'SIGKILL');
    // A thread of it may still be in the middle of a rename when its first one is gone.
    await waitFor(`${job} to be gone`, async () => {
      const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
      return threads.length < 2 && !(await isAlive(pid));
    });
  };

  async function dataset(): Promise<void> {
    await hold('dataset', 4);
    const started = await milepost(
      ...[
        'run',
        '--name',
        'dataset',
        '--dir',
        '../dataset',
        '--total',
        '20',
        '--every',
        '4',
        '--ext',
        '.txt',
      ],
      ...['--merge', 'concat', '--detach', '--json', '--', '/bin/sh', 'gen.sh', '{start}', '{count}'],
    );
    answers.set('run-detach.json', started);
    await until('dataset', ({ completed }) => completed === 4);
    await answer('stop', 'stop', 'dataset');
    await until('dataset', ({ message }) => message?.includes('asked to stop') ?? false);
    await release('dataset');
    await until('dataset', ({ status }) => status === 'stopped');
    await hold('dataset', 12);
    await answer('resume-detach', 'resume', 'dataset', '--detach');
    await until('dataset', ({ completed, inFlight }) => completed === 12 && inFlight === 1);
    await logged('dataset', 'no luck with item 8');
    await milepost('stop', 'dataset');
    await until('dataset', ({ message }) => message?.includes('asked to stop') ?? false);
  }

  async function frames(): Promise<void> {
    await milepost(
      ...[
        'run',
        '--name',
        'frames',
        '--dir',
        '../frames',
        '--total',
        '12',
        '--unit',
        'frames',
        '--every',
        '2m',
      ],
      ...['--keep-going', '--batch-timeout', '30m', '--retries', '1', '--env', 'FILM', '--ext', '.bin'],
      ...['--output', 'file', '--merge', '/bin/sh join.sh {output} {list}', '--final', 'film.bin'],
      ...['--', '/bin/sh', 'frames.sh'],
    );
    await answer('resume-complete', 'resume', 'frames', '--detach');
  }

  async function broken(): Promise<void> {
    await milepost(
      ...['run', '--name', 'broken', '--dir', '../broken', '--total', '3', '--every', '1', '--retries', '0'],
      ...[
        '--',
        '/bin/sh',
        '-c',
        'echo {start}; if [ {start} = 1 ]; then echo "no such file: 1.wav" >&2; exit 3; fi',
      ],
    );
  }

  async function train(): Promise<void> {
    await hold('train', 3);
    await milepost(
      ...['run', '--name', 'train', '--dir', '../train', '--total', '10', '--unit', 'epochs'],
      ...['--checkpoints', 'ckpt/*.pt', '--progress', String.raw`epoch (?<done>\d+) of (?<total>\d+)`],
      ...['--resume-args', '--resume-from {checkpoint}', '--detach', '--', '/bin/sh', 'train.sh'],
    );
    await until('train', ({ lastCheckpoint }) => lastCheckpoint === 'ckpt/epoch-3.pt');
    await logged('train', 'epoch 3 of 10');
    await kill('train');
    // What the killed run left behind is ended by this one; only then may an epoch go on.
    await milepost('resume', 'train', '--detach');
    await hold('train', 5);
    await until('train', ({ lastCheckpoint }) => lastCheckpoint === 'ckpt/epoch-5.pt');
    await logged('train', 'epoch 5 of 10');
  }

  async function program(name: string, item: number): Promise<void> {
    await hold(name, item);
    children.push(spawn(PYTHON, [`${name}.py`], { cwd: project, env, stdio: 'ignore' }));
    await until(name, ({ completed }) => completed === item);
  }

  await Promise.all([dataset(), frames(), broken(), train(), program('words', 10), program('loop', 0)]);
  for (const job of ['dataset', 'train', 'words', 'loop']) await kill(job);
  await answer('version', '--version');
  await answer('list', 'list');
  for (const job of ['dataset', 'train', 'frames', 'broken', 'words']) {
    await answer(`status-${job}`, 'status', job);
    await answer(`plan-${job}`, 'resume', job, '--plan');
  }
  await answer('merge-partial', 'merge', 'dataset', '--partial');
  await answer('error', 'resume', 'nothing');
  return answers;
}

/** Lets what the killed agents left behind end by itself. */
export async function endFrozenStory(home: string): Promise<void> {
  for (const name of ['dataset', 'train']) await rm(join(home, 'project', `hold-${name}`), { force: true });
}
