import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseProgress } from '@milepost/shared/progress/parse';
import { PYTHON } from '@milepost/testing/python';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';
import { processesOf } from './aftermath.ts';
import { chooseSeed, numberFrom, type Random, seededRandom } from './random.ts';

// A program that runs whole and saves checkpoints of its own, slowly and in place, as people's programs do. SIGKILL at
// random instants for its agent, for itself, or for both, until it is done: it must never go on from half a checkpoint,
// and its result must be the one of an undisturbed run.

const KILLS = Math.ceil(numberFrom('MILEPOST_KILLS', 216) / 12);
const STEPS = 400;

/** Each step's state is the hash of the one before: what is lost or done twice gives another result. */
const PROGRAM = `
import hashlib, io, os, sys, time, zipfile
steps = int(sys.argv[1])
def save(step, state):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, 'w') as out:
        out.writestr('step', str(step))
        out.writestr('state', state)
        out.writestr('ballast', os.urandom(20000))
    with open('ckpt/step_%04d.pt' % step, 'wb', buffering=0) as file:
        for at in range(0, len(whole.getvalue()), 2500):
            file.write(whole.getvalue()[at:at + 2500])
            time.sleep(0.001)
os.makedirs('ckpt', exist_ok=True)
step, state = 0, 'begin'
given = os.environ.get('MILEPOST_CHECKPOINT')
if given:
    try:
        with zipfile.ZipFile(given) as saved:
            assert saved.testzip() is None
            step, state = int(saved.read('step')), saved.read('state').decode()
    except Exception as error:
        with open('bad', 'a') as bad:
            print(given, repr(error), file=bad)
        raise
print('step %d/%d' % (step, steps), flush=True)
while step < steps:
    time.sleep(0.002)
    step, state = step + 1, hashlib.sha256(state.encode()).hexdigest()
    print('step %d/%d' % (step, steps), flush=True)
    if step % 20 == 0:
        save(step, state)
with open('result', 'w') as file:
    file.write(state)
`;

let home: AgentHome;
beforeAll(async () => {
  home = await makeAgentHome();
  writeFileSync(join(home.dir, 'program.py'), PROGRAM);
});
afterAll(() => home.remove());

const path = (...names: string[]) => join(home.dir, ...names);
const textOf = (...names: string[]) =>
  existsSync(path(...names)) ? readFileSync(path(...names), 'utf8') : '';

function kill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Reads the file all the time, and keeps what should not have stood there. */
function watchProgress(file: string): { problems: string[]; reads: number; end(): void } {
  const seen = { problems: [] as string[], reads: 0, end: () => clearInterval(timer) };
  const timer = setInterval(() => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
    if (text === null) return;
    seen.reads += 1;
    const isWhole = text.startsWith('Progress: ') && text.endsWith('\n');
    const { problem } = parseProgress(text);
    if (!isWhole || problem !== null) seen.problems.push(`${problem}: ${JSON.stringify(text)}`);
  }, 2);
  return seen;
}

/** Kills one job at random instants until it is complete, or was killed so often; returns how often it was. */
async function killJob(folder: string, command: string[], random: Random, most: number): Promise<number> {
  const run = ['run', '--name', folder, '--dir', folder, '--checkpoints', 'ckpt/*.pt', '--', ...command];
  for (let kills = 0; kills < most; kills += 1) {
    const started = home.start(existsSync(path(folder, '.milepost')) ? ['resume', folder] : run);
    await Promise.race([delay(random.between(150, 1500)), started.ended]);
    const victim = random.pick(['agent', 'program', 'both']);
    const number = (await home.progress(folder))?.runs ?? 1;
    // As the run wrote it before the program began.
    const pid = Number.parseInt(textOf(folder, '.milepost/scratch', `run_${number}`, 'pid'), 10) || 0;
    if (victim !== 'program' || pid === 0) started.child.kill('SIGKILL');
    if (victim !== 'agent') kill(pid);
    const { code } = await started.ended;
    expect(textOf('bad')).toBe('');
    if (code === 0) return kills;
  }
  expect(await home.milepost(['resume', folder])).toMatchObject({ code: 0 });
  return most;
}

test('killed at random instants it ends with the result of an undisturbed run, never from half a checkpoint', {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const command = [PYTHON, path('program.py'), String(STEPS)];
  expect((await home.milepost(['run', '--dir', 'once', '--', ...command])).code).toBe(0);
  const result = textOf('result');
  const random = seededRandom(chooseSeed());
  let kills = 0;
  let jobs = 0;
  let reads = 0;
  while (kills < KILLS) {
    jobs += 1;
    const folder = `job-${jobs}`;
    for (const made of ['ckpt', 'result']) rmSync(path(made), { recursive: true, force: true });
    const seen = watchProgress(path(folder, 'PROGRESS.txt'));
    kills += await killJob(folder, command, random, KILLS - kills).finally(seen.end);
    reads += seen.reads;
    expect(seen.problems).toEqual([]);
    expect(textOf('result')).toBe(result);
    expect(await home.progress(folder)).toMatchObject({ status: 'complete', total: STEPS, completed: STEPS });
    expect(readdirSync(path(folder, '.milepost/scratch'))).toEqual([]);
    expect(await processesOf(home.dir)).toEqual([]);
  }
  expect(reads).toBeGreaterThan(KILLS);
  console.log(`${kills} kills in ${jobs} jobs, ${reads} reads.`);
});
