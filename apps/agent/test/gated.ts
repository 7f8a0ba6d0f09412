import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';

export interface StartedBatch {
  first: number;
  pid: number;
}

/** A program with which a test decides how far a job gets: it prints its batch's numbers once it may. */
export interface Gated {
  command: string[];
  /** Lets all batches below `item` end. */
  open(item: number): Promise<void>;
  /** All batches that were started so far, in order. */
  batches(): Promise<StartedBatch[]>;
  /** Waits until the batch with this first item was started; its last start. */
  started(first: number): Promise<StartedBatch>;
}

export async function makeGated(dir: string): Promise<Gated> {
  const program = join(dir, 'gated.sh');
  await writeFile(
    program,
    `#!/bin/sh
echo "$1 $$" >> "${dir}/started"
while [ "$1" -ge "$(cat "${dir}/gate")" ]; do sleep 0.02; done
seq "$1" $(($1 + $2 - 1))
`,
  );
  await chmod(program, 0o755);
  // Replaced whole: the program must never read an empty gate.
  const open = async (item: number) => {
    await writeFile(join(dir, 'gate.new'), `${item}\n`);
    await rename(join(dir, 'gate.new'), join(dir, 'gate'));
  };
  await open(0);

  async function batches(): Promise<StartedBatch[]> {
    const text = await readFile(join(dir, 'started'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [first = -1, pid = -1] = line.split(' ').map(Number);
        return { first, pid };
      });
  }

  return {
    command: [program, '{start}', '{count}'],
    open,
    batches,
    started: (first) =>
      waitFor(`the batch at ${first} to start`, async () =>
        (await batches()).findLast((batch) => batch.first === first),
      ),
  };
}
