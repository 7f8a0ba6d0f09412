import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from './runScript.mjs';
import { sourcesStamp, stampLine, stampOf } from './sourcesStamp.mjs';

/** Where the agent is built: one executable file that runs on Node 20 or newer with nothing else installed. */
export const agentFile = join(projectRoot, 'apps/agent/dist/milepost.mjs');

/** Which folders and files the agent is made of: a change in any of them makes it stale. */
const sources = [
  'apps/agent/src',
  'packages/shared/src',
  'packages/checkpoint/src',
  'packages/monitor/src',
  'scripts/buildAgent.mjs',
  'pnpm-lock.yaml',
];

/**
 * ssh2 has two optional native modules and works without them. They are left out in such a way that its `require`
 * fails as it does where they were never compiled, which ssh2 expects.
 *
 * @type {import('esbuild').Plugin}
 */
const withoutNativeModules = {
  name: 'without-native-modules',
  setup(build) {
    build.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw Object.assign(new Error(${JSON.stringify(`Cannot find module '${path}'`)}), { code: 'MODULE_NOT_FOUND' });`,
    }));
  },
};

/**
 * zod's messages in 50 languages are a fifth of the bundle; ours are English.
 *
 * @type {import('esbuild').Plugin}
 */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

/**
 * The first lines of the built file. The bundled CommonJS packages need `require`, `__filename` and `__dirname`,
 * which an ES module lacks.
 *
 * @param {string} stamp
 */
function header(stamp) {
  return [
    '#!/usr/bin/env node',
    stampLine(stamp),
    "import { createRequire as __createRequire } from 'node:module';",
    "import { dirname as __pathDirname } from 'node:path';",
    "import { fileURLToPath as __fileURLToPath } from 'node:url';",
    'const require = __createRequire(import.meta.url);',
    'const __filename = __fileURLToPath(import.meta.url);',
    'const __dirname = __pathDirname(__filename);',
    '',
  ].join('\n');
}

/** Whether the built agent is there, and of the sources as they are now. */
export async function agentIsBuilt() {
  return (await stampOf(agentFile)) === (await sourcesStamp(sources, projectRoot));
}

/**
 * Bundles the agent into one executable file. It appears whole or not at all: several builds at once are harmless.
 *
 * @param {{ entry?: string, outFile?: string }} [options] another entry and place, for tests
 * @returns {Promise<{ file: string, bytes: number }>}
 */
export async function buildAgent({
  entry = join(projectRoot, 'apps/agent/src/main.ts'),
  outFile = agentFile,
} = {}) {
  // Loaded only now: this module is imported before the packages are installed.
  const { build } = await import('esbuild');
  const stamp = await sourcesStamp(sources, projectRoot);
  const result = await build({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    legalComments: 'eof',
    logLevel: 'warning',
    plugins: [withoutNativeModules, englishOnly],
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error(`esbuild made nothing of ${entry}.`);
  // A hashbang of the entry's own would land in the middle of the file.
  const text = header(stamp) + output.text.replace(/^#![^\n]*\n/, '');
  await mkdir(dirname(outFile), { recursive: true });
  const temporary = `${outFile}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text);
    await chmod(temporary, 0o755);
    await rename(temporary, outFile);
  } finally {
    await rm(temporary, { force: true });
  }
  return { file: outFile, bytes: Buffer.byteLength(text) };
}
