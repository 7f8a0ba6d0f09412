import { encodeRecordLine } from '@milepost/shared/recordLine';
import { type Connect, type HostConnection, LinkError, type PathFault } from '../../src/hostConnection.ts';
import type { VirtualClock } from '../virtualClock.ts';

// A host in memory, whose jobs follow a script and whose link does what it is told. All times are the wall clock's.

export interface ScriptStep {
  at: number;
  what: 'start' | 'kill' | 'complete';
}

export interface SimulatedHost {
  connect: Connect;
  /** The link breaks, silently (calls never answer until their deadline) or at once; null: it is fine. */
  setFault(fault: 'silent' | 'refused' | null): void;
  /** Every open connection breaks. */
  breakAll(): void;
  openConnections(): number;
  mostConnections(): number;
  /** Looks at the registry: one for each poll that came that far. */
  polls(): number;
  mostPollsAtOnce(): number;
  attempts(): number;
}

const MISSING: PathFault = { kind: 'missing' };
const BOOT = '11111111-2222-4333-8444-555555555555';
const WRITE_EVERY_MS = 30_000;
const CALL_DEADLINE_MS = 10_000;

/** One agent's job, `job`, in `/data/job`. Its steps are in order, and never kill or complete what doesn't run. */
export function simulateHost(
  clock: VirtualClock,
  script: readonly ScriptStep[],
  latencyMs: () => number,
): SimulatedHost {
  let fault: 'silent' | 'refused' | null = null;
  let polls = 0;
  let pollsNow = 0;
  let mostPollsAtOnce = 0;
  let mostConnections = 0;
  let attempts = 0;
  const open = new Set<() => void>();

  /** What the disk holds at this moment. */
  function files(): Map<string, { text: string; mtime: number }> {
    const now = clock.now();
    const done = script.filter(({ at }) => at <= now);
    const found = new Map<string, { text: string; mtime: number }>();
    const first = done[0];
    if (first === undefined) return found;
    const entry = {
      version: 1,
      id: 'job',
      uid: 'x'.repeat(16),
      name: 'job',
      dir: '/data/job',
      createdAt: '',
    };
    found.set('/reg/job.json', { text: JSON.stringify(entry), mtime: first.at });
    let runs = '';
    let run = 0;
    let runsAt = 0;
    for (const step of done) {
      const at = new Date(step.at).toISOString();
      if (step.what === 'kill') continue;
      runsAt = step.at;
      if (step.what === 'start') {
        run += 1;
        const process = {
          host: 'sim',
          bootId: BOOT,
          pid: 1000 + run,
          startTime: '77',
          pidNamespace: 'pid:[1]',
        };
        runs += encodeRecordLine({
          version: 1,
          kind: 'start',
          run,
          runId: `run-aaaa-${run}`,
          at,
          process,
          agent: '0.1.0',
        });
      } else
        runs += encodeRecordLine({ version: 1, kind: 'end', run, at, outcome: 'complete', reason: null });
    }
    found.set('/data/job/.milepost/runs.jsonl', { text: runs, mtime: runsAt });
    const last = done.at(-1);
    const lastStart = done.filter(({ what }) => what === 'start').at(-1);
    if (last === undefined || lastStart === undefined) return found;
    // The agent writes at its start, every 30 s, and at its end in order.
    const endsAt = last.what === 'start' ? now : last.at;
    const ticks = Math.floor((endsAt - lastStart.at) / WRITE_EVERY_MS);
    const writtenAt = last.what === 'complete' ? last.at : lastStart.at + ticks * WRITE_EVERY_MS;
    const total = 10_000_000;
    const before = script.filter(({ at }) => at < lastStart.at).length * 3000;
    const completed = last.what === 'complete' ? total : Math.min(total - 1, before + ticks);
    found.set('/data/job/PROGRESS.txt', {
      text: `Progress: ${completed}/${total} (${(Math.floor((1000 * completed) / total) / 10).toFixed(1)}%)\nElapsed: 1.0 min\nETA: 9.0 min\nStatus: ${last.what === 'complete' ? 'COMPLETE' : 'RUNNING'}\n`,
      mtime: writtenAt,
    });
    if (last.what === 'start') {
      const pid = 1000 + run;
      found.set(`/proc/${pid}/stat`, { text: `${pid} (node) S ${'1 '.repeat(18)}77 1`, mtime: 0 });
      found.set(`/proc/${pid}/exe`, { text: '', mtime: 0 });
    }
    found.set('/proc/sys/kernel/random/boot_id', { text: `${BOOT}\n`, mtime: 0 });
    found.set('/proc/sys/kernel/hostname', { text: 'sim\n', mtime: 0 });
    return found;
  }

  function lost(): LinkError {
    return new LinkError({ kind: 'connection-lost', what: 'The connection broke.', next: null });
  }

  const connect: Connect = (destination, signal) =>
    new Promise<HostConnection>((resolve, reject) => {
      attempts += 1;
      const tookMs = fault === 'silent' ? CALL_DEADLINE_MS : latencyMs() * 3;
      const cancel = clock.setTimer(tookMs, () => {
        signal.removeEventListener('abort', giveUp);
        if (fault !== null)
          reject(new LinkError({ kind: 'timeout', what: `No ${destination}.`, next: null }));
        else resolve(openConnection());
      });
      const giveUp = (): void => {
        cancel();
        reject(lost());
      };
      signal.addEventListener('abort', giveUp, { once: true });
    });

  function openConnection(): HostConnection {
    let isClosed = false;
    const waiting = new Set<() => void>();
    const listeners: (() => void)[] = [];
    const end = (): void => {
      if (isClosed) return;
      isClosed = true;
      open.delete(end);
      for (const fail of [...waiting]) fail();
      for (const listener of listeners.splice(0)) listener();
    };
    open.add(end);
    mostConnections = Math.max(mostConnections, open.size);

    /** Answers after a round trip, or breaks the connection at the deadline. */
    function call<T>(answer: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        if (isClosed) {
          reject(lost());
          return;
        }
        let cancel = (): void => undefined;
        const fail = (): void => {
          cancel();
          waiting.delete(fail);
          reject(lost());
        };
        waiting.add(fail);
        const arrive = (): void => {
          if (fault !== null) {
            cancel = clock.setTimer(CALL_DEADLINE_MS, end);
            return;
          }
          waiting.delete(fail);
          resolve(answer());
        };
        cancel = clock.setTimer(latencyMs(), arrive);
      });
    }
    const read = (path: string) => {
      const file = files().get(path);
      if (file === undefined) return MISSING;
      const head = Buffer.from(file.text);
      return { kind: 'read' as const, head, tail: null, size: head.length };
    };
    const stat = (path: string) => {
      const file = files().get(path);
      if (path === '/reg') {
        return { kind: 'folder' as const, mtimeSeconds: Math.floor((script[0]?.at ?? 0) / 1000) };
      }
      if (file === undefined) return MISSING;
      return { kind: 'file' as const, size: file.text.length, mtimeSeconds: Math.floor(file.mtime / 1000) };
    };
    const version = JSON.stringify({ version: '0.1.0', protocol: 1, node: 'v20.0.0', registry: '/reg' });
    return {
      async stat(path) {
        if (path !== '/reg') return await call(() => stat(path));
        polls += 1;
        pollsNow += 1;
        mostPollsAtOnce = Math.max(mostPollsAtOnce, pollsNow);
        try {
          return await call(() => stat(path));
        } finally {
          pollsNow -= 1;
        }
      },
      lstat: (path) => call(() => stat(path)),
      openFile: () => call(() => MISSING),
      readFile: (path) => call(() => read(path)),
      readToEnd: (path) => call(() => read(path)),
      readlink: () => call(() => ({ kind: 'target' as const, target: 'pid:[1]' })),
      realpath: () => call(() => ({ kind: 'target' as const, target: '/home/u' })),
      readdir: () =>
        call(() => ({
          kind: 'list' as const,
          names: files().has('/reg/job.json') ? ['job.json'] : [],
          cut: false,
        })),
      async exec(command) {
        try {
          return await call(() => {
            const stdout = command.startsWith('date')
              ? `${Math.floor(clock.now() / 1000)}.${String(clock.now() % 1000)
                  .padStart(3, '0')
                  .slice(0, 3)}000000\n`
              : command.includes('--version')
                ? `${version}\n`
                : '';
            return { kind: 'ended' as const, code: stdout === '' ? 4 : 0, stdout, stderr: '' };
          });
        } catch {
          return { kind: 'lost', problem: { kind: 'connection-lost', what: 'It broke.', next: null } };
        }
      },
      get isClosed() {
        return isClosed;
      },
      onClosed(listener) {
        if (isClosed) listener();
        else listeners.push(listener);
      },
      async close() {
        end();
      },
    };
  }

  return {
    connect,
    setFault(next) {
      fault = next;
    },
    breakAll() {
      for (const end of [...open]) end();
    },
    openConnections: () => open.size,
    mostConnections: () => mostConnections,
    polls: () => polls,
    mostPollsAtOnce: () => mostPollsAtOnce,
    attempts: () => attempts,
  };
}
