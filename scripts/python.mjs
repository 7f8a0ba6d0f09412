import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findProgram } from './findProgram.mjs';

/**
 * A Python 3 that has these modules: the interpreter itself, since a shim on PATH finds nothing in another environment,
 * such as a login over SSH. Debian's own comes first: another one on PATH often lacks Debian's packages.
 *
 * @param {readonly string[]} modules
 * @returns {string | undefined}
 */
export function findPython(modules) {
  const named = process.env['MILEPOST_PYTHON'];
  const candidates = new Set([
    named,
    '/usr/bin/python3',
    findProgram('python3'),
    '/opt/homebrew/bin/python3',
  ]);
  for (const file of candidates) {
    if (file === undefined || file === '' || !existsSync(file)) continue;
    try {
      const script = ['sys', ...modules].map((name) => `import ${name}\n`).join('');
      return execFileSync(file, ['-c', `${script}print(sys.executable)`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {}
  }
  return undefined;
}

/** What the tests' Python programs import. */
export const TEST_MODULES = ['numpy', 'tqdm'];
