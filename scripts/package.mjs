import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { isMain, lastLines, projectRoot, runQuietly, runScript, ScriptError } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

const USAGE = `Usage: npm run package -- [--dir] [--release | --unsigned] [--out FOLDER]

Builds Milepost and packages the menu-bar app for macOS, by electron-builder.yml, into dist/.

  --dir            only Milepost.app, no dmg and zip
  --unsigned       to look at what it contains, also where this is no Mac; needs --dir
  --release        signed with the Developer ID that CSC_LINK and CSC_KEY_PASSWORD or the keychain hold, and notarized
                   with APPLE_API_KEY, APPLE_API_KEY_ID and APPLE_API_ISSUER (or APPLE_ID,
                   APPLE_APP_SPECIFIC_PASSWORD and APPLE_TEAM_ID); without it the signature is ad hoc, for this Mac
  --out FOLDER     in place of dist/
  --no-build       packages what is built already
  --electron-dist FOLDER_OR_ZIP   Electron from there, not from the network
`;

/**
 * What a person asked for.
 *
 * @typedef {object} Wish
 * @property {boolean} dir only the app, no dmg and zip
 * @property {'none' | 'local' | 'release'} signing
 * @property {string} out
 * @property {string | null} electronDist
 */

/** The variables that let Apple's notary service know who asks: one of these sets, whole. */
const NOTARY = [
  ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'],
  ['APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID'],
];

/**
 * What electron-builder is told beside its file.
 *
 * @param {Wish} wish
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('electron-builder').Configuration}
 * @throws {ScriptError} for a release that could not be notarized: electron-builder itself only warns
 */
export function builderConfig({ signing, out, electronDist }, env) {
  const local = 'apps/desktop/packaging/entitlements.local.plist';
  const signed = {
    none: { mac: { identity: null, notarize: false } },
    local: { mac: { identity: '-', notarize: false, entitlements: local, entitlementsInherit: local } },
    release: { forceCodeSigning: true, mac: { notarize: true } },
  };
  if (signing === 'release' && !NOTARY.some((names) => names.every((name) => env[name]))) {
    throw new ScriptError(
      `A release is notarized, and nothing says as whom. Set ${NOTARY.map((names) => names.join(', ')).join('; or ')}.`,
    );
  }
  return {
    directories: { output: out },
    ...(electronDist === null ? {} : { electronDist }),
    ...signed[signing],
  };
}

/**
 * Asks macOS itself about what was made: electron-builder takes some failures of signing and notarizing for warnings.
 *
 * @param {Wish} wish
 * @throws {ScriptError} with what macOS said
 */
async function checkSigned({ signing, out }) {
  // One for each processor, as electron-builder calls them.
  const apps = ['mac-arm64', 'mac'].map((folder) => join(out, folder, 'Milepost.app'));
  for (const app of apps) {
    const questions = [['codesign', '--verify', '--deep', '--strict', '--verbose=2', app]];
    if (signing === 'release') {
      questions.push(['spctl', '--assess', '--type', 'execute', '--verbose=2', app]);
      questions.push(['xcrun', 'stapler', 'validate', app]);
    }
    for (const question of questions) {
      const { ok, output, ended } = await runQuietly(question);
      if (!ok) {
        throw new ScriptError(
          `${app} is not signed as it should be (${question.join(' ')}: ${ended}):\n${lastLines(output)}`,
        );
      }
    }
  }
}

/**
 * @param {Wish} wish
 * @throws {ScriptError} with what electron-builder or macOS said
 */
async function packageApp(wish) {
  const config = builderConfig(wish, process.env);
  // Loaded only now: this module is imported before the packages are installed.
  const { Arch, build, Platform } = await import('electron-builder');
  // Hooks and entitlements are found from the folder that it runs in.
  process.chdir(projectRoot);
  const { MAC } = Platform;
  await build({
    projectDir: projectRoot,
    // Without a wish of ours: what the file names.
    targets: wish.dir ? MAC.createTarget('dir', Arch.arm64, Arch.x64) : MAC.createTarget(),
    publish: 'never',
    config,
  }).catch((error) => {
    throw new ScriptError(`The app could not be packaged: ${error.message}`);
  });
  if (wish.signing !== 'none') await checkSigned(wish);
  console.log(`\nPackaged: ${relative(process.cwd(), wish.out) || '.'}`);
}

/** @throws {ScriptError} for an option that there is not */
function parsePackageArgs() {
  try {
    return parseArgs({
      options: {
        dir: { type: 'boolean', default: false },
        release: { type: 'boolean', default: false },
        unsigned: { type: 'boolean', default: false },
        out: { type: 'string', default: join(projectRoot, 'dist') },
        'no-build': { type: 'boolean', default: false },
        'electron-dist': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ScriptError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    const values = parsePackageArgs();
    const { dir, release, unsigned } = values;
    if (values.help || (unsigned && (release || !dir))) {
      console.log(USAGE);
      return values.help ? 0 : 2;
    }
    if (process.platform !== 'darwin' && !unsigned) {
      throw new ScriptError(
        'A dmg is made, and the app signed, on a Mac only. Here `npm run package -- --dir --unsigned` makes Milepost.app, to look at what it contains.',
      );
    }
    ensureNode();
    await ensurePackages();
    if (!values['no-build']) await buildAll();
    await packageApp({
      dir,
      signing: unsigned ? 'none' : release ? 'release' : 'local',
      out: resolve(values.out),
      electronDist: values['electron-dist'] === undefined ? null : resolve(values['electron-dist']),
    });
    return 0;
  });
}
