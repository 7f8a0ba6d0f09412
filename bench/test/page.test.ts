import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  type BenchRecord,
  type BenchRun,
  benchRecordSchema,
  emptyPart,
  PARTS,
  type PartMeasured,
  type PartRecord,
} from '../page/record.ts';
import { renderPage } from '../page/renderPage.ts';
import { withParts } from '../page/writePage.ts';
import { besideByRatio, type SpeedResult } from '../speed/result.ts';

const run = (at: string, command = 'pnpm bench -- --write'): BenchRun => ({
  command,
  at,
  cores: 2,
  cpu: 'Some CPU',
  memoryGib: 24,
  os: 'Debian GNU/Linux 12 (bookworm), Linux 6.1.0',
  disk: 'ext4',
  node: '20.20.2',
  peers: { OpenSSH: '9.2p1', 'GNU parallel': '20221122', tqdm: '4.64.1', Python: '3.11.2' },
});

const WHOLE = run('2026-11-28T18:00:00.000Z');

const result = (what: string, more: Partial<SpeedResult> = {}): SpeedResult => ({
  what,
  ours: '3 s',
  against: '4 s',
  measured: '0.75 x',
  goal: '1 x',
  met: true,
  note: null,
  ...more,
});

const measured = (
  results: SpeedResult[],
  { at = WHOLE, others = 0, ...more }: Partial<PartMeasured> & { at?: BenchRun; others?: number } = {},
): PartRecord => ({
  kind: 'measured',
  run: at,
  seconds: 30,
  othersPercent: { before: others, after: 0 },
  measured: { ...emptyPart(), results, ...more },
});

const recordOf = (parts: BenchRecord['parts']): BenchRecord => ({ version: 1, parts });

const all = recordOf(Object.fromEntries(PARTS.map((name) => [name, measured([result(`${name} measured`)])])));

describe('the page', () => {
  test('tells at its top where, when and how all was measured, and beside what', () => {
    const top = renderPage(all).split('\n## ')[0] ?? '';
    for (const told of [
      '`pnpm bench -- --write`, 3.5 min',
      '2026-11-28, 18:00 UTC',
      '2 cores (Some CPU), 24 GiB, ext4',
      'Debian GNU/Linux 12 (bookworm), Linux 6.1.0, Node 20.20.2',
      'OpenSSH 9.2p1, GNU parallel 20221122, tqdm 4.64.1, Python 3.11.2',
      'an idle machine',
    ]) {
      expect(top).toContain(told);
    }
  });

  test('has every part once, each with a link to it and its table', () => {
    const page = renderPage(all);
    const links = [...page.matchAll(/^- \[(.+)\]\((#.+)\): 1 of 1 goals met$/gm)];
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toHaveLength(PARTS.length);
    expect(links.map(([, name]) => name)).toEqual(headings);
    for (const name of PARTS) expect(page).toContain(`| ${name} measured `);
  });

  test('shows who is ahead, also where that is the other', () => {
    const page = renderPage(
      recordOf({
        poll: measured([result('a', { beside: besideByRatio('the scp loop', 'a look', 0.1) })]),
        batches: measured([
          result('b', { beside: besideByRatio('GNU parallel', 'short batches', 1.25) }),
          result('c', { beside: besideByRatio('GNU parallel', 'long batches', 1.01) }),
        ]),
      }),
    );
    expect(page).toMatch(
      /^\| \[a look\]\(#watching-beside-the-scp-loop\) +\| 3 s .* \*\*Milepost\*\*, 10 x/m,
    );
    expect(page).toMatch(/^\| \[short batches\].* \| GNU parallel: 4 s +\| GNU parallel, 1.25 x/m);
    expect(page).toMatch(/^\| \[long batches\].* \| about the same/m);
  });

  test('names every missed goal at its top, those of the estimates too', () => {
    const page = renderPage(
      recordOf({
        speed: measured([result('slow thing', { measured: '5.17 x', goal: '1.5 x', met: false })]),
        eta: measured([], { goals: { count: 3, missed: ['time left, resume: 0.70 (goal 0.5)'] } }),
      }),
    );
    const top = page.split('\n## ')[0] ?? '';
    expect(top).toContain('- slow thing: 5.17 x (goal 1.5 x)');
    expect(top).toContain('- time left, resume: 0.70 (goal 0.5)');
    expect(top).toContain('2 of 3 goals met');
    expect(page).toMatch(/\| slow thing .*\| \*\*no\*\* +\|$/m);
  });

  test('a figure without a goal is none that is missed', () => {
    const page = renderPage(recordOf({ batches: measured([result('told', { goal: null })]) }));
    expect(page).toContain('Every goal is met.');
    expect(page).toContain('0 of 0 goals met');
  });

  test('names with its reason what could not be measured, a part or a thing in it', () => {
    const page = renderPage(
      recordOf({
        app: { kind: 'unmeasured', run: WHOLE, reason: 'this machine has no chromium' },
        batches: measured([result('b')], { unmeasured: [{ what: 'syncs', reason: 'no strace' }] }),
      }),
    );
    expect(page).toContain('- [The app](#the-app): **not measured**: this machine has no chromium');
    expect(page).toMatch(/## The app\n\nNot measured by .*: this machine has no chromium\./);
    expect(page).toContain('**not measured**: syncs (no strace)');
    expect(page).toContain('Not measured: syncs: no strace.');
    expect(page).toContain('never measured');
  });

  test('says so when others worked on the machine', () => {
    const page = renderPage(recordOf({ speed: measured([result('a')], { others: 73 }) }));
    expect(page).toContain('**others worked on the machine at the same time**, up to 73 % of it');
  });
});

describe('one part measured anew', () => {
  const later = run('2026-12-01T09:00:00.000Z', 'pnpm bench speed --write');
  const record = withParts(all, { speed: measured([result('anew')], { at: later, others: 50 }) });

  test('takes the place of the old one, and nothing else changes', () => {
    expect(renderPage(record)).not.toContain('speed measured');
    for (const name of PARTS.filter((part) => part !== 'speed')) {
      expect(record.parts[name]).toBe(all.parts[name]);
    }
  });

  test('says itself when that was; the top stays with the run of the others', () => {
    const page = renderPage(record);
    expect(page.split('\n## ')[0]).toContain('2026-11-28');
    expect(page).toMatch(
      /`pnpm bench speed --write` measures this part alone, and did on 2026-12-01 .*up to 50 %/,
    );
    expect(page.match(/and did on/g)).toHaveLength(1);
  });
});

test('docs/benchmarks.md is what the kept figures make', () => {
  const fileAt = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  const record = benchRecordSchema.parse(JSON.parse(fileAt('../results.json')));
  expect(fileAt('../../docs/benchmarks.md')).toBe(renderPage(record));
});
