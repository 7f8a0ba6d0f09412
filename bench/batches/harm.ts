import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { waitFor } from '@milepost/testing/waitFor';
import { emptyPart, type PartMeasured, type Table } from '../page/record.ts';
import type { SpeedResult } from '../speed/result.ts';
import { type Fate, fateOf } from './judge.ts';
import { killTree } from './killTree.ts';
import { launch, milepost, parallel, type Runner } from './runners.ts';
import { type BatchFolder, batchFolder, expectedHashes, outputsOf, scripts, type Work } from './work.ts';

const WORK: Work = { batches: 24, items: 4000 };
const JOBS = 2;

/** What can happen to an output that is saved and recorded: a power cut, a full disk, a hand. */
const harms: readonly { what: string; isCut: boolean; harm: (path: string) => void }[] = [
  {
    what: 'its output is empty, as after a power cut without fsync',
    isCut: true,
    harm: (path) => truncateSync(path, 0),
  },
  {
    what: 'its output is cut off in the middle',
    isCut: true,
    harm: (path) => truncateSync(path, readFileSync(path).length >> 1),
  },
  { what: 'its output is gone', isCut: true, harm: (path) => rmSync(path) },
  {
    what: 'one byte of its output has changed',
    isCut: false,
    harm: (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  },
];
const RECORD_CUT = "its output is gone, and the record's last line was cut off with it";
const KILLED_COMMAND = 'its command got SIGKILL half way, as without memory; the run went on';

/** Each harm, and what each runner made of it. */
interface Judged {
  what: string;
  isCut: boolean;
  fates: Fate[];
}

/** What a resume takes for done, of batches whose outputs aren't whole. */
export async function whatCounts(under: string, agent: string): Promise<PartMeasured> {
  const runners = [
    milepost(agent),
    milepost(agent, { verify: true }),
    parallel('--resume'),
    parallel('--resume-failed'),
  ];
  const expected = expectedHashes(batchFolder(under, WORK, scripts.plain));
  const judged: Judged[] = [];
  for (const runner of runners) {
    const fates = [
      ...(await harmedOutputs(under, runner, expected)),
      await cutRecord(under, runner, expected),
      await killedCommand(under, runner, expected),
    ];
    for (const [at, { what, isCut, fate }] of fates.entries()) {
      judged[at] ??= { what, isCut, fates: [] };
      judged[at].fates.push(fate);
    }
  }
  return { ...emptyPart(), results: [takenResult(judged)], tables: [tableOf(judged, runners)] };
}

async function harmedOutputs(under: string, runner: Runner, expected: ReadonlyMap<string, string>) {
  const folder = await killedAtHalf(under, runner);
  const done = doneWhole(folder, runner, expected).slice(0, harms.length);
  for (const [at, first] of done.entries()) harms[at]?.harm(runner.fileOf(folder, first));
  const { after, refusal } = await resumed(folder, runner, expected, under);
  return harms.map(({ what, isCut }, at) => ({
    what,
    isCut,
    fate: fateOf(Number(done[at]), after, refusal),
  }));
}

async function cutRecord(under: string, runner: Runner, expected: ReadonlyMap<string, string>) {
  const folder = await killedAtHalf(under, runner);
  const before = new Set(doneWhole(folder, runner, expected));
  const record = runner.record(folder);
  const text = readFileSync(record, 'utf8');
  const lastLine = text.trimEnd().split('\n').at(-1) ?? '';
  // Of either record the last line names its batch: by its first item or by its number in the inputs.
  const named = /"first":(\d+)/.exec(lastLine)?.[1] ?? folder.firsts[Number(lastLine.split('\t')[0]) - 1];
  if (named === undefined || !before.has(named)) throw new Error(`${runner.name}: what is ${lastLine}?`);
  truncateSync(record, Buffer.byteLength(text) - (lastLine.length - (lastLine.length >> 2)));
  rmSync(runner.fileOf(folder, named));
  const { after, refusal } = await resumed(folder, runner, expected, under);
  return { what: RECORD_CUT, isCut: true, fate: fateOf(Number(named), after, refusal) };
}

async function killedCommand(under: string, runner: Runner, expected: ReadonlyMap<string, string>) {
  const victim = String(WORK.items * (WORK.batches >> 1));
  const folder = batchFolder(under, WORK, scripts.killedOnce(victim));
  await launch(runner.start(folder, JOBS), under).ended;
  const { after, refusal } = await resumed(folder, runner, expected, under);
  return { what: KILLED_COMMAND, isCut: true, fate: fateOf(Number(victim), after, refusal) };
}

async function killedAtHalf(under: string, runner: Runner): Promise<BatchFolder> {
  const folder = batchFolder(under, WORK, scripts.plain);
  const { child, ended } = launch(runner.start(folder, JOBS), under);
  await waitFor('half of the batches', () => runner.done(folder) >= WORK.batches / 2, { everyMs: 5 });
  killTree(child.pid ?? 0);
  await ended;
  return folder;
}

/** The first items of batches whose files are whole. */
function doneWhole(folder: BatchFolder, runner: Runner, expected: ReadonlyMap<string, string>): string[] {
  const outputs = outputsOf(folder, expected, (first) => runner.fileOf(folder, first));
  return outputs.filter((output) => output.found === output.expected).map(({ first }) => String(first));
}

async function resumed(
  folder: BatchFolder,
  runner: Runner,
  expected: ReadonlyMap<string, string>,
  under: string,
) {
  const { code, said } = await launch(runner.resume(folder, JOBS), under).ended;
  const after = outputsOf(folder, expected, (first) => runner.fileOf(folder, first));
  return { after, refusal: code === 0 ? null : said };
}

function tableOf(judged: readonly Judged[], runners: readonly Runner[]): Table {
  return {
    caption: 'What a resume makes of a batch to which this happened after, or while, it was saved:',
    head: ['what happened', ...runners.map(({ name }) => name)],
    rows: judged.map(({ what, fates }) => [what, ...fates]),
  };
}

/** Without options on our side, against both that parallel has. */
function takenResult(judged: readonly Judged[]): SpeedResult {
  const cut = judged.filter(({ isCut }) => isCut);
  const taken = (runner: number) => cut.filter(({ fates }) => fates[runner] === 'taken as done').length;
  const [ours, theirs, careful] = [taken(0), taken(2), taken(3)];
  return {
    what: 'outputs that are cut off, empty or gone and yet taken as done, against parallel --joblog --resume',
    ours: `${ours} of ${cut.length}`,
    against: `${theirs} of ${cut.length}`,
    measured: String(ours),
    goal: '0',
    met: ours === 0,
    note: `${careful} of ${cut.length} with --resume-failed; parallel goes by exit codes and looks at no output`,
    beside: {
      peer: 'GNU parallel',
      task: 'outputs cut off, empty or gone, yet taken as done',
      ahead: ours < theirs ? 'milepost' : ours > theirs ? 'peer' : 'same',
      by: '',
    },
  };
}
