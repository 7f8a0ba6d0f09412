import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestHost } from './host.ts';

/** A job on a test's host whose batches each wait until the test lets them through. */
export interface GatedJob {
  results: string;
  /** Lets all batches below this number end. */
  open(batches: number): Promise<void>;
}

/** Starts a job of 10 batches of one item there, in the background, under the ID `gated`. */
export async function startGatedJob(host: TestHost): Promise<GatedJob> {
  const gate = join(host.dir, 'gate');
  const results = join(host.dir, 'results');
  const agent = join(host.sshd.home, '.local/bin/milepost');
  async function open(batches: number): Promise<void> {
    await writeFile(`${gate}.new`, 'x'.repeat(batches));
    await rename(`${gate}.new`, gate);
  }
  await open(0);
  const batch = `echo "batch {start}" >&2; while [ "$(wc -c < ${gate})" -le {start} ]; do sleep 0.05; done; echo {start}`;
  await host.ssh([
    ...[agent, 'run', '--name', 'gated', '--dir', results, '--total', '10', '--every', '1', '--ext', '.txt'],
    ...['--merge', 'concat', '--detach', '--', 'sh', '-c', batch],
  ]);
  return { results, open };
}
