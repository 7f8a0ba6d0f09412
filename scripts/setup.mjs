import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, lastLines, projectRoot, runQuietly, runScript, ScriptError } from './runScript.mjs';
import { ensureSystem, testPrograms } from './systemPrograms.mjs';

export { ensureSystem, testPrograms };

/**
 * Refuses a Node that the build tools don't run on. (The built agent itself runs on every Node from 20 on.)
 *
 * @param {string} [version] as in `process.versions.node`
 * @throws {ScriptError} below 20.19, and on 21 to 22.11
 */
export function ensureNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return;
  throw new ScriptError(
    `Building Milepost needs Node 20 (from 20.19 on) or 22.12 or newer; this is Node ${version} (${process.execPath}). Install one from https://nodejs.org and run this again.`,
  );
}

/**
 * Every package.json of the workspace (see pnpm-workspace.yaml), relative to the root, in a fixed order.
 *
 * @param {string} root
 */
export function manifests(root) {
  const found = ['package.json', 'bench/package.json', 'demo/package.json'].filter((file) =>
    existsSync(join(root, file)),
  );
  for (const folder of ['apps', 'clients', 'packages', 'tests']) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)).sort()) {
      const file = `${folder}/${name}/package.json`;
      if (existsSync(join(root, file))) found.push(file);
    }
  }
  return found;
}

/**
 * What the installed packages depend on, as one hash.
 *
 * @param {string} [root]
 */
export function packagesStamp(root = projectRoot) {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests(root)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Whether node_modules holds exactly what the lockfile asks for, as far as its stamps tell.
 *
 * @param {string} root
 * @param {string} stamp
 */
function packagesAreThere(root, stamp) {
  const stampFile = join(root, 'node_modules/.milepost-setup');
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) return false;
  if (!existsSync(join(root, 'node_modules/.modules.yaml'))) return false;
  // Each workspace package that depends on something has links of its own; they go when a person deletes them.
  return manifests(root).every((file) => {
    /** @type {{ dependencies?: object, devDependencies?: object }} */
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8'));
    const needs = manifest.dependencies ?? manifest.devDependencies;
    return needs === undefined || existsSync(join(root, file, '../node_modules'));
  });
}

/**
 * Installs the packages of the lockfile unless they are there. Touches the network only when something lacks.
 *
 * @param {string} [root]
 * @throws {ScriptError} with the end of pnpm's output and what to do next
 */
export async function ensurePackages(root = projectRoot) {
  const stamp = packagesStamp(root);
  if (packagesAreThere(root, stamp)) return;
  /** @type {{ packageManager: string }} */
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(`Installing the packages of pnpm-lock.yaml with ${packageManager} (once; about a minute) ...`);
  const startedMs = Date.now();
  const command = ['npx', '--yes', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  // npx has chosen the version already: pnpm needn't look for itself in the lockfile, nor ask before it tidies up.
  const settings = ['--config.pm-on-fail=ignore', '--config.confirm-modules-purge=false'];
  const { ok, output, ended } = await runQuietly([...command, ...settings], {
    cwd: root,
    // Nothing is downloaded beyond packages: browsers and Electron's binary are looked for on the machine.
    env: {
      ...process.env,
      PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
      ELECTRON_OVERRIDE_DIST_PATH: '/nonexistent',
    },
  });
  if (!ok) {
    throw new ScriptError(
      [
        `Installing the packages failed (${ended}). The end of what ${packageManager} said:`,
        lastLines(output),
        '',
        'If this machine has no network or sits behind a proxy or a registry of its own, set that up for npm',
        '(`npm config set registry ...`, `npm config set proxy ...`) and run this again. To see all of it:',
        `    cd ${root} && ${[...command, ...settings].join(' ')}`,
      ].join('\n'),
    );
  }
  writeFileSync(join(root, 'node_modules/.milepost-setup'), stamp);
  console.log(`Packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    await ensureSystem(testPrograms());
    console.log('Everything that `npm run build` and `npm test` need is here.');
  });
}
