import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMain, projectRoot, runScript, ScriptError } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

/** What of other people's work is in our bundles, with their licences: shipped inside the app. */
export const noticesFile = join(projectRoot, 'THIRD-PARTY-NOTICES.txt');

/** Licences that ask for nothing but to be named; another one is a decision for a person. */
const ACCEPTED = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Unlicense']);

/** Where each bundle begins, and what it runs on. */
const BUNDLES = [
  { entry: 'apps/agent/src/main.ts', platform: /** @type {const} */ ('node') },
  { entry: 'apps/desktop/src/main/index.ts', platform: /** @type {const} */ ('node') },
  { entry: 'apps/desktop/src/preload/index.ts', platform: /** @type {const} */ ('browser') },
  { entry: 'apps/desktop/src/renderer/main.tsx', platform: /** @type {const} */ ('browser') },
];

/**
 * The folders of the packages whose code a bundle takes in, by name and version.
 *
 * @returns {Promise<string[]>}
 */
async function bundledFolders() {
  // Loaded only now: this module is imported before the packages are installed.
  const { build } = await import('esbuild');
  const folders = new Set();
  for (const { entry, platform } of BUNDLES) {
    const { metafile } = await build({
      absWorkingDir: projectRoot,
      entryPoints: [entry],
      bundle: true,
      write: false,
      outdir: 'not-written',
      metafile: true,
      platform,
      format: 'esm',
      logLevel: 'warning',
      define: { 'process.env.NODE_ENV': '"production"' },
      external: ['electron', 'cpu-features', '*.node'],
    });
    for (const output of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
        if (folder !== undefined && bytesInOutput > 0) folders.add(join(projectRoot, folder));
      }
    }
  }
  return [...folders];
}

/**
 * One package's part of the notices.
 *
 * @param {string} folder
 * @returns {Promise<{ title: string, text: string }>}
 * @throws {ScriptError} where its licence is none of those that we accept, or can't be found
 */
async function noticeOf(folder) {
  /** @type {{ name: string, version: string, license?: string, licenses?: { type: string }[] }} */
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version } = manifest;
  // A list of them is how it was written long ago.
  const license = manifest.license ?? manifest.licenses?.map(({ type }) => type).join(' and ') ?? 'not named';
  if (!ACCEPTED.has(license)) {
    throw new ScriptError(
      `${name} ${version} is bundled, and its licence is ${license}. Decide whether Milepost may ship it; then add the licence to scripts/notices.mjs, or leave the package out.`,
    );
  }
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (files.length === 0) throw new ScriptError(`${name} ${version} is bundled and brings no licence text.`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const text = texts
    .map((one) =>
      one
        .replaceAll('\r\n', '\n')
        .replace(/[ \t]+$/gm, '')
        .trim(),
    )
    .join('\n\n');
  return { title: `${name} ${version} (${license})`, text };
}

/**
 * The notices of everything that is bundled now.
 *
 * @returns {Promise<string>}
 * @throws {ScriptError} where a package's licence needs a decision
 */
export async function noticesText() {
  const found = await Promise.all((await bundledFolders()).map(noticeOf));
  const byTitle = new Map(found.map((notice) => [notice.title, notice]));
  const notices = [...byTitle.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
  const line = '-'.repeat(80);
  return `${[
    'Milepost contains the following software. Electron and Chromium, on which the app runs, come with their own',
    'files: LICENSE.electron.txt and LICENSES.chromium.html beside this one.',
    '',
    ...notices.flatMap(({ title, text }) => [line, title, line, '', text, '']),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    await writeFile(noticesFile, await noticesText());
    console.log(`Written: ${noticesFile}`);
  });
}
