import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanText } from '@milepost/shared/text';
import { PairStream, type Way } from './way.ts';

export interface ProxyTokens {
  hostname: string;
  port: number;
  user: string;
  /** The host as the person named it. */
  originalHost: string;
}

/** What a value may hold to stand in a shell line as it is, also within quotes that the person wrote around it. */
const PLAIN_VALUE = /^[A-Za-z0-9_.@:%+,=/][A-Za-z0-9_.@:%+,=/-]*$/;

/** Fills in `%h %p %r %n %%`, as OpenSSH does. A value that a shell could take for anything but a word is refused. */
export function expandProxyCommand(
  command: string,
  tokens: ProxyTokens,
): { kind: 'ok'; command: string } | { kind: 'failed'; reason: string } {
  const values: Readonly<Record<string, string>> = {
    h: tokens.hostname,
    p: String(tokens.port),
    r: tokens.user,
    n: tokens.originalHost,
  };
  let expanded = '';
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at] ?? '';
    if (char !== '%') {
      expanded += char;
      continue;
    }
    at += 1;
    const token = command[at] ?? '';
    const value = values[token];
    if (token === '%') expanded += '%';
    else if (value === undefined) return { kind: 'failed', reason: `it has %${token}, which is not known` };
    else if (!PLAIN_VALUE.test(value)) {
      return {
        kind: 'failed',
        reason: `%${token} would be “${cleanText(value, 60)}”, which a shell could misread`,
      };
    } else expanded += value;
  }
  return { kind: 'ok', command: expanded };
}

/** Where the usual programs lie that a Mac's apps don't have on their PATH: Homebrew, and the plugin of AWS's SSM. */
const MORE_PATH = '/opt/homebrew/bin:/usr/local/bin:/usr/local/sessionmanagerplugin/bin';
/** How long a program may take to end by itself. */
const GRACE_MS = 1000;
const LAST_WORDS_MS = 200;
const MAX_WORDS = 4096;

/**
 * Runs a ProxyCommand: what it reads and writes is the connection. It leads a process group of its own, and the whole
 * group ends with the connection.
 */
export function proxyCommandWay(command: string, env: Readonly<Record<string, string | undefined>>): Way {
  const path = env['PATH'];
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: {
      ...env,
      PATH: path === undefined || path === '' ? `/usr/bin:/bin:${MORE_PATH}` : `${path}:${MORE_PATH}`,
    },
  });
  let words = '';
  let isSpawned = true;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MAX_WORDS);
  });
  child.on('error', (error) => {
    isSpawned = false;
    words += error.message;
  });
  const stream = new PairStream(child.stdout, child.stdin);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let ending: Promise<void> | null = null;
  let hasEndedItself = false;
  const end = (): Promise<void> => {
    ending ??= (async () => {
      // A program that has closed its output is about to say how it ended.
      if (child.stdout.readableEnded) await Promise.race([ended, delay(LAST_WORDS_MS)]);
      hasEndedItself = child.exitCode !== null || child.signalCode !== null;
      await endGroup(child, ended, () => isSpawned);
    })();
    return ending;
  };
  // However it ends, nothing of its group is left to itself.
  const gone = Promise.race([
    ended,
    new Promise<void>((resolve) => stream.once('close', () => resolve())),
  ]).then(end);
  return {
    stream,
    destroy() {
      stream.destroy();
      void end();
    },
    gone,
    lastWords() {
      // What ssh itself says when it is ended from here is no cause.
      const lines = words
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('Killed by signal'));
      const said = cleanText(lines.slice(-3).join(' '), 300);
      if (said !== '') return said;
      if (!hasEndedItself) return null;
      return `it ended with ${child.exitCode ?? child.signalCode} and said nothing`;
    },
  };
}

async function endGroup(child: ChildProcess, ended: Promise<void>, isSpawned: () => boolean): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !isSpawned()) return;
  if (!signalGroup(pid, 'SIGTERM')) return await ended;
  const isOver = await new Promise<boolean>((resolve) => {
    let look: NodeJS.Timeout | undefined;
    const late = setTimeout(() => {
      clearTimeout(look);
      resolve(false);
    }, GRACE_MS);
    // The leader may be gone before its own children: the group is asked for.
    const check = (): void => {
      if (signalGroup(pid, 0)) look = setTimeout(check, 20);
      else {
        clearTimeout(late);
        resolve(true);
      }
    };
    check();
  });
  if (!isOver) signalGroup(pid, 'SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
  await ended;
}

/** False: nothing of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
