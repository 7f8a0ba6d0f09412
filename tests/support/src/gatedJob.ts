import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunRecord, runRecordSchema } from '@milepost/shared/job';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import type { TestHost } from './agentHost.ts';

/** A job on a test's host whose batches each wait until the test lets them through. */
export interface GatedJob {
  results: string;
  total: number;
  /** Lets all batches below this number end. */
  open(batches: number): Promise<void>;
  /** What its records say of its runs, oldest first. */
  runs(): Promise<RunRecord[]>;
}

export interface GatedJobOptions {
  /** Of batches, each of one item; 10 by default. */
  total?: number;
  /** The job's folder is there already, with checkpoints that become the job's. */
  adopt?: boolean;
  /** What a batch prints when it is let through, as a shell line. */
  print?: string;
  /** As `--merge` takes it. */
  merge?: string;
  /** Where the job's folder is made; the host's test folder by default. */
  parent?: string;
}

/** Where the folder of a test's job is. */
export function gatedResults(parent: string, name: string): string {
  return join(parent, `results-${name}`);
}

/** Starts a job of batches of one item there, in the background; its ID is its name. */
export async function startGatedJob(
  host: TestHost,
  name = 'gated',
  {
    total = 10,
    adopt = false,
    print = 'echo {start}',
    merge = 'concat',
    parent = host.dir,
  }: GatedJobOptions = {},
): Promise<GatedJob> {
  const gate = join(host.dir, `gate-${name}`);
  const results = gatedResults(parent, name);
  const agent = join(host.sshd.home, '.local/bin/milepost');
  async function open(batches: number): Promise<void> {
    await writeFile(`${gate}.new`, 'x'.repeat(batches));
    await rename(`${gate}.new`, gate);
  }
  await open(0);
  const batch = `echo "batch {start}" >&2; while [ "$(wc -c < ${gate})" -le {start} ]; do sleep 0.05; done; ${print}`;
  await host.ssh([
    ...[
      agent,
      'run',
      '--name',
      name,
      '--dir',
      results,
      '--total',
      `${total}`,
      '--every',
      '1',
      '--ext',
      '.txt',
    ],
    ...(adopt ? ['--adopt'] : []),
    ...['--merge', merge, '--detach', '--', 'sh', '-c', batch],
  ]);
  return {
    results,
    total,
    open,
    async runs() {
      const text = await readFile(join(results, '.milepost/runs.jsonl'), 'utf8');
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => runRecordSchema.parse(decodeRecordLine(line)));
    },
  };
}
