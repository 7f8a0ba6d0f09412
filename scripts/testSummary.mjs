/** @typedef {import('./vitestReporter.mjs').TestReport} TestReport */

/**
 * The patterns of an allowed-skips file: one full test name a line, `*` stands for anything, `#` starts a comment.
 *
 * @param {string} text
 * @returns {RegExp[]}
 */
export function parseAllowedSkips(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((line) => new RegExp(`^${line.split('*').map(escapeRegExp).join('.*')}$`));
}

/** @param {string} text */
function escapeRegExp(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * Which of its two drivers the app's tests ran on.
 *
 * @param {string} text what the drivers appended: a line `electron` or `stand-in` for each start
 * @returns {string | null} one line for a person, null where no app was started
 */
export function driverLine(text) {
  const ran = new Set(text.split('\n').map((line) => line.trim()));
  const electron = ran.has('electron');
  const standIn = ran.has('stand-in');
  if (electron && standIn) return 'App driver: electron, and the stand-in';
  if (electron) return 'App driver: electron';
  return standIn ? "App driver: stand-in (Electron's binary is not on this machine)" : null;
}

/**
 * What the closing of a test run says.
 *
 * @param {object} run
 * @param {TestReport | null} run.report null where vitest wrote none
 * @param {string} run.ended how vitest ended, for a person: `exit code 1`
 * @param {boolean} run.ok whether vitest ended with 0
 * @param {boolean} run.ci
 * @param {readonly RegExp[]} run.allowedSkips
 * @param {string} run.driverText what the drivers appended
 * @returns {{ lines: string[], ok: boolean }} the last line is always `N passed, N failed, N skipped`
 */
export function summarize({ report, ended, ok, ci, allowedSkips, driverText }) {
  const { finished, passed, failed, skipped } = report ?? {
    finished: false,
    passed: 0,
    failed: [],
    skipped: [],
  };
  const lines = [];
  const failures = failed.map((name) => `Failed: ${name}`);
  const stillSkipped = [];
  for (const { name, reason } of skipped) {
    const told = `${name}: ${reason ?? 'no reason given'}`;
    if (reason === null) {
      failures.push(`Failed: ${told}. Say why in the test: skip('reason').`);
    } else if (ci && !allowedSkips.some((pattern) => pattern.test(name))) {
      failures.push(`Failed: skipped, and .ci/allowed-skips doesn't list it: ${told}`);
    } else {
      stillSkipped.push(`Skipped: ${told}`);
    }
  }
  if (!finished) failures.push(`Failed: vitest itself ended before its tests did (${ended}).`);
  else if (!ok && failures.length === 0) failures.push(`Failed: vitest ended with ${ended}, see above.`);
  else if (passed === 0 && failures.length === 0) failures.push('Failed: no test ran.');
  lines.push(...stillSkipped, ...failures);
  const driver = driverLine(driverText);
  if (driver !== null) lines.push(driver);
  lines.push(`${passed} passed, ${failures.length} failed, ${stillSkipped.length} skipped`);
  return { lines, ok: failures.length === 0 };
}
