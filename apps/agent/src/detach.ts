import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { stateFolder } from '@milepost/checkpoint/stateFolder';
import { EXIT, errorAnswerSchema, type StartedAnswer, startedAnswerSchema } from '@milepost/shared/answers';
import { z } from 'zod';
import { Refusal, type RefusalKind } from './refusal.ts';

/** Set for the detached agent: it tells on this descriptor that it holds the job, or why not. */
const READY_FD = 3;
const READY_VARIABLE = 'MILEPOST_READY_FD';

/**
 * Starts this same command line again in a session of its own, without a terminal, and returns once that agent holds
 * the job. What it refuses is refused here with the same exit code.
 *
 * @param args the command line behind the program; the agent that it starts knows that it is detached already.
 */
export async function startDetached(args: readonly string[]): Promise<StartedAnswer> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('The path of this program is not known.');
  const folder = stateFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const errorsPath = join(folder, 'agent.log');
  const errors = openSync(errorsPath, 'a', 0o600);
  const child = spawn(process.execPath, [script, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', errors, 'pipe'],
    env: { ...process.env, [READY_VARIABLE]: String(READY_FD) },
  });
  closeSync(errors);
  const message = await readReady(child.stdio[READY_FD]);
  child.unref();
  const started = startedAnswerSchema.safeParse(message);
  if (started.success) return started.data;
  const refused = errorAnswerSchema.safeParse(message);
  if (refused.success) {
    const { kind, message: text, hint } = refused.data.error;
    throw new Refusal(isKind(kind) ? kind : 'failed', text, hint);
  }
  throw new Refusal(
    'failed',
    'The detached agent ended before it held the job.',
    `Its last words: ${errorsPath}`,
  );
}

function isKind(kind: string): kind is RefusalKind {
  return Object.hasOwn(EXIT, kind);
}

async function readReady(stream: unknown): Promise<unknown> {
  if (!(stream instanceof Readable)) return undefined;
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readyFd = z.coerce.number().int().min(3);

/** Whether this process is a detached agent; the variable is taken away, so that no command inherits it. */
export function takeReadyChannel(
  env: NodeJS.ProcessEnv = process.env,
): ((answer: unknown) => void) | undefined {
  const fd = readyFd.safeParse(env[READY_VARIABLE]);
  delete env[READY_VARIABLE];
  if (!fd.success) return undefined;
  let open = true;
  return (answer) => {
    if (!open) return;
    open = false;
    try {
      writeSync(fd.data, `${JSON.stringify(answer)}\n`);
      closeSync(fd.data);
    } catch {
      // Whoever started this agent is gone; the job runs all the same.
    }
  };
}
