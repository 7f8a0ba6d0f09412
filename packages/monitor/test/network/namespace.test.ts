import { makeNamespace, type NetworkNamespace, noNamespaces } from '@milepost/testing/networkNamespace';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionPids } from '../sshSessions.ts';
import { HARMLESS, type NetworkRig, startRig } from './rig.ts';

// A real wire: what a relay can't do, since it ends TCP on both of its sides.

const whyNot = noNamespaces();
const isLong = process.env['MILEPOST_LONG'] === '1';
let network: NetworkNamespace;
let rig: NetworkRig | undefined;

beforeEach(async (context) => {
  if (whyNot !== null) context.skip(whyNot);
  network = makeNamespace();
  rig = await startRig({
    withoutRelay: true,
    sshd: { address: network.address, enter: network.enter },
    ssh: { callDeadlineMs: 3000, readyDeadlineMs: 5000 },
  });
  await waitFor('the job', () => rig?.view()?.state === 'running');
});

afterEach(async () => {
  if (whyNot !== null) return;
  await rig?.close();
  rig = undefined;
  network.remove();
});

function current(): NetworkRig {
  if (rig === undefined) throw new Error('not started');
  return rig;
}

function expectHarmless({ states, events, longestPollMs }: NetworkRig): void {
  expect([...states].filter((state) => !HARMLESS.includes(state))).toEqual([]);
  expect(events).toEqual([]);
  expect(longestPollMs()).toBeLessThan(30_000);
}

describe('a wire', () => {
  it('that loses 5 % of its packets both ways: polls go on, and every state stays true', async () => {
    const rig = current();
    network.setLoss(5);
    for (let time = 0; time < (isLong ? 100 : 20); time += 1) await rig.seesNewWork('through the loss');
    network.setLoss(0);
    await rig.seesNewWork('without loss');
    expectHarmless(rig);
  });

  it(`that is pulled for ${isLong ? '10 s and for 2 min' : '10 s'}: unreachable meanwhile, then seen again`, async () => {
    const rig = current();
    for (const seconds of isLong ? [10, 120] : [10]) {
      network.setLink(false);
      await waitFor('unreachable', () => rig.link() === 'unreachable');
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      network.setLink(true);
      await rig.seesNewWork('after the wire was put back');
    }
    expectHarmless(rig);
  }, 240_000);

  it('that is pulled and never put back: stop ends at once, and leaves nothing here', async () => {
    const rig = current();
    network.setLink(false);
    const asked = rig.monitor.pollNow();
    const began = performance.now();
    await rig.stop();
    await asked;
    expect(performance.now() - began).toBeLessThan(2000);
    network.setLink(true);
    // The host learns of it by its own means (here: our test's end); nothing on this side holds it up.
    expect(sessionPids(rig.sshd).length).toBeGreaterThanOrEqual(0);
    expectHarmless(rig);
  });
});
