import { copyFile, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listAnswerSchema, planAnswerSchema } from '@milepost/shared/answers';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import {
  copyFrozenHome,
  FROZEN_HOME,
  FROZEN_HOST,
  FROZEN_V1,
  filesIn,
  readFrozen,
} from '@milepost/testing/frozen';
import { endFrozenStory, tellFrozenStory } from '@milepost/testing/frozenStory';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';
import { type AgentHome, type Ended, makeAgentHome, numbers } from './agent.ts';

// A host whose jobs an agent and a Python client of version 1 left behind: fixtures/v1/README.md of tests/support.

const CLIENT = fileURLToPath(new URL('../../../clients/python/milepost.py', import.meta.url));

describe('jobs of version 1, under this agent', () => {
  let home: AgentHome;
  let frozen: string;
  beforeEach(async () => {
    home = await makeAgentHome();
    frozen = join(home.dir, 'home');
    await copyFrozenHome(frozen);
    await copyFile(CLIENT, join(frozen, 'project/milepost.py'));
  });
  afterEach(() => home.remove());

  const milepost = (...args: string[]): Promise<Ended> =>
    home.milepost(args, { cwd: frozen, env: { ...home.env, HOME: frozen, XDG_STATE_HOME: '' } });
  const read = (...path: string[]) => readFile(join(frozen, ...path), 'utf8');

  test('are listed as they were, and what a resume would do is the same', async () => {
    const { jobs } = listAnswerSchema.parse(JSON.parse(await readFrozen('answers/list.json')));
    const listed = listAnswerSchema.parse(JSON.parse((await milepost('list', '--json')).stdout));
    expect(listed.jobs).toEqual(jobs.map((job) => ({ ...job, dir: job.dir.replace(FROZEN_HOME, frozen) })));
    for (const job of ['broken', 'dataset', 'frames', 'train', 'words']) {
      const plan = planAnswerSchema.parse(
        JSON.parse((await milepost('resume', job, '--plan', '--json')).stdout),
      );
      expect(plan).toEqual(JSON.parse(await readFrozen('answers', `plan-${job}.json`)));
    }
  });

  test.each([
    ['dataset', 'dataset.txt', numbers(0, 20)],
    ['words', 'words.txt', Array.from({ length: 20 }, (_, item) => `word ${item}\n`).join('')],
    ['train', '../project/model.txt', 'trained 10 epochs\n'],
    ['loop', undefined, undefined],
  ])('%s goes on to its end; what was written stays, byte for byte', async (job, result, content) => {
    const records = ['ledger.jsonl', 'runs.jsonl'];
    const before = await Promise.all(records.map((name) => read(job, '.milepost', name)));
    expect(await milepost('resume', job)).toMatchObject({ code: 0 });
    for (const [at, name] of records.entries()) {
      const now = await read(job, '.milepost', name);
      expect(now.startsWith(before[at] ?? '-')).toBe(true);
    }
    expect(await home.progress(join('home', job))).toMatchObject({
      status: 'complete',
    });
    if (result !== undefined) expect(await read(job, result)).toBe(content);
    if (job === 'train')
      expect(await read(job, '.milepost/output.log')).toContain('Run 3 began from ckpt/epoch-5.pt');
    if (job === 'dataset' || job === 'words') {
      expect(await milepost('verify', job)).toMatchObject({ code: 0, stderr: '' });
    }
    // Done again was nothing that was committed.
    const lines = (await read(job, '.milepost/ledger.jsonl')).split('\n').slice(0, -1);
    const firsts = lines.map((line) => Number(/"first":(\d+)/.exec(line)?.[1]));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test('a complete one is left as it is, and a lost result is merged again to the same bytes', async () => {
    const film = await read('frames/film.bin');
    const record = await read('frames/.milepost/runs.jsonl');
    expect(await milepost('resume', 'frames')).toMatchObject({ code: 0 });
    expect(await read('frames/.milepost/runs.jsonl')).toBe(record);
    await rm(join(frozen, 'frames/film.bin'));
    expect(await milepost('resume', 'frames')).toMatchObject({ code: 0 });
    expect(await read('frames/film.bin')).toBe(film);
  });

  test('one that failed fails again for the same reason, and keeps what it had', async () => {
    const ended = await milepost('resume', 'broken');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('no such file: 1.wav') });
    expect(await read('broken/checkpoint_00000')).toBe('0\n');
  });
});

/** Jobs that run for some seconds; the limit only catches hangs. */
const LONG = { timeout: 240_000 };

describe('what is written today', () => {
  test('is what version 1 wrote: the same files, with the same records in them', LONG, async () => {
    const temp = await makeTempDir();
    try {
      const answers = await tellFrozenStory(await ensureAgentBuilt(), temp.path);
      const [today, then] = await Promise.all([
        shapesIn(temp.path, temp.path, hostname()),
        shapesIn(join(FROZEN_V1, 'host'), FROZEN_HOME, FROZEN_HOST),
      ]);
      expect([...today.keys()]).toEqual([...then.keys()]);
      for (const [path, shape] of then) expect(today.get(path), path).toBe(shape);
      for (const [name, answer] of answers) {
        expect(shapeOf(answer, temp.path, hostname()), name).toBe(
          shapeOf(await readFrozen('answers', name), FROZEN_HOME, FROZEN_HOST),
        );
      }
    } finally {
      await endFrozenStory(temp.path);
      await temp.remove();
    }
  });
});

/** Not frozen: what a run makes room with, or has besides; and what the story itself puts there. */
const BESIDES = /\/(reserve|agent\.log|milepost\.py|hold-[a-z]+|__pycache__\/.*)$/;

/** Every file below `root` and its shape, by its path; an attempt's folder has a name of its own. */
async function shapesIn(root: string, home: string, host: string): Promise<Map<string, string>> {
  const shapes = new Map<string, string>();
  for (const file of await filesIn(root)) {
    if (BESIDES.test(file)) continue;
    const path = relative(root, file).replace(/(scratch\/\d+-\d+)-[^/]+/, '$1');
    // The system's own words of a process.
    const isPid = path.endsWith('/pid');
    shapes.set(path, isPid ? '' : shapeOf(await readFile(file, 'utf8'), home, host));
  }
  return shapes;
}

/** Values that are others each time, by their keys. */
const EACH_TIME =
  /^(uid|runId|at|createdAt|modifiedAt|since|lastUpdate|(elapsed|eta|atRisk|estimated|batchTimeout)?seconds|rateText|pid|startTime|bootId|pidNamespace|host|agent|node|inFlight)$/i;

/** A text with what is another one each time taken out: keys and their order, and all other values, stay. */
function shapeOf(text: string, home: string, host: string): string {
  const mask = (key: string, value: unknown): unknown => (EACH_TIME.test(key) ? '*' : value);
  return text
    .replaceAll(home, '~')
    .split('\n')
    .map((line) => {
      const record = line.startsWith('{"') ? (decodeRecordLine(line) ?? JSON.parse(line)) : undefined;
      return record === undefined ? line : JSON.stringify(record, mask);
    })
    .join('\n')
    .replace(/^(Elapsed|ETA|Last update|At risk): .*$/gm, '$1: *')
    .replace(/^(In flight|Rate): .*\n/gm, '')
    .replace(/^( +"(uid|createdAt)"): ".*"/gm, '$1: *')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '*')
    .replace(/\bpid \d+(, \d+)*/g, 'pid *')
    .replaceAll(`Host: ${host}`, 'Host: *');
}
