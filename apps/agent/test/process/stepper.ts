import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PYTHON } from '@milepost/testing/python';
import { waitFor } from '@milepost/testing/waitFor';
import { z } from 'zod';

const startSchema = z.object({
  pid: z.number(),
  args: z.array(z.string()),
  resume: z.string().nullable(),
  checkpoint: z.string().nullable(),
  from: z.number(),
});
export type Start = z.infer<typeof startSchema>;

/**
 * A program in one process, as people write them, with which a test decides how far it gets: it counts its steps, saves a
 * checkpoint of its own (a zip, as PyTorch's are) at every tenth, and goes on from the one that it is given.
 */
export interface Stepper {
  command: string[];
  /** Lets all steps below `step` be done. */
  open(step: number): Promise<void>;
  starts(): Promise<Start[]>;
  /** Waits for its start of this number, from 1. */
  started(number: number): Promise<Start>;
  /** How many steps it has done, over all starts; written when each is done and saved. */
  done(): Promise<number>;
  waitUntilDone(step: number): Promise<void>;
}

const PROGRAM = `
import json, os, signal, sys, time, zipfile
here, steps = sys.argv[1], int(sys.argv[2])
given = sys.argv[sys.argv.index('--resume-from') + 1] if '--resume-from' in sys.argv else os.environ.get('MILEPOST_CHECKPOINT')
def load(path):
    with zipfile.ZipFile(path) as saved:
        return int(saved.read('step'))
first = load(given) if given else 0
with open(here + '/starts', 'a') as log:
    log.write(json.dumps({'pid': os.getpid(), 'args': sys.argv[3:], 'resume': os.environ.get('MILEPOST_RESUME'),
                          'checkpoint': os.environ.get('MILEPOST_CHECKPOINT'), 'from': first}) + '\\n')
def save(step):
    os.makedirs('ckpt', exist_ok=True)
    with zipfile.ZipFile('ckpt/step_%03d.pt' % step, 'w') as out:
        out.writestr('step', str(step))
        out.writestr('weights', os.urandom(5000))
def gate():
    with open(here + '/gate') as file:
        return int(file.read())
def on_term(signum, frame):
    save(at)
    sys.exit(0)
if os.path.exists(here + '/saves-on-term'):
    signal.signal(signal.SIGTERM, on_term)
at = first
for at in range(first, steps):
    while at >= gate() and not os.path.exists(here + '/fails'):
        time.sleep(0.02)
    if os.path.exists(here + '/fails'):
        sys.exit('CUDA out of memory')
    if (at + 1) % 10 == 0:
        save(at + 1)
    with open(os.environ['MILEPOST_PROGRESS'] + '.new', 'w') as out:
        out.write('%d/%d' % (at + 1, steps))
    os.replace(os.environ['MILEPOST_PROGRESS'] + '.new', os.environ['MILEPOST_PROGRESS'])
    with open(here + '/done.new', 'w') as out:
        out.write(str(at + 1))
    os.replace(here + '/done.new', here + '/done')
print('all steps done')
`;

export async function makeStepper(dir: string, steps: number): Promise<Stepper> {
  const program = join(dir, 'stepper.py');
  await writeFile(program, PROGRAM);
  const open = async (step: number) => {
    await writeFile(join(dir, 'gate.new'), `${step}\n`);
    await rename(join(dir, 'gate.new'), join(dir, 'gate'));
  };
  await open(0);
  const starts = async () => {
    const text = await readFile(join(dir, 'starts'), 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => startSchema.parse(JSON.parse(line)));
  };
  const done = async () => Number(await readFile(join(dir, 'done'), 'utf8').catch(() => '0'));
  return {
    command: [PYTHON, program, dir, String(steps)],
    open,
    starts,
    started: (number) => waitFor(`start ${number} of the program`, async () => (await starts())[number - 1]),
    done,
    async waitUntilDone(step) {
      await waitFor(`step ${step} to be done`, async () => (await done()) >= step);
    },
  };
}
