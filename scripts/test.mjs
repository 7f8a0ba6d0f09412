import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { inCi, isMain, projectRoot, runOnTerminal, runScript, ScriptError } from './runScript.mjs';
import { ensureNode, ensurePackages, ensureSystem, testPrograms } from './setup.mjs';
import { findChromium } from './systemPrograms.mjs';
import { parseAllowedSkips, summarize } from './testSummary.mjs';

// CI gives the whole project 30 minutes; a hang must still leave time for the closing line.
const ciLimitMs = 29.5 * 60_000;

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * Runs vitest and prints what it came to; the last line is always `N passed, N failed, N skipped`.
 *
 * @param {readonly string[]} args for vitest: filters, `-t name`, `--project name`
 * @param {{ env?: NodeJS.ProcessEnv, limitMs?: number }} [options]
 * @returns {Promise<number>} the exit code
 */
export async function runTests(args, { env = process.env, limitMs } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'milepost-tests-'));
  const reportFile = join(dir, 'report.json');
  const driverFile = join(dir, 'drivers.txt');
  try {
    const { code, signal, timedOut } = await runOnTerminal(
      [
        process.execPath,
        join(projectRoot, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        `--reporter=${join(projectRoot, 'scripts/vitestReporter.mjs')}`,
        ...args,
      ],
      {
        env: {
          ...env,
          MILEPOST_TEST_REPORT: reportFile,
          MILEPOST_DRIVER_REPORT: driverFile,
          // Tests of the app take the browser from here; a name given by hand wins.
          MILEPOST_CHROMIUM: env['MILEPOST_CHROMIUM'] ?? findChromium(),
        },
        ...(limitMs === undefined ? {} : { limitMs }),
      },
    );
    const reportText = readIfThere(reportFile);
    const { lines, ok } = summarize({
      report: reportText === null ? null : JSON.parse(reportText),
      ended: timedOut ? 'it took too long' : signal ? `ended by ${signal}` : `exit code ${code}`,
      ok: code === 0,
      ci: inCi(env),
      allowedSkips: parseAllowedSkips(readIfThere(join(projectRoot, '.ci/allowed-skips')) ?? ''),
      driverText: readIfThere(driverFile) ?? '',
    });
    console.log(`\n${lines.join('\n')}`);
    return ok ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    try {
      ensureNode();
      await ensurePackages();
      await ensureSystem(testPrograms());
      await buildAll();
    } catch (error) {
      // The closing line stands at the end also of a run that never came to its tests.
      console.error(error instanceof ScriptError ? `\n${error.message}\n` : error);
      console.log('0 passed, 1 failed, 0 skipped');
      return 1;
    }
    return await runTests(
      process.argv.slice(2),
      inCi() ? { limitMs: ciLimitMs - process.uptime() * 1000 } : {},
    );
  });
}
