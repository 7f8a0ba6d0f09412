import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent } from '@milepost/testing/writtenJob';
import { afterEach, describe, expect, it } from 'vitest';
import type { FetchProgress } from '../../src/api.ts';
import { type NetworkRig, type RigOptions, startRig } from './rig.ts';

// A link that breaks in the middle of what takes its time: of a command on the host, and of a fetch.

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

const KEY = 'gpu/dataset';

/** How the link breaks, and what mends it. */
const BREAKS: Record<string, { make(rig: NetworkRig): void; mend(rig: NetworkRig): void }> = {
  'is cut': { make: ({ relay }) => relay.cut(), mend: ({ relay }) => relay.heal() },
  'is reset': { make: ({ relay }) => relay.reset(), mend: () => undefined },
  'is cut within an answer': {
    make: ({ relay }) => relay.cutAfter(700),
    mend: ({ relay }) => relay.heal(),
  },
};

/** The agent begins and then waits for a file `go`, so that whatever comes meanwhile is in the middle of it. */
async function installWaitingAgent({ sshd }: NetworkRig): Promise<void> {
  const wait = ': > "$HOME/begun"; while [ ! -f "$HOME/go" ]; do sleep 0.02; done';
  await installFakeAgent(sshd.home, `${wait}; exit 4`);
}

const hasBegun = ({ sshd }: NetworkRig): Promise<boolean> =>
  waitFor('the command to be in the middle', () => existsSync(join(sshd.home, 'begun')));

async function callsOf({ sshd }: NetworkRig, command: string): Promise<string[]> {
  const calls = await readFile(join(sshd.home, 'calls.log'), 'utf8');
  return calls.split('\n').filter((call) => call.startsWith(command));
}

/** Its agent is killed and writes no more; the next polls say so. */
async function interrupted(): Promise<NetworkRig> {
  const rig = await started({ monitor: { confirmMs: 1500 } });
  await rig.rest();
  await rig.job.kill();
  await waitFor('interrupted', () => rig.view()?.state === 'interrupted');
  // What a resume would do was asked at once; from here on the agent waits.
  await waitFor('the plan to be asked', async () => (await callsOf(rig, 'resume')).length === 1);
  await installWaitingAgent(rig);
  return rig;
}

const RESUME = 'resume dataset --detach --json';

for (const [how, { make, mend }] of Object.entries(BREAKS)) {
  describe(`a link that ${how}`, () => {
    it('in the middle of a question: its answer is lost, which is told as that', async () => {
      const rig = await started();
      await installWaitingAgent(rig);
      const asked = rig.monitor.logs(KEY, { lines: 5 });
      await hasBegun(rig);
      make(rig);
      expect(await asked).toMatchObject({
        kind: 'failed',
        problem: { what: expect.stringContaining('gpu-1') },
      });
      mend(rig);
      await writeFile(join(rig.sshd.home, 'go'), '');
      await rig.seesNewWork('after the break');
      expect(rig.events).toEqual([]);
    });

    it('in the middle of a resume that was done: it is never sent again, and the next poll tells', async () => {
      const rig = await interrupted();
      const asked = rig.monitor.resume(KEY);
      await hasBegun(rig);
      make(rig);
      expect(await asked).toMatchObject({
        kind: 'unknown',
        problem: { next: expect.stringContaining('may') },
      });
      expect(await rig.monitor.resume(KEY)).toMatchObject({ kind: 'unknown' });
      expect(rig.view()?.action).toMatchObject({ kind: 'resuming' });
      // It had come there all the same.
      await rig.job.startRun(2);
      await rig.job.progress({ completed: rig.done(), total: 1_000_000, status: 'RUNNING' });
      mend(rig);
      await waitFor('running', () => rig.view()?.state === 'running');
      await waitFor('no action', () => rig.view()?.action === null);
      await writeFile(join(rig.sshd.home, 'go'), '');
      expect(await callsOf(rig, 'resume dataset --detach')).toEqual([RESUME]);
      await waitFor('both events', () => rig.events.length === 2);
      expect(rig.events.map(({ kind }) => kind)).toEqual(['interrupted', 'started']);
    });

    it('in the middle of a resume that came to nothing: said so by the next polls, and only then sent again', async () => {
      const rig = await interrupted();
      const asked = rig.monitor.resume(KEY);
      await hasBegun(rig);
      make(rig);
      expect(await asked).toMatchObject({ kind: 'unknown' });
      mend(rig);
      await waitFor('it to be given up', () => rig.view()?.action?.kind === 'resume-failed');
      expect(rig.view()).toMatchObject({
        state: 'interrupted',
        action: { problem: { what: expect.stringContaining('was lost') } },
      });
      expect(await callsOf(rig, 'resume dataset --detach')).toEqual([RESUME]);
      await writeFile(join(rig.sshd.home, 'go'), '');
      expect(await rig.monitor.resume(KEY)).toMatchObject({ kind: 'refused' });
      expect(await callsOf(rig, 'resume dataset --detach')).toEqual([RESUME, RESUME]);
    });

    it('in the middle of a fetch, twice: it goes on from there and ends with the right bytes', async () => {
      const rig = await started();
      const bytes = randomBytes(6_000_000);
      await writeResult(rig, bytes);
      const to = join(rig.sshd.home, 'fetched');
      await mkdir(to);
      // So slow that it is in the middle of it whenever it is told of.
      rig.relay.setBandwidth(4_000_000);
      const before = rig.relay.passed();
      const brokenAt: number[] = [];
      let phase: FetchProgress['phase'] = 'fetching';
      let most = 0;
      const result = await rig.monitor.fetch(
        KEY,
        { what: 'result', to },
        {
          onProgress(now) {
            expect(now.bytesDone).toBeGreaterThanOrEqual(most);
            most = now.bytesDone;
            if (now.phase === 'waiting' && phase === 'fetching') mend(rig);
            phase = now.phase;
            const isNext = phase === 'fetching' && most > (brokenAt.length + 1) * 1_500_000;
            if (!isNext || brokenAt.length === 2) return;
            brokenAt.push(most);
            make(rig);
          },
        },
      );
      expect(result).toMatchObject({ kind: 'fetched', files: [{ bytes: bytes.length, checked: 'hash' }] });
      expect((await readFile(join(to, 'dataset.npz'))).equals(bytes)).toBe(true);
      expect(await readdir(to)).toEqual(['dataset.npz']);
      expect(brokenAt).toHaveLength(2);
      expect(Math.max(...brokenAt)).toBeLessThan(bytes.length);
      const passed = rig.relay.passed();
      expect(passed.connections).toBeGreaterThanOrEqual(before.connections + 2);
      // What was there was not fetched again; only what was under way at a break came twice.
      expect(passed.toClient - before.toClient).toBeLessThan(bytes.length * 1.7);
      rig.relay.setBandwidth(null);
      await rm(to, { recursive: true });
      await rig.seesNewWork('after the fetch');
      expect(rig.events).toEqual([]);
    });
  });
}

async function writeResult({ job }: NetworkRig, bytes: Buffer): Promise<void> {
  const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
  const record = { version: 1, file: 'dataset.npz', bytes: bytes.length, sha256: hash(bytes) };
  const more = { basis: hash(Buffer.from('basis')), at: new Date().toISOString() };
  await writeFile(join(job.dir, 'dataset.npz'), bytes);
  await writeFile(join(job.dir, '.milepost/merged.json'), JSON.stringify({ ...record, ...more }));
}
