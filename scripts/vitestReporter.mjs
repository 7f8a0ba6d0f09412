import { renameSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { projectRoot } from './runScript.mjs';

/**
 * What one run of vitest came to, as `test.mjs` reads it. A test is named by its file (from the project's root) and
 * its full name: `packages/shared/test/eta.test.ts > eta > is unknown before the first batch`.
 *
 * @typedef {object} TestReport
 * @property {boolean} finished false while vitest runs, and for ever if it died
 * @property {number} passed
 * @property {string[]} failed tests, and files, suites and the run itself where the fault is outside any test
 * @property {{ name: string, reason: string | null }[]} skipped `reason` is what the test gave to `skip(reason)`
 */

/**
 * Adds one test file's outcome to a report.
 *
 * @param {TestReport} report
 * @param {import('vitest/node').TestModule} testModule
 * @param {boolean} filtered whether tests were chosen by name: those not chosen look skipped
 */
function addModule(report, testModule, filtered) {
  const file = relative(projectRoot, testModule.moduleId);
  // What a file or a suite fails with on its own: it does not load, or a hook of it throws.
  if (testModule.errors().length > 0) report.failed.push(file);
  for (const suite of testModule.children.allSuites()) {
    if (suite.errors().length > 0) report.failed.push(`${file} > ${suite.fullName}`);
  }
  for (const test of testModule.children.allTests()) {
    if (test.result().state === 'skipped' && failedAround(test)) continue; // counted above
    const name = `${file} > ${test.fullName}`;
    const result = test.result();
    if (result.state === 'passed') report.passed += 1;
    else if (result.state === 'skipped') {
      const reason = result.note ?? (test.options.mode === 'todo' ? 'still to be written' : null);
      if (reason !== null || !filtered) report.skipped.push({ name, reason });
    } else report.failed.push(name); // also one that still stood pending when the file ended
  }
}

/**
 * Whether a suite around a test, or its file, failed on its own: then the test never ran and stands as skipped.
 *
 * @param {import('vitest/node').TestCase} test
 */
function failedAround(test) {
  /** @type {import('vitest/node').TestSuite | import('vitest/node').TestModule} */
  let around = test.parent;
  while (around.type === 'suite' && around.errors().length === 0) around = around.parent;
  return around.errors().length > 0;
}

/** A vitest reporter that writes a {@link TestReport} to the file named by MILEPOST_TEST_REPORT. */
// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from its file's default export.
export default class ReportWriter {
  /** @type {Map<string, import('vitest/node').TestModule>} */
  #ended = new Map();
  #filtered = false;

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  // Written after every file, so that what ran is known even if vitest itself dies.
  /** @param {import('vitest/node').TestModule} testModule */
  onTestModuleEnd(testModule) {
    this.#ended.set(testModule.id, testModule);
    this.#write([...this.#ended.values()], [], false);
  }

  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} testModules
   * @param {ReadonlyArray<{ message?: unknown }>} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    this.#write(testModules, unhandledErrors, true);
  }

  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} testModules
   * @param {ReadonlyArray<{ message?: unknown }>} unhandledErrors
   * @param {boolean} finished
   */
  #write(testModules, unhandledErrors, finished) {
    const path = process.env['MILEPOST_TEST_REPORT'];
    if (!path) return;
    /** @type {TestReport} */
    const report = { finished, passed: 0, failed: [], skipped: [] };
    for (const testModule of testModules) addModule(report, testModule, this.#filtered);
    for (const error of unhandledErrors) {
      report.failed.push(`an error outside any test: ${String(error.message).split('\n')[0]}`);
    }
    writeFileSync(`${path}.tmp`, JSON.stringify(report));
    renameSync(`${path}.tmp`, path);
  }
}
