import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureAgentBuilt } from './ensureBuilt.mjs';
import { isMain, projectRoot, runOnTerminal, runScript } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

/**
 * The app's driver looks for its files beside itself, and would find the bundle's folder.
 *
 * @type {import('esbuild').Plugin}
 */
const keepPlaces = {
  name: 'keep-places',
  setup(build) {
    build.onLoad({ filter: /[\\/]test[\\/]driver[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.dirname',
        JSON.stringify(dirname(path)),
      ),
      loader: 'ts',
    }));
  },
};

/**
 * Bundles the bench, since Node 20 runs no TypeScript, and runs it with the agent that users would run.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
async function bench(args) {
  const agent = await ensureAgentBuilt();
  // Loaded only now: this module is imported before the packages are installed.
  const { build } = await import('esbuild');
  // Inside the project: what is not bundled is found in its node_modules.
  await mkdir(join(projectRoot, 'bench/dist'), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, 'bench/dist/build-'));
  try {
    const bundle = join(folder, 'bench.mjs');
    await build({
      absWorkingDir: projectRoot,
      entryPoints: [join(projectRoot, 'bench/main.ts')],
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
    const { code } = await runOnTerminal([process.execPath, bundle, `--agent=${agent}`, ...args], {
      cwd: projectRoot,
    });
    return code ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    // `pnpm bench -- --write` hands the two dashes on.
    return await bench(process.argv.slice(2).filter((argument) => argument !== '--'));
  });
}
