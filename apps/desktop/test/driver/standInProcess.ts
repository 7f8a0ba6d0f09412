import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { APP_ROOT } from './build.ts';
import type { LaunchOptions } from './driver.ts';
import { type Act, messageSchema, type Recorded, recordSchema } from './standIn/control.ts';

// The app's built bundles in a Node process, with the stand-in for Electron: whatever shows its windows.

const REGISTER = join(import.meta.dirname, 'standIn/register.mjs');
const OWN_TIME = join(import.meta.dirname, 'ownTime.cjs');

export interface StandInProcess {
  pid: number | undefined;
  /** Resolves when the popover's page is there, or the process has ended before: with its exit code. */
  started: Promise<'started' | { code: number | null }>;
  exited: Promise<number | null>;
  isRunning(): boolean;
  /** Makes the stand-in do something; its answer. */
  ask(act: Act): Promise<unknown>;
  record(): Promise<Recorded>;
  /** What the process printed so far. */
  log(): string;
  kill(): void;
}

/** `standIn`: the built module that takes Electron's place. */
export function startStandIn(
  standIn: string,
  { userDataDir, env, main, deviceScaleFactor = 1, ownTime = false, clickedNotification = '' }: LaunchOptions,
): StandInProcess {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      ...(ownTime ? ['--require', OWN_TIME] : []),
      '--import',
      pathToFileURL(REGISTER).href,
      standIn,
      main ?? join(APP_ROOT, 'out/main/index.js'),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...env,
        MILEPOST_STAND_IN_URL: pathToFileURL(standIn).href,
        MILEPOST_STAND_IN_USER_DATA: userDataDir,
        MILEPOST_STAND_IN_SCALE: String(deviceScaleFactor),
        MILEPOST_STAND_IN_CLICKED: clickedNotification,
      },
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let tellStarted = (): void => {};
  const shown = new Promise<'started'>((resolve) => {
    tellStarted = () => resolve('started');
  });
  const hasEnded = (): Error => new Error(`The app has ended. It said:\n${log}`);
  child.on('message', (raw) => {
    const message = messageSchema.parse(raw);
    if (message.kind === 'started') return tellStarted();
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') asked?.resolve(message.value);
    else asked?.reject(new Error(message.message));
  });
  child.on('exit', () => {
    for (const asked of waiting.values()) asked.reject(hasEnded());
    waiting.clear();
  });
  const ask = (act: Act): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(hasEnded());
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.send({ id: lastId, act });
    });
  return {
    pid: child.pid,
    started: Promise.race([shown, exited.then((code) => ({ code }))]),
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ask,
    record: async () => recordSchema.parse(await ask({ kind: 'record' })),
    log: () => log,
    kill: () => void child.kill('SIGKILL'),
  };
}
