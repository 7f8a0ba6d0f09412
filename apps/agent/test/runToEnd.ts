import { type ChildProcess, spawn } from 'node:child_process';
import type { Ended } from './agent.ts';

/** Starts any program, and collects what it prints until it ends. */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> },
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
