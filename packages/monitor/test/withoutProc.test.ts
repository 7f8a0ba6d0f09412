import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, replaceFile } from '@milepost/testing/writtenJob';
import { expect, it } from 'vitest';
import type { Connect, HostConnection } from '../src/hostConnection.ts';
import { createSshConnect } from '../src/ssh/connect.ts';
import { progressOf } from './readingFixture.ts';
import { startWatchedHost } from './watching.ts';

/** A connection to a host that has no /proc, as macOS has none: all else is the real one. */
function withoutProc(connect: Connect): Connect {
  return async (...attempt) => {
    const connection = await connect(...attempt);
    const isProc = (path: string): boolean => path.startsWith('/proc/');
    const missing = { kind: 'missing' } as const;
    const hidden: Partial<HostConnection> = {
      stat: async (path) => (isProc(path) ? missing : await connection.stat(path)),
      readToEnd: async (path, max) => (isProc(path) ? missing : await connection.readToEnd(path, max)),
      readlink: async (path) => (isProc(path) ? missing : await connection.readlink(path)),
    };
    return new Proxy(connection, {
      get: (target, name) => Reflect.get(hidden, name) ?? Reflect.get(target, name),
    });
  };
}

it('on a host without /proc its agent is asked whether a run lives: at first sight, and when its file is old', async () => {
  const host = await startWatchedHost();
  try {
    const answer = (state: string, reason: string | null): string =>
      JSON.stringify({ ...progressOf(), state, since: null, reason });
    await installFakeAgent(
      host.sshd.home,
      `case "$*" in 'status dataset --json') cat "$HOME/status";; *) exit 4;; esac`,
    );
    const job = await host.makeJob('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    // As the agent there writes it: no boot id, no namespace.
    const runs = join(job.dir, '.milepost/runs.jsonl');
    const line = JSON.stringify(decodeRecordLine((await readFile(runs, 'utf8')).trim()));
    const bare = line
      .replace(/"bootId":"[^"]*"/, '"bootId":null')
      .replace(/"pidNamespace":"[^"]*"/, '"pidNamespace":null');
    await replaceFile(runs, encodeRecordLine(JSON.parse(bare)));
    await writeFile(join(host.sshd.home, 'status'), answer('running', null));
    const asked = (): number =>
      readFileSync(join(host.sshd.home, 'calls.log'), 'utf8')
        .split('\n')
        .filter((call) => call.startsWith('status')).length;
    const connect = withoutProc(createSshConnect({ configFile: host.sshd.config }));
    const first = host.watch({ connect });
    await waitFor('running', () => first.job('dataset')?.state === 'running');
    await first.monitor.pollNow();
    await first.monitor.pollNow();
    expect(asked()).toBe(1);
    await first.monitor.stop();

    await job.kill();
    await writeFile(join(host.sshd.home, 'status'), answer('interrupted', 'its agent (pid 7) is gone'));
    const second = host.watch({ connect });
    await waitFor('the news', () => second.kinds().includes('interrupted'));
    expect(second.job('dataset')).toMatchObject({
      state: 'interrupted',
      reason: 'its agent (pid 7) is gone',
    });
    await second.monitor.stop();

    // Known to live, and then old: asked again, though no more often than now and then.
    await writeFile(join(host.sshd.home, 'status'), answer('running', null));
    let steadyAhead = 0;
    const clock = {
      now: () => Date.now(),
      steady: () => performance.now() + steadyAhead,
      setTimer(delayMs: number, fire: () => void) {
        const timer = setTimeout(fire, delayMs);
        return () => clearTimeout(timer);
      },
    };
    const third = host.watch({ connect, clock });
    await waitFor('running', () => third.job('dataset')?.state === 'running');
    const before = asked();
    await writeFile(join(host.sshd.home, 'status'), answer('interrupted', 'gone'));
    await third.monitor.pollNow();
    expect(asked()).toBe(before);
    steadyAhead = 80_000;
    await waitFor('the end', () => third.job('dataset')?.state === 'interrupted');
  } finally {
    await host.end();
  }
});
