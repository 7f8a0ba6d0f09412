import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles a TypeScript program, so that a test can run it as a process of its own: Node 20 runs no TypeScript.
 *
 * @param entry the program's file, as a URL.
 * @returns the bundle's path, in `dir`.
 */
export async function bundleProgram(entry: URL, dir: string): Promise<string> {
  const file = fileURLToPath(entry);
  const outfile = join(dir, 'program.mjs');
  await build({
    absWorkingDir: dirname(file),
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    // ssh2's native parts: they are not there, which it expects.
    external: ['cpu-features', '*.node'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename ?? ''; const __dirname = import.meta.dirname ?? '';",
    },
  });
  return outfile;
}
