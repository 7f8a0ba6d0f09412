import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestHost } from '@milepost/testing/agentHost';
import { type AppDriver, launchApp } from '../../apps/desktop/test/driver/driver.ts';

/** Starts the app with alerts on and this host watched, which it asks every second. */
export async function launchWatching(host: TestHost): Promise<AppDriver> {
  const userDataDir = join(host.dir, 'userData');
  await mkdir(userDataDir, { recursive: true });
  const settings = {
    version: 1,
    alerts: { state: 'on' },
    hosts: [{ id: 'gpu-1', destination: host.sshd.alias, paths: [] }],
    sshConfigFile: host.sshd.config,
    knownHostsFile: null,
    poll: { runningSeconds: 1, watchingSeconds: 1, idleSeconds: 1 },
  };
  await writeFile(join(userDataDir, 'settings.json'), JSON.stringify(settings));
  return launchApp({ userDataDir });
}
