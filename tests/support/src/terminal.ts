import { spawn } from 'node:child_process';
import { quoteShell } from '@milepost/shared/text';

/** A program on a terminal of its own, as a person has it. */
export interface Terminal {
  /** All that it has shown so far, escape sequences included. */
  output(): string;
  /** Types; a line ends with `\r`. */
  type(text: string): void;
  ended: Promise<{ code: number | null }>;
  kill(): void;
}

/** Starts a program on a pseudo-terminal made by `script` of util-linux. */
export function startTerminal(
  argv: readonly string[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd?: string },
): Terminal {
  const line = `stty cols 120 rows 40; exec ${argv.map(quoteShell).join(' ')}`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    output: () => output,
    type: (text) => void child.stdin.write(text),
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code }))),
    kill: () => void child.kill('SIGKILL'),
  };
}
