import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '@milepost/testing/python';
import { z } from 'zod';

/** The folder of milepost.py. */
export const CLIENT = fileURLToPath(new URL('../../../clients/python', import.meta.url));

export { PYTHON };

/** Runs Python to its end with this on its standard input; what it prints. Fails where it does not end well. */
export async function runPython(
  args: readonly string[],
  { input = '', cwd, env = {} }: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(PYTHON, args, {
    cwd,
    env: { ...process.env, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** What the Python side answers to each `[name, given]`, in one process. */
export async function askPython(
  calls: readonly (readonly [name: string, given: unknown])[],
): Promise<unknown[]> {
  const script = fileURLToPath(new URL('side.py', import.meta.url));
  const ended = await runPython([script], { input: asJson(calls) });
  if (ended.code !== 0) throw new Error(`The Python side failed: ${ended.stderr.slice(-2000)}`);
  return z.array(z.unknown()).parse(JSON.parse(ended.stdout));
}

/** JSON in ASCII, so that half a surrogate pair arrives as it is; numbers that it has no word for as texts. */
function asJson(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'number' && (!Number.isFinite(one) || Object.is(one, -0))
      ? { $number: Object.is(one, -0) ? '-0.0' : String(one).replace('Infinity', 'inf') }
      : one,
  );
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
