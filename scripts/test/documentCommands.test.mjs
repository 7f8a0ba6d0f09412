import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { projectRoot } from '../runScript.mjs';
import { makeExampleHome } from './exampleHome.mjs';

// The pages' commands and programs, as they stand there.

const python = findPython(['numpy']) ?? '/usr/bin/python3';

/** @type {Awaited<ReturnType<typeof makeExampleHome>> | undefined} */
let home;
afterEach(() => {
  home?.remove();
  home = undefined;
});

/** @param {string} page @param {string} language */
const blocksOf = (page, language) =>
  [
    ...readFileSync(join(projectRoot, page), 'utf8').matchAll(
      new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'),
    ),
  ].map(([, block]) => block ?? '');

/** The lines of a page's shell, continued ones joined. @param {string} page */
const linesOf = (page) =>
  blocksOf(page, 'sh').flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .filter(Boolean),
  );

/**
 * Runs every line; each has to succeed.
 *
 * @param {Awaited<ReturnType<typeof makeExampleHome>>} at
 * @param {readonly string[]} lines
 */
async function runAll(at, lines) {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const { code, said } = await at.run(line);
    expect({ line, code, said }).toEqual({ line, code: 0, said: expect.any(String) });
  }
}

it('docs/batches.md, and after it docs/commands.md, line by line', async () => {
  home = await makeExampleHome('dataset', { name: 'python3', file: python, held: 'exit 1' });
  await runAll(home, linesOf('docs/batches.md'));
  await runAll(home, linesOf('docs/commands.md'));
  expect(home.progress()).toMatch(/^Progress: 1200\/1200 \(100%\)[\s\S]*^Status: COMPLETE$/m);
});

it('docs/jobs.md: a training, and programs whose output a pattern reads', async () => {
  home = await makeExampleHome('train', { name: 'python', file: python, held: 'exit 1' });
  /** @type {(name: string, line: string) => void} */
  const script = (name, line) => {
    const file = join(home?.cwd ?? '', name);
    writeFileSync(file, `#!/bin/sh\n${line}\n`);
    chmodSync(file, 0o755);
  };
  script('import.sh', 'for n in 10 900 1,200; do echo "imported $n of 1,200 rows"; done');
  script('merge.sh', 'for n in 5 50.5 100; do echo "merging: $n %"; done');
  const lines = linesOf('docs/jobs.md');
  expect(lines).toHaveLength(3);
  await runAll(home, lines);
  const said = JSON.parse((await home.run('milepost list --json')).said);
  /** @type {Record<string, [string, number | null, string | null]>} */
  const jobs = Object.fromEntries(
    said.jobs.map((/** @type {any} */ job) => [job.id, [job.state, job.percent, job.from]]),
  );
  expect(jobs).toEqual({
    train: ['complete', 100, expect.any(String)],
    import: ['complete', 100, '--progress'],
    merge: ['complete', 100, '--progress'],
  });
});

it('docs/progress-file.md: the function writes what milepost reads', async () => {
  home = await makeExampleHome('train', { name: 'python', file: python, held: 'exit 1' });
  const [program = ''] = blocksOf('docs/progress-file.md', 'python');
  writeFileSync(join(home.cwd, 'tell.py'), `${program}\ntell(30, 100)\n`);
  await runAll(home, ['python tell.py']);
  const status = 'milepost status PROGRESS.txt --json';
  expect(JSON.parse((await home.run(status)).said)).toMatchObject({
    status: 'running',
    percent: 30,
    problem: null,
  });
  writeFileSync(join(home.cwd, 'end.py'), `${program}\ntell(100, 100)\n`);
  await runAll(home, ['python end.py', 'grep -q COMPLETE PROGRESS.txt']);
  expect(JSON.parse((await home.run(status)).said)).toMatchObject({ status: 'complete', problem: null });
});

it('docs/library.md: the program does its job, and can be resumed', async () => {
  home = await makeExampleHome('train', { name: 'python', file: python, held: 'exit 1' });
  const [program = ''] = blocksOf('docs/library.md', 'ts');
  const { build } = await import('esbuild');
  // Within the project, where the package is found; what the page leaves to its reader, and its answer, are added.
  const bundle = join(home.cwd, 'program.mjs');
  await build({
    stdin: {
      contents: `${program}
function make(start: number, end: number) { return Array.from({ length: end - start }, (_, at) => start + at); }
console.log(JSON.stringify({ outcome, result }));`,
      loader: 'ts',
      resolveDir: join(projectRoot, 'bench'),
    },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
  });
  for (let time = 0; time < 2; time += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [bundle], {
      cwd: home.cwd,
      env: { ...process.env, XDG_STATE_HOME: join(home.dir, 'state') },
    });
    const { outcome, result } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(outcome).toBe('complete');
    const numbers = JSON.parse(readFileSync(result, 'utf8'));
    expect(numbers).toHaveLength(30_000);
    expect(numbers[29_999]).toBe(29_999);
  }
  expect((await home.run('milepost list')).said).toMatch(/complete/);
});
