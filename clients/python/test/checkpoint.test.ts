import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processRecordSchema } from '@milepost/shared/processRecord';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePythonHome, PYTHON, type PythonHome } from './pythonHome.ts';

// milepost.checkpoint and milepost.latest: the state of a training loop, saved on the way.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

/** A training loop of 50 steps whose state is a number; each step waits until the gate is above it. */
const TRAIN = `
import json, os, pathlib, sys, time
import milepost

every = sys.argv[1] if len(sys.argv) > 1 else "5"
every = int(every) if every.isdigit() else every
found = milepost.latest()
step, state = found[0], json.loads(pathlib.Path(found[1]).read_text()) if found else 1
with open("from", "a") as log:
    print(step, file=log)
if os.environ.get("DIE") == "loading":
    os._exit(9)

def save(path):
    with open(path, "w") as file:
        json.dump(state, file)

while step < 50:
    while step >= int(pathlib.Path("gate").read_text()):
        time.sleep(0.01)
    state = (state * 31 + step) % 1000003
    step += 1
    milepost.checkpoint(step, save, every=every, keep=3, total=50, ext=".json")
print(state)
`.replace(
  'step, state = found[0], json.loads(pathlib.Path(found[1]).read_text()) if found else 1',
  'step, state = (found[0], json.loads(pathlib.Path(found[1]).read_text())) if found else (0, 1)',
);

const FOLDER = 'milepost-train';
const lastEnd = () => home.runs(FOLDER).findLast((record) => record.kind === 'end');
const checkpoints = () => home.agent.checkpoints(FOLDER);
const begun = () => readFileSync(join(home.dir, 'from'), 'utf8').trim().split('\n').map(Number);
const processRecord = () =>
  processRecordSchema.parse(
    JSON.parse(readFileSync(join(home.dir, FOLDER, '.milepost', 'process.json'), 'utf8')),
  );

let undisturbed: string | undefined;
/** What the loop prints when nothing comes between. */
async function expected(): Promise<string> {
  if (undisturbed !== undefined) return undisturbed;
  const other = await makePythonHome();
  try {
    await other.write('train.py', TRAIN);
    await other.open(50);
    undisturbed = (await other.run(['train.py'])).stdout;
    expect(undisturbed).toMatch(/^\d+\n$/);
    return undisturbed;
  } finally {
    await other.remove();
  }
}

async function start(args: string[] = [], env: Record<string, string> = {}) {
  await home.write('train.py', TRAIN);
  return home.start(['train.py', ...args], { env });
}

/** Saved is what the ledger has: the file stands there a moment before, and a kill in between makes it nobody's. */
const reached = (name: string) => waitFor(name, () => home.ledger(FOLDER).some(({ file }) => file === name));

describe('a training loop', () => {
  test('keeps its last checkpoints, and is complete at its last step', async () => {
    await home.open(50);
    const program = await start();
    expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: await expected() });
    expect(await checkpoints()).toEqual([
      'checkpoint_00040.json',
      'checkpoint_00045.json',
      'checkpoint_00050.json',
    ]);
    expect(home.ledger(FOLDER).map(({ index, first, count }) => [index, first, count])).toEqual(
      Array.from({ length: 10 }, (_, at) => [at, 0, 5 * at + 5]),
    );
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 50,
      total: 50,
      unit: 'steps',
      checkpoints: 3,
      lastCheckpoint: 'checkpoint_00050.json',
      problem: null,
    });
    expect(processRecord().checkpoints.map(({ path }) => path)).toEqual(
      [50, 45, 40].map((step) => join(home.dir, FOLDER, `checkpoint_000${step}.json`)),
    );
  });

  test('clears away what a kill left half written of its records', async () => {
    await home.open(50);
    await (await start()).ended;
    const meta = join(home.dir, FOLDER, '.milepost');
    // Without its runs it is not known to be complete, and runs again.
    await rm(join(meta, 'runs.jsonl'));
    for (const name of ['process', 'job']) await writeFile(join(meta, `.${name}.json.4194305.tmp`), '{"half');
    expect(await (await start()).ended).toMatchObject({ code: 0 });
    expect(readdirSync(meta).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('goes on from the newest after a kill, to the same end', async () => {
    const killed = await start();
    await home.open(12);
    await reached('checkpoint_00010.json');
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^train +running/m);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    await home.open(50);
    expect(await (await start()).ended).toMatchObject({ code: 0, stderr: '', stdout: await expected() });
    expect(begun()).toEqual([0, 10]);
    expect(processRecord().tries).toMatchObject([
      { run: 2, checkpoint: join(home.dir, FOLDER, 'checkpoint_00010.json'), progressed: true },
    ]);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('saves at once when it gets %s, and ends', async (signal) => {
    const program = await start(['5m']);
    await home.open(7);
    await waitFor('step 7', async () => (await home.agent.progress(FOLDER))?.completed === 7);
    expect(await checkpoints()).toEqual([]);
    process.kill(program.pid, signal);
    await home.open(8);
    expect(await program.ended).toMatchObject({
      code: signal === 'SIGTERM' ? 143 : 129,
      stdout: '',
      stderr: '',
    });
    expect(await checkpoints()).toEqual(['checkpoint_00008.json']);
    expect(lastEnd()).toMatchObject({ outcome: 'interrupted', reason: `ended by ${signal}` });
    await home.open(50);
    expect(await (await start(['5m'])).ended).toMatchObject({ code: 0, stdout: await expected() });
    expect(begun()).toEqual([0, 8]);
  });

  test('saves and ends when it is asked to stop; --now ends it without', async () => {
    const program = await start(['5m']);
    await home.open(7);
    await waitFor('step 7', async () => (await home.agent.progress(FOLDER))?.completed === 7);
    await home.agent.milepost(['stop', 'train']);
    await waitFor('the request to be seen', async () =>
      (await home.agent.progress(FOLDER))?.message?.startsWith('asked to stop'),
    );
    await home.open(8);
    expect(await program.ended).toMatchObject({ code: 5, stdout: '', stderr: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'stopped' });
    const again = await start(['5m']);
    await home.open(20);
    await waitFor('step 20', async () => (await home.agent.progress(FOLDER))?.completed === 20);
    await home.agent.milepost(['stop', 'train', '--now']);
    expect(await again.ended).toMatchObject({ code: 5, stdout: '' });
    expect(await checkpoints()).toEqual(['checkpoint_00008.json']);
  });

  test('saves on a timer', async () => {
    await home.write(
      'train.py',
      `import milepost, time\nfor step in range(1, 31):\n    time.sleep(0.03)\n    milepost.checkpoint(step, str(step).encode(), every="0.2s", keep=99)\n`,
    );
    expect(await home.run(['train.py'])).toMatchObject({ code: 0, stderr: '' });
    const saved = home.ledger(FOLDER).length;
    expect(saved).toBeGreaterThanOrEqual(2);
    expect(saved).toBeLessThanOrEqual(6);
    // Nobody said how many there would be: it came to its end without an error.
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 30,
      total: null,
    });
  });

  test('uses the one before where a checkpoint is damaged, or where a run died from it before it got further', async () => {
    const killed = await start();
    await home.open(17);
    await reached('checkpoint_00015.json');
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    // It dies as it loads: the next one takes the one before, and then, since that helps no more, the newest again.
    for (let time = 0; time < 3; time += 1) await (await start([], { DIE: 'loading' })).ended;
    expect(begun()).toEqual([0, 15, 10, 5]);
    await (await start([], { DIE: 'loading' })).ended;
    expect(begun().at(-1)).toBe(15);
    await home.open(18);
    const further = await start();
    await waitFor('progress', () => processRecord().tries.at(-1)?.progressed);
    process.kill(further.pid, 'SIGKILL');
    await further.ended;
    // It got further from there: nothing speaks against it any more.
    truncateSync(join(home.dir, FOLDER, 'checkpoint_00015.json'), 1);
    await home.open(50);
    const last = await (await start()).ended;
    expect(last).toMatchObject({ code: 0, stdout: await expected() });
    expect(last.stderr).toMatch(/checkpoint_00015\.json is \d bytes short: it is not gone on from/);
  });

  test.each([
    ['fsync', 9],
    ['rename', 5],
  ])('comes to the same end when it is killed at each %s in turn, of every few', async (call, step) => {
    await home.open(50);
    await home.write('train.py', TRAIN);
    let kills = 0;
    for (let when = 1; when < 200; when += step) {
      const through = ['strace', '-D', '-qq', '-o', join(home.dir, 'log'), '-e', `trace=${call}`];
      const inject = ['-e', `inject=${call}:signal=KILL:when=${when}`];
      const ended = await home.run(['train.py'], { through: [...through, ...inject] });
      if (ended.signal !== 'SIGKILL') {
        expect(ended).toMatchObject({ code: 0, stdout: await expected() });
        break;
      }
      kills += 1;
    }
    expect(kills).toBeGreaterThanOrEqual(3);
    expect((await checkpoints()).at(-1)).toBe('checkpoint_00050.json');
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 50,
      problem: null,
    });
  });

  test('takes no longer for a save because there were many before', async () => {
    await home.write(
      'train.py',
      `
import os, milepost
reads = []
read = milepost._read_records
milepost._read_records = lambda path, *rest: [reads.append(os.path.basename(path)), read(path, *rest)][1]
for step in range(1, 31):
    milepost.checkpoint(step, b"x", every=1, keep=2)
    if step == 20:
        os.remove("milepost-train/checkpoint_00020")
print(reads.count("ledger.jsonl"))
`,
    );
    expect(await home.run(['train.py'])).toMatchObject({ code: 0, stderr: '', stdout: '1\n' });
    expect(await checkpoints()).toEqual(['checkpoint_00029', 'checkpoint_00030']);
    expect(processRecord().checkpoints).toHaveLength(2);
  });

  test('tells the agent above it how far it was at its end', async () => {
    await home.write(
      'train.py',
      'import milepost\nfor step in range(1, 51): milepost.checkpoint(step, b"x", total=50, dir="state")\n',
    );
    const run = ['run', '--name', 'above', '--', PYTHON, 'train.py'];
    expect(await home.agent.milepost(run, { env: home.env })).toMatchObject({ code: 0 });
    expect(await home.agent.progress('above')).toMatchObject({
      status: 'complete',
      completed: 50,
      total: 50,
    });
  });

  test('is looked at by other programs without being changed', async () => {
    const look = 'import milepost; found = milepost.latest("milepost-train"); print(found and found[0])';
    expect(await home.run(['-c', look])).toMatchObject({ code: 0, stdout: 'None\n' });
    expect(existsSync(join(home.dir, FOLDER))).toBe(false);
    const program = await start();
    await home.open(12);
    await reached('checkpoint_00010.json');
    expect(await home.run(['-c', look])).toMatchObject({ code: 0, stdout: '10\n', stderr: '' });
    process.kill(program.pid, 'SIGKILL');
    await program.ended;
    expect(await home.run(['-c', look])).toMatchObject({ code: 0, stdout: '10\n', stderr: '' });
    expect(home.runs(FOLDER)).toHaveLength(1);
  });

  test('refuses what would be lost or belongs to another', async () => {
    await home.open(50);
    await (await start()).ended;
    const ask = (line: string) => home.run(['-c', `import milepost; ${line}`]);
    const other = await ask('milepost.checkpoint(1, b"", dir="milepost-train")');
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^milepost: .*milepost-train belongs to another program: \[.*train\.py"\]\. Nothing was changed\.\nTake another folder: dir=\n$/,
      ),
    });
    expect((await ask('milepost.checkpoint(1, lambda path: None, dir="x", now=True)')).stderr).toMatch(
      /^milepost: write made no output at .*, so step 1 was not saved\./,
    );
    expect((await ask('milepost.checkpoint(-1, b"", dir="x")')).stderr).toMatch(
      /^milepost: step takes a whole number, 0 or more/,
    );
    await rm(join(home.dir, 'x'), { recursive: true });
    await writeFile(join(home.dir, 'gate'), '50');
    const job = await ask(
      '[job.save(b, b"x") for job in [milepost.Job("x", total=1)] for b in job.batches()]; milepost.checkpoint(1, b"", dir="x")',
    );
    expect(job.stderr).toMatch(/^milepost: .*x holds a job of another kind \(x\)/);
  });

  test('refuses what a newer Milepost knows of it, and goes on without what makes no sense', async () => {
    await home.open(12);
    const killed = await start();
    await reached('checkpoint_00010.json');
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    const file = join(home.dir, FOLDER, '.milepost', 'process.json');
    const newer = '{"version":2,"tries":[]}\n';
    await writeFile(file, newer);
    expect(await (await start()).ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^milepost: The records in .*\.milepost can't be used: it was written by a newer Milepost .*\.\nNothing was changed\.\n$/,
      ),
    });
    expect(readFileSync(file, 'utf8')).toBe(newer);
    expect(home.runs(FOLDER)).toHaveLength(1);
    const odd = {
      run: 1,
      checkpoint: null,
      modifiedAt: null,
      bootId: null,
      progressed: false,
      outcome: null,
    };
    const tries = [
      ...[
        [],
        { ...odd, run: [] },
        { ...odd, run: 0 },
        { ...odd, checkpoint: {} },
        { ...odd, modifiedAt: [] },
      ],
      ...[
        { ...odd, bootId: 5 },
        { ...odd, progressed: null },
      ],
    ];
    await writeFile(file, JSON.stringify({ version: 1, reading: null, checkpoints: [], tries }));
    await home.open(50);
    expect(await (await start()).ended).toMatchObject({ code: 0, stderr: '', stdout: await expected() });
    expect(processRecord().tries).toMatchObject([{ run: 2, progressed: true }]);
  });

  test('saves folders, and the same step again', async () => {
    await home.write(
      'train.py',
      `
import os, milepost
def save(path):
    os.mkdir(path)
    open(os.path.join(path, "state"), "w").write(str(os.getpid()))
for step in milepost.track([1, 2]):
    print(milepost.checkpoint(step, save, now=True))
`,
    );
    const first = await home.run(['train.py']);
    const again = await home.run(['train.py']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(again).toMatchObject({ code: 0, stderr: '', stdout: first.stdout });
    expect(await checkpoints()).toEqual(['checkpoint_00001', 'checkpoint_00002']);
    expect(readdirSync(join(home.dir, FOLDER, '.milepost', 'scratch'))).toEqual([]);
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 2,
      checkpoints: 2,
    });
  });
});
