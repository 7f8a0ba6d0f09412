import { join } from 'node:path';
import { findCrossings } from './boundaries.mjs';
import { isMain, projectRoot, runQuietly, runScript } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

/** @param {string} name */
const bin = (name) => join(projectRoot, 'node_modules/.bin', name);

const biomeOptions = ['--max-diagnostics=100', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`];

/** @type {readonly { name: string, run: () => Promise<{ ok: boolean, output: string }> }[]} */
const checks = [
  { name: 'types', run: () => runQuietly([bin('tsc'), '-b']) },
  { name: 'lint, format, boundaries', run: () => runQuietly([bin('biome'), 'ci', ...biomeOptions]) },
  {
    name: 'imports between packages',
    run: async () => {
      const crossings = findCrossings(projectRoot);
      return { ok: crossings.length === 0, output: crossings.join('\n') };
    },
  },
];

/** Runs every check, also after one has failed. Changes no source. */
async function checkAll() {
  const results = await Promise.all(
    checks.map(async ({ name, run }) => {
      const startedMs = Date.now();
      const { ok, output } = await run();
      return { name, ok, output, seconds: (Date.now() - startedMs) / 1000 };
    }),
  );
  for (const { ok, output } of results) if (!ok) console.log(`${output.trimEnd()}\n`);
  for (const { name, ok, seconds } of results) {
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
  }
  if (results.every((result) => result.ok)) return 0;
  console.log('\n`npm run format` mends the format and what lint can mend by itself.');
  return 1;
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    return await checkAll();
  });
}
