import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inPairs, timed } from '../speed/pairs.ts';
import { besideByRatio, ratioResult, type SpeedResult } from '../speed/result.ts';

const PYTHON = 'python3';
const GIB = 2;
const PAIRS = 5;
/** What `cat` passes at 60 %: it takes so much longer. */
const GOAL = 1 / 0.6;

const PRINTER = `
import os
line = b'2026-11-24 12:00:00,123 INFO worker: request 1234567 answered in 12.3 ms, status 200\\n'
piece = line * (65536 // len(line))
for _ in range(${GIB} * 1024**3 // len(piece)):
    os.write(1, piece)
`;

/** A program's flood passed on by the agent into a pipe, against the same through `cat`. */
export async function passOn(under: string, agent: string): Promise<SpeedResult> {
  const printer = join(under, 'print.py');
  writeFileSync(printer, PRINTER);
  const pairs = await inPairs(
    () => {
      const dir = mkdtempSync(join(under, 'job-'));
      const job = [process.execPath, agent, 'run', '--name', 'flood', '--dir', dir, '--', PYTHON, printer];
      return timed(() => shell('"$@" | cat >/dev/null', job, under));
    },
    () => timed(() => shell('"$@" | cat | cat >/dev/null', [PYTHON, printer], under)),
    PAIRS,
  );
  const speed = (ms: number) => `${((GIB * 1.073741824) / (ms / 1000)).toFixed(2)} GB/s`;
  const result = ratioResult(
    `${GIB} GiB of lines passed on by the agent into a pipe, against the same through cat`,
    pairs,
    Math.round(GOAL * 100) / 100,
    `${speed(pairs.oursMs)} against ${speed(pairs.bareMs)}, the agent's start and end in it`,
  );
  return { ...result, beside: besideByRatio('cat', 'passing on what a program prints', pairs.ratio) };
}

function shell(line: string, args: readonly string[], under: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line, 'sh', ...args], {
      cwd: under,
      env: { ...process.env, XDG_STATE_HOME: join(under, 'state') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`it exited with ${code}`))));
  });
}
