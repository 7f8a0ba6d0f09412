import { readFile, writeFile } from 'node:fs/promises';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, describe, expect, it } from 'vitest';
import { sessionPids, signalSessions } from '../sshSessions.ts';
import { children, HARMLESS, type NetworkRig, openSockets, startRig } from './rig.ts';

const MIX_MS = process.env['MILEPOST_LONG'] === '1' ? 5 * 60_000 : 20_000;

let rig: NetworkRig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** From 0 up to 1, the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

type Fault = (rig: NetworkRig, random: () => number) => Promise<void>;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each brings a fault, lets it stand for a while, and takes it away again. */
const FAULTS: Record<string, Fault> = {
  async 'a delay of 300 ms'({ relay }, random) {
    relay.setDelay(150);
    await wait(500 + random() * 1500);
    relay.setDelay(0);
  },
  async 'a bandwidth of 2 KB/s'({ relay }, random) {
    relay.setBandwidth(2000);
    await wait(500 + random() * 1500);
    relay.setBandwidth(null);
  },
  async 'the link cut'({ relay }, random) {
    relay.cut();
    await wait(random() * 4000);
    relay.heal();
  },
  async 'the link cut within an answer'({ relay }, random) {
    relay.cutAfter(Math.floor(random() * 3000));
    await wait(500 + random() * 2000);
    relay.heal();
  },
  async 'connections reset'({ relay }, random) {
    for (let left = 1 + Math.floor(random() * 5); left > 0; left -= 1) {
      relay.reset();
      await wait(random() * 200);
    }
  },
  async 'sshd started again'(rig) {
    await rig.restart();
  },
  async 'sshd stopped for a while'({ sshd }, random) {
    signalSessions(sshd, 'SIGKILL');
    await sshd.stop();
    await wait(random() * 1500);
    await sshd.start();
  },
  async 'sshd frozen (half-open)'({ sshd }, random) {
    const frozen = [sshd.pid(), ...sessionPids(sshd)];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    await wait(random() * 3000);
    for (const pid of frozen) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // One whose connection was given up may have ended.
      }
    }
  },
  async 'its sessions killed'({ sshd }) {
    signalSessions(sshd, 'SIGKILL');
  },
  async 'a name that is not resolved'({ sshd, relay }, random) {
    const before = await readFile(sshd.config, 'utf8');
    await writeFile(sshd.config, before.replace('HostName 127.0.0.1', 'HostName gone.invalid'));
    relay.reset();
    await wait(random() * 1500);
    await writeFile(sshd.config, before);
  },
  async 'sleep and wake'({ monitor }, random) {
    monitor.sleep();
    await wait(random() * 1000);
    monitor.wake();
  },
};

describe('a mix of real faults', () => {
  it(
    `for ${MIX_MS / 1000} s: every state is true, no call hangs, each event comes once, and nothing is left over`,
    async (context) => {
      const before = { sockets: openSockets().length, children: children() };
      const seed = Number(process.env['MILEPOST_SEED'] ?? Date.now() % 2 ** 31);
      const random = randomOf(seed);
      const rig_ = await startRig();
      rig = rig_;
      const { monitor, job, events } = rig_;
      await waitFor('the job', () => rig_.view()?.state === 'running');
      // The job's own clock only goes on: whatever a read was torn by, no view goes back.
      let latest = 0;
      let wentBack: string | null = null;
      monitor.onView(() => {
        const completed = rig_.view()?.progress.completed ?? 0;
        if (completed < latest) wentBack = `${latest} -> ${completed}`;
        latest = completed;
      });

      const names = Object.keys(FAULTS);
      const ran = new Map<string, number>();
      const until = performance.now() + MIX_MS;
      let queue: string[] = [];
      while (performance.now() < until || ran.size < names.length) {
        if (queue.length === 0) queue = shuffled(names, random);
        const name = queue.pop() ?? '';
        await FAULTS[name]?.(rig_, random);
        ran.set(name, (ran.get(name) ?? 0) + 1);
        if (random() < 0.7) await rig_.seesNewWork(`after ${name} (seed ${seed})`);
      }
      await rig_.seesNewWork(`after the faults (seed ${seed})`);
      expect([...rig_.states].filter((state) => !HARMLESS.includes(state))).toEqual([]);
      expect(events).toEqual([]);
      expect(wentBack).toBeNull();

      // What really happens to the job is told, once each, also when it happens while nobody can see it.
      await rig_.rest();
      rig_.relay.cut();
      await job.kill();
      await wait(1000);
      rig_.relay.heal();
      await waitFor('interrupted', () => rig_.view()?.state === 'interrupted');
      await job.startRun(2);
      await job.progress({ completed: rig_.done(), total: 1_000_000, status: 'RUNNING' });
      await waitFor('running', () => rig_.view()?.state === 'running');
      signalSessions(rig_.sshd, 'SIGKILL');
      await job.progress({ completed: 1_000_000, total: 1_000_000, status: 'COMPLETE' });
      await job.endRun(2, 'complete');
      await waitFor('complete', () => rig_.view()?.state === 'complete');
      // The view is there at once; an event is told when it is on the disk.
      await waitFor('the last event', () => events.some(({ kind }) => kind === 'completed'));
      await monitor.pollNow();
      expect(events.map(({ kind }) => kind)).toEqual(['interrupted', 'started', 'completed']);
      expect(rig_.longestPollMs()).toBeLessThan(20_000);

      await rig_.stop();
      await waitFor('its sessions to end', () => sessionPids(rig_.sshd).length === 0);
      await waitFor('the relay to be left', () => rig_.relay.open() === 0);
      await rig_.close();
      expect(children().filter((pid) => !before.children.includes(pid))).toEqual([]);
      await waitFor('all sockets to be closed', () => openSockets().length <= before.sockets);
      const summary = [...ran].map(([name, times]) => `${name} (${times})`).join(', ');
      console.log(`Network faults that ran, seed ${seed}: ${summary}.`);
      await context.annotate(summary, 'faults');
    },
    MIX_MS + 240_000,
  );
});

function shuffled(names: readonly string[], random: () => number): string[] {
  return names
    .map((name) => ({ name, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
}
