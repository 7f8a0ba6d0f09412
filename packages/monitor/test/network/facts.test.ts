import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, describe, expect, it } from 'vitest';
import { type NetworkRig, startRig } from './rig.ts';

let rig: NetworkRig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

describe('a network that fails while the host is asked for its agent', () => {
  it('says nothing of the agent: it is asked again with the next connection', async () => {
    rig = await startRig({
      agentBefore: 'touch "$HOME/asked"; while [ ! -e "$HOME/go" ]; do sleep 0.02; done',
    });
    const { relay, sshd, monitor } = rig;
    const isThere = (name: string): Promise<boolean> =>
      access(join(sshd.home, name)).then(
        () => true,
        () => false,
      );
    await waitFor('the agent to be asked', () => isThere('asked'));
    relay.reset();
    await writeFile(join(sshd.home, 'go'), '');
    await rig.seesNewWork('after the reset');
    expect(monitor.view().hosts[0]).toMatchObject({ agent: { version: '0.1.0' }, problem: null });
  });
});
