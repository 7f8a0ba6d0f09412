import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { driverLine, parseAllowedSkips, summarize } from '../testSummary.mjs';

const runner = fileURLToPath(new URL('fixtures/runSuites.mjs', import.meta.url));
const suites = 'scripts/test/fixtures/suites';

/**
 * Runs fixture suites through the real vitest and gives what stood at the end.
 *
 * @param {readonly string[]} args
 * @param {{ ci?: boolean, limitMs?: number }} [options]
 * @returns {Promise<{ code: number | null, closing: string[] }>}
 */
function runSuites(args, { ci = false, limitMs } = {}) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [runner, limitMs === undefined ? '' : `${limitMs}`, ...args], {
      env: { ...env, CI: ci ? 'true' : '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const lines = output.trimEnd().split('\n');
      resolve({
        code,
        closing: lines.filter((line) => /^(Failed|Skipped): |^App driver|^\d+ passed, /.test(line)),
      });
    });
  });
}

describe('the closing of a test run', () => {
  it('names every skip with its reason, and ends with the counts', async () => {
    const { code, closing } = await runSuites(['passing']);
    expect(closing).toEqual([
      `Skipped: ${suites}/passing.fixture.mjs > skips, and says why: no Mac`,
      '1 passed, 0 failed, 1 skipped',
    ]);
    expect(code).toBe(0);
  });

  it('fails a skip without a reason', async () => {
    const { code, closing } = await runSuites(['mixed']);
    expect(closing).toEqual([
      `Skipped: ${suites}/mixed.fixture.mjs > mixed > skips with a reason: there is no netem here`,
      `Skipped: ${suites}/mixed.fixture.mjs > mixed > is to be written: still to be written`,
      `Failed: ${suites}/mixed.fixture.mjs > mixed > fails`,
      `Failed: ${suites}/mixed.fixture.mjs > mixed > skips without one: no reason given. Say why in the test: skip('reason').`,
      '1 passed, 2 failed, 2 skipped',
    ]);
    expect(code).toBe(1);
  });

  it('fails a skip that is not on the list, under CI', async () => {
    const { code, closing } = await runSuites(['passing'], { ci: true });
    expect(closing.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
    expect(closing[0]).toMatch(/^Failed: skipped, and \.ci\/allowed-skips doesn't list it: .*: no Mac$/);
    expect(code).toBe(1);
  });

  it('does not count what a name filter left out', async () => {
    const { code, closing } = await runSuites(['mixed', '-t', 'passes']);
    expect(closing).toEqual(['1 passed, 0 failed, 0 skipped']);
    expect(code).toBe(0);
  });

  it.each([
    ['unloadable', `Failed: ${suites}/unloadable.fixture.mjs`, '0 passed, 1 failed, 0 skipped'],
    ['hook', `Failed: ${suites}/hook.fixture.mjs > whose hook throws`, '0 passed, 1 failed, 0 skipped'],
    ['unhandled', 'Failed: an error outside any test: nobody looked', '1 passed, 1 failed, 0 skipped'],
    [
      'dying',
      'Failed: vitest itself ended before its tests did (ended by SIGKILL).',
      '0 passed, 1 failed, 0 skipped',
    ],
    [
      'nothingOfThisName',
      'Failed: vitest ended with exit code 1, see above.',
      '0 passed, 1 failed, 0 skipped',
    ],
  ])('never passes by accident: %s', async (filter, failure, counts) => {
    const { code, closing } = await runSuites([filter]);
    expect(closing).toEqual([failure, counts]);
    expect(code).toBe(1);
  });

  it('ends a run that hangs, and says so', async () => {
    const { code, closing } = await runSuites(['hanging'], { limitMs: 3000 });
    expect(closing).toEqual([
      'Failed: vitest itself ended before its tests did (it took too long).',
      '0 passed, 1 failed, 0 skipped',
    ]);
    expect(code).toBe(1);
  });
});

describe('summarize', () => {
  const quiet = { ended: 'exit code 0', ok: true, ci: true, allowedSkips: [], driverText: '' };

  it('keeps a listed skip a skip under CI', () => {
    const report = {
      finished: true,
      passed: 3,
      failed: [],
      skipped: [{ name: 'a.test.ts > b (c)', reason: 'no d' }],
    };
    const allowedSkips = parseAllowedSkips('# why\n  a.test.ts > b (c)   # on this kernel\n\n');
    expect(summarize({ ...quiet, report, allowedSkips }).lines.at(-1)).toBe('3 passed, 0 failed, 1 skipped');
    expect(summarize({ ...quiet, report, allowedSkips }).ok).toBe(true);
  });

  it('fails when every test was skipped, and when vitest fails for a reason of its own', () => {
    const report = { finished: true, passed: 0, failed: [], skipped: [] };
    expect(summarize({ ...quiet, report })).toEqual({
      lines: ['Failed: no test ran.', '0 passed, 1 failed, 0 skipped'],
      ok: false,
    });
    expect(
      summarize({ ...quiet, report: { ...report, passed: 1 }, ok: false, ended: 'exit code 1' }).ok,
    ).toBe(false);
  });

  it('tells which app driver ran', () => {
    expect(driverLine('')).toBeNull();
    expect(driverLine('electron\nelectron\n')).toBe('App driver: electron');
    expect(driverLine('stand-in\n')).toBe("App driver: stand-in (Electron's binary is not on this machine)");
    expect(driverLine('stand-in\nelectron\n')).toBe('App driver: electron, and the stand-in');
  });
});

describe('parseAllowedSkips', () => {
  it('takes * for anything and every other sign as it is', () => {
    const [pattern] = parseAllowedSkips('a/b.test.ts > c [d] > *');
    expect(pattern?.test('a/b.test.ts > c [d] > e > f')).toBe(true);
    expect(pattern?.test('a/bXtest.ts > c [d] > e')).toBe(false);
    expect(pattern?.test('a/b.test.ts > c d > e')).toBe(false);
  });
});
