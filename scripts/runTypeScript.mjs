import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot, runOnTerminal } from './runScript.mjs';

/**
 * What looks for files beside itself would find the bundle's folder.
 *
 * @type {import('esbuild').Plugin}
 */
const keepPlaces = {
  name: 'keep-places',
  setup(build) {
    // Scripts run as they are, from where they are.
    build.onResolve({ filter: /[\\/]scripts[\\/]\w+\.mjs$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(resolve(resolveDir, path)).href,
      external: true,
    }));
    build.onLoad({ filter: /[\\/](test[\\/]driver|demo)[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.dirname',
        JSON.stringify(dirname(path)),
      ),
      loader: 'ts',
    }));
  },
};

/**
 * Bundles a program written in TypeScript, since Node 20 runs none, and runs it.
 *
 * @param {string} entry its first file, relative to the project
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runTypeScript(entry, args) {
  // Loaded only now: this module is imported before the packages are installed.
  const { build } = await import('esbuild');
  // Inside the project: what is not bundled is found in its node_modules.
  const dist = join(projectRoot, dirname(entry), 'dist');
  await mkdir(dist, { recursive: true });
  const folder = await mkdtemp(join(dist, 'build-'));
  try {
    const bundle = join(folder, 'main.mjs');
    await build({
      absWorkingDir: projectRoot,
      entryPoints: [join(projectRoot, entry)],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      logLevel: 'warning',
      // ssh2's native parts: they are not there, which it expects; and it is CommonJS.
      external: ['cpu-features', '*.node', 'esbuild', 'playwright-core'],
      plugins: [keepPlaces],
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = new URL('.', import.meta.url).pathname; const __filename = new URL(import.meta.url).pathname;",
      },
    });
    const { code } = await runOnTerminal([process.execPath, bundle, ...args], { cwd: projectRoot });
    return code ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
