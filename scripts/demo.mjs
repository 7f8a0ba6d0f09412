import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureAgentBuilt, ensureAppBuilt } from './ensureBuilt.mjs';
import { findProgram } from './findProgram.mjs';
import { findPython } from './python.mjs';
import { inCi, isMain, projectRoot, runScript, ScriptError } from './runScript.mjs';
import { runTypeScript } from './runTypeScript.mjs';
import { ensureNode, ensurePackages, ensureSystem } from './setup.mjs';
import { demoPrograms } from './systemPrograms.mjs';

const USAGE = `Usage: npm run demo [-- OPTIONS]

Runs the whole chain on this machine, with nothing configured: an SSH server on loopback plays a machine far away, the
agent works there, the menu-bar app watches it. A third of the way all of it is killed; you press Resume.

  --auto       needs no hands (also where CI is set)
  --keep       leaves its folder, with the host's home, the job and the app's data
  --to FOLDER  where the video goes (dist/demo)
  --page       the app in a page of your browser, also where Electron is
  --embedded   an SSH server within the demo, also where this system has an sshd
`;

/**
 * @param {readonly string[]} args
 * @throws {ScriptError} for what there is not
 */
function parseDemoArgs(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        auto: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        to: { type: 'string' },
        page: { type: 'boolean', default: false },
        embedded: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new ScriptError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    const { help, to, ...options } = parseDemoArgs(
      process.argv.slice(2).filter((argument) => argument !== '--'),
    );
    if (help) {
      process.stdout.write(USAGE);
      return 0;
    }
    ensureNode();
    await ensurePackages();
    await ensureSystem(demoPrograms(), 'The demo and its example');
    const agent = await ensureAgentBuilt();
    await ensureAppBuilt();
    const folder = to === undefined ? join(projectRoot, 'dist/demo') : resolve(to);
    await mkdir(folder, { recursive: true });
    // That of an earlier demo; elsewhere a second one gets another name.
    if (to === undefined) await rm(join(folder, 'fractal.mp4'), { force: true });
    console.log(
      '\nMilepost: a long job on a machine far away, in the menu bar; killed, and resumed by one click.\n',
    );
    const flags = Object.entries({ ...options, auto: options.auto || inCi() }).flatMap(([name, isSet]) =>
      isSet ? [`--${name}`] : [],
    );
    return await runTypeScript('demo/main.ts', [
      ...flags,
      `--agent=${agent}`,
      `--python=${findPython(['numpy'])}`,
      `--ffmpeg=${findProgram('ffmpeg')}`,
      `--to=${folder}`,
    ]);
  });
}
