import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inPairs, middle, timed } from './pairs.ts';
import { besideByRatio, ratioResult, type SpeedResult } from './result.ts';

const BATCHES = 500;
const SHELL_LOOP = `i=0; while [ $i -lt ${BATCHES} ]; do /bin/echo $i >"$1/checkpoint_$i.txt"; i=$((i+1)); done`;
const BARE_STARTS = 200;
/** Fewer than elsewhere: one takes seconds. */
const PAIRS = 7;

/** 500 batches of echo run by the built agent, against a shell loop that writes the same files and no more. */
export async function echoBatches(under: string, agent: string): Promise<SpeedResult> {
  const pairs = await inPairs(
    () =>
      runIn(under, (dir) => [
        process.execPath,
        agent,
        'run',
        '--name',
        'echo',
        '--total',
        `${BATCHES}`,
        '--every',
        '1',
        '--ext',
        '.txt',
        '--dir',
        dir,
        '--',
        '/bin/echo',
        '{start}',
      ]),
    () => runIn(under, (dir) => ['/bin/sh', '-c', SHELL_LOOP, 'sh', dir]),
    PAIRS,
  );
  const breakdown = await whereTimeGoes(under);
  const result = ratioResult(
    `${BATCHES} batches of echo by the agent, against a shell loop that writes the same files without fsync`,
    pairs,
    1.5,
    `a batch: ${(pairs.oursMs / BATCHES).toFixed(1)} ms by the agent, ${(pairs.bareMs / BATCHES).toFixed(1)} ms by the shell; ${breakdown}; ${PAIRS} pairs`,
  );
  return {
    ...result,
    beside: besideByRatio('a shell loop', 'batches that do nothing, with no record kept', pairs.ratio),
  };
}

/** What the parts cost by themselves, outside the agent. */
async function whereTimeGoes(under: string): Promise<string> {
  const dir = mkdtempSync(join(under, 'parts-'));
  const start = await eachOf(BARE_STARTS, () => started(['/bin/echo', 'x'], dir));
  const wrapped = await eachOf(BARE_STARTS, (n) =>
    started(['/bin/sh', '-c', 'echo $$ >"$0" && exec "$@"', join(dir, `pid-${n}`), '/bin/echo', 'x'], dir),
  );
  const nothing = join(dir, 'nothing.mjs');
  writeFileSync(nothing, '');
  const node = await eachOf(5, () => started([process.execPath, nothing], dir));
  return `Node starts echo and waits for it in ${start.toFixed(1)} ms, with a shell before it that writes its pid in ${wrapped.toFixed(1)} ms; Node itself starts in ${node.toFixed(0)} ms`;
}

async function eachOf(times: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < times; n += 1) all.push(await timed(() => work(n)));
  return middle(all);
}

async function runIn(under: string, argv: (dir: string) => string[]): Promise<number> {
  const dir = mkdtempSync(join(under, 'run-'));
  const ms = await timed(() => started(argv(dir), under));
  rmSync(dir, { recursive: true });
  return ms;
}

function started([program = '', ...args]: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
      env: { ...process.env, XDG_STATE_HOME: join(cwd, 'state') },
    })
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} exited with ${code}`))));
  });
}
