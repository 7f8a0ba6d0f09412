import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@milepost/testing/freePort';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent } from '@milepost/testing/writtenJob';
import { afterEach, describe, expect, it } from 'vitest';
import { sessionPids, signalSessions } from '../sshSessions.ts';
import { HARMLESS, type NetworkRig, type RigOptions, startRig } from './rig.ts';

let rig: NetworkRig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function started(options: RigOptions = {}): Promise<NetworkRig> {
  const next = await startRig(options);
  rig = next;
  await waitFor('the job', () => next.view()?.state === 'running');
  return next;
}

/** The network alone makes no state and no event, and no poll waits longer than its deadlines. */
function expectHarmless({ states, events, longestPollMs }: NetworkRig, told: string[] = []): void {
  expect([...states].filter((state) => !HARMLESS.includes(state))).toEqual([]);
  expect(events.map(({ kind }) => kind)).toEqual(told);
  expect(longestPollMs()).toBeLessThan(20_000);
}

async function editConfig({ sshd }: NetworkRig, change: (text: string) => string): Promise<void> {
  await writeFile(sshd.config, change(await readFile(sshd.config, 'utf8')));
}

describe('a slow way', () => {
  it('of 300 ms delay only makes polls slower', async () => {
    const rig = await started({ ssh: { callDeadlineMs: 10_000, readyDeadlineMs: 15_000 } });
    rig.relay.setDelay(150);
    await rig.seesNewWork('at 300 ms');
    rig.relay.reset();
    await rig.seesNewWork('over a connection that was made at 300 ms');
    expect([...rig.states]).toEqual(['running']);
    expectHarmless(rig);
  });

  it('of 200 bytes a second ends in deadlines, and comes back by itself', async () => {
    const rig = await started();
    rig.relay.setBandwidth(200);
    rig.relay.reset();
    await waitFor('a deadline', () => rig.link() === 'unreachable');
    rig.relay.setBandwidth(null);
    await rig.seesNewWork('at full speed');
    expectHarmless(rig);
  });
});

describe('a link that is cut', () => {
  it('for less than a deadline goes on over the same connection', async () => {
    const rig = await started({ ssh: { callDeadlineMs: 10_000, keepaliveMs: 10_000 } });
    const before = rig.relay.passed().connections;
    rig.relay.cut();
    const asked = rig.monitor.pollNow();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    rig.relay.heal();
    await asked;
    await rig.seesNewWork('after the cut');
    expect(rig.relay.passed().connections).toBe(before);
    expectHarmless(rig);
  });

  it('for 10 s is unreachable meanwhile, and told to nobody', async () => {
    const rig = await started();
    rig.relay.cut();
    await waitFor('unreachable', () => rig.link() === 'unreachable');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    rig.relay.heal();
    await rig.seesNewWork('after the cut');
    expectHarmless(rig);
    // The connections that were given up are closed on the host as well.
    await waitFor('one connection', () => rig.relay.open() === 1);
  });

  it('for longer than the limit is told once, and once more when it is back', async () => {
    const rig = await started({
      monitor: { limits: { unreachableMs: 500, unreachableEventMs: 2000, reachableEventMs: 500 } },
    });
    rig.relay.cut();
    await waitFor('it to be told', () => rig.events.length > 0);
    rig.relay.heal();
    await rig.seesNewWork('after the cut');
    await waitFor('both', () => rig.events.length >= 2);
    await rig.monitor.pollNow();
    expectHarmless(rig, ['unreachable', 'reachable']);
  });

  for (const bytes of [1, 200, 1500]) {
    it(`${bytes} bytes into an answer, in the middle of a read or of opening it, ends in a deadline`, async () => {
      const rig = await started();
      rig.relay.cutAfter(bytes);
      await rig.monitor.pollNow();
      await waitFor('the fault', () => rig.link() !== 'online');
      rig.relay.heal();
      await rig.seesNewWork('after the cut');
      // And now while it connects.
      rig.relay.cutAfter(bytes);
      rig.relay.reset();
      await waitFor('the fault', () => rig.link() !== 'online');
      rig.relay.heal();
      await rig.seesNewWork('after the second cut');
      expectHarmless(rig);
    });
  }
});

describe('the server', () => {
  it('started again, its sessions gone, is seen again without a word', async () => {
    const rig = await started();
    for (let time = 0; time < 3; time += 1) {
      await rig.restart();
      await rig.seesNewWork('after the restart');
    }
    expectHarmless(rig);
  });

  it('frozen with its sessions (a half-open connection) ends in deadlines; no process is left on it', async () => {
    const rig = await started();
    const frozen = [rig.sshd.pid(), ...sessionPids(rig.sshd)];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    await waitFor('unreachable', () => rig.link() === 'unreachable');
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    await rig.seesNewWork('after it went on');
    expectHarmless(rig);
    await rig.stop();
    await waitFor('its sessions to end', () => sessionPids(rig.sshd).length === 0);
  });

  it('that lets no more than one session at a time over a connection gets its commands over others', async () => {
    // MaxSessions 1 leaves no channel for a command beside SFTP.
    const rig = await started({ sshd: { config: ['MaxSessions 1'] } });
    await rig.seesNewWork('over one channel');
    expect(rig.monitor.view().hosts[0]).toMatchObject({ agent: { version: '0.1.0' }, problem: null });
    const plan = {
      ...{ version: 1, id: 'dataset', state: 'interrupted', refused: null },
      ...{ done: { batches: 1, items: 1 }, todo: { items: 2 }, redo: [], estimatedSeconds: 3 },
    };
    const run = { version: 1, id: 'dataset', dir: '/', run: 2, runId: 'run-after', alreadyComplete: false };
    await installFakeAgent(
      rig.sshd.home,
      `case "$*" in
        'logs dataset -n 3') echo said;;
        'resume dataset --plan --json') printf '%s' '${JSON.stringify(plan)}';;
        'resume dataset --detach --json') printf '%s' '${JSON.stringify(run)}';;
        *) exit 4;;
      esac`,
    );
    const logs = { kind: 'lines', lines: ['said'] };
    const both = [
      rig.monitor.logs('gpu/dataset', { lines: 2 }),
      rig.monitor.logs('gpu/dataset', { lines: 2 }),
    ];
    expect(await Promise.all(both)).toMatchObject([logs, logs]);
    await rig.rest();
    await rig.job.kill();
    await waitFor('what a resume would do', () => rig.view()?.plan?.answer.todo.items === 2);
    expect(await rig.monitor.resume('gpu/dataset')).toEqual({ kind: 'done' });
    await rig.job.startRun(2);
    await rig.job.progress({ completed: rig.done(), total: 1_000_000, status: 'RUNNING' });
    await waitFor('running', () => rig.view()?.state === 'running' && rig.view()?.action === null);
    const calls = await readFile(join(rig.sshd.home, 'calls.log'), 'utf8');
    expect(calls.split('\n').filter((call) => call.includes('--detach'))).toHaveLength(1);
    // Each was closed after its command.
    await waitFor('one connection', () => rig.relay.open() === 1);
    await rig.stop();
    await waitFor('its sessions to end', () => sessionPids(rig.sshd).length === 0);
  });

  it('that turns connections away for a while (MaxStartups) is tried again', async () => {
    const rig = await started({ sshd: { config: ['MaxStartups 1:100:1', 'LoginGraceTime 3'] } });
    // Somebody else takes the one place that is there.
    const squatters = Array.from({ length: 3 }, () =>
      connect(rig.sshd.port, '127.0.0.1').on('error', () => {}),
    );
    await waitFor('a place to be taken', () => squatters.some((socket) => socket.bytesRead > 0));
    signalSessions(rig.sshd, 'SIGKILL');
    await rig.seesNewWork('after a place was free');
    for (const socket of squatters) socket.destroy();
    expectHarmless(rig);
  });
});

describe('its name and address', () => {
  it('a name that is not resolved for a while', async () => {
    const rig = await started();
    const before = await readFile(rig.sshd.config, 'utf8');
    await editConfig(rig, (text) => text.replace('HostName 127.0.0.1', 'HostName gone.invalid'));
    rig.relay.reset();
    await waitFor('unreachable', () => rig.link() === 'unreachable');
    expect(rig.monitor.view().hosts[0]?.link).toMatchObject({ problem: { kind: 'name-not-found' } });
    await writeFile(rig.sshd.config, before);
    await rig.seesNewWork('after the name was back');
    expectHarmless(rig);
  });

  it('another address: the next connection goes there', async () => {
    const rig = await started();
    await editConfig(rig, (text) => text.replace('HostName 127.0.0.1', 'HostName localhost'));
    rig.relay.reset();
    await rig.seesNewWork('at the new address');
    await editConfig(rig, (text) => text.replace(`Port ${rig.relay.port}`, `Port ${rig.sshd.port}`));
    rig.relay.cut();
    await rig.seesNewWork('at the new port');
    expectHarmless(rig);
  });

  it('a port where nothing listens', async () => {
    const rig = await started();
    rig.relay.setTarget(await freePort());
    rig.relay.reset();
    await waitFor('unreachable', () => rig.link() === 'unreachable');
    rig.relay.setTarget(rig.sshd.port);
    await rig.seesNewWork('after it was back');
    expectHarmless(rig);
  });
});
