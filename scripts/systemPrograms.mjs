import { existsSync } from 'node:fs';
import { findProgram, isProgram } from './findProgram.mjs';
import { findPython, TEST_MODULES } from './python.mjs';
import { inCi, lastLines, runQuietly, ScriptError } from './runScript.mjs';

/**
 * A program that the tests, the benchmarks or the demo run and npm doesn't bring.
 *
 * @typedef {object} SystemProgram
 * @property {string} name what a person calls it
 * @property {() => boolean} isThere looks for the program itself: a package's name says nothing about other systems
 * @property {readonly string[]} apt its Debian packages
 * @property {readonly string[]} brew what Homebrew calls it; empty where macOS needs or has none
 */

/**
 * The browser for the app's tests: Chromium or Chrome, whichever this machine has.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const inApplications = ['Chromium', 'Google Chrome'].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  );
  return (
    ['chromium', 'google-chrome', 'google-chrome-stable']
      .map(findProgram)
      .find((file) => file !== undefined) ?? inApplications.find(isProgram)
  );
}

/**
 * @param {string} name
 * @param {readonly string[]} apt
 * @param {readonly string[]} [brew]
 * @returns {SystemProgram}
 */
export function onPath(name, apt, brew = []) {
  return { name, apt, brew, isThere: () => findProgram(name) !== undefined };
}

/**
 * @param {readonly string[]} modules
 * @returns {SystemProgram}
 */
export function python(modules) {
  return {
    name: `python3 with ${modules.join(' and ')}`,
    apt: ['python3', ...modules.map((name) => `python3-${name}`)],
    // Homebrew has no tqdm; `python3 -m pip install` has.
    brew: modules.filter((name) => name === 'numpy'),
    isThere: () => findPython(modules) !== undefined,
  };
}

/**
 * What the demo needs on this system beyond Node and npm: what the agent and its example run. An sshd, a browser and
 * Electron are used where they are.
 *
 * @param {NodeJS.Platform} [platform]
 * @returns {readonly SystemProgram[]}
 */
export function demoPrograms(platform = process.platform) {
  const needed = new Set(['ffmpeg', 'flock', 'ps']);
  return [python(['numpy']), ...testPrograms(platform).filter(({ name }) => needed.has(name))];
}

/**
 * What the tests run on this system beyond Node and npm.
 *
 * @param {NodeJS.Platform} [platform]
 * @returns {readonly SystemProgram[]}
 */
export function testPrograms(platform = process.platform) {
  const everywhere = [
    { name: 'sshd', apt: ['openssh-server'], brew: [], isThere: () => isProgram('/usr/sbin/sshd') },
    onPath('ssh', ['openssh-client']),
    onPath('ssh-keygen', ['openssh-client']),
    {
      name: 'chromium',
      apt: ['chromium', 'fonts-dejavu-core'],
      brew: ['--cask', 'google-chrome'],
      isThere: () => findChromium() !== undefined,
    },
    python(TEST_MODULES),
    {
      name: 'ffmpeg',
      apt: ['ffmpeg'],
      brew: ['ffmpeg'],
      isThere: () => ['ffmpeg', 'ffprobe'].every((name) => findProgram(name) !== undefined),
    },
  ];
  // macOS locks with O_EXLOCK, and has no strace and no network namespaces.
  const onLinux = [
    onPath('flock', ['util-linux']),
    onPath('ps', ['procps']),
    onPath('strace', ['strace']),
    onPath('ip', ['iproute2']),
    onPath('nft', ['nftables']),
  ];
  return platform === 'linux' ? [...everywhere, ...onLinux] : everywhere;
}

/**
 * What kind of machine this is, as far as installing goes.
 *
 * @typedef {object} Machine
 * @property {NodeJS.Platform} platform
 * @property {boolean} root
 * @property {boolean} ci
 * @property {boolean} debianLike has apt-get
 */

/** @returns {Machine} */
function thisMachine() {
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    ci: inCi(),
    debianLike: existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined,
  };
}

/**
 * What to do about missing programs. Packages are installed only where that is ours to do: as root on Debian, and in
 * CI; a person's own machine is left to the person.
 *
 * @param {readonly SystemProgram[]} missing
 * @param {Machine} machine
 * @returns {{ kind: 'install', commands: readonly (readonly string[])[], packages: readonly string[] }
 *   | { kind: 'tell', line: string | null }} `line`: what a person runs; null where we know no package manager
 */
export function planInstall(missing, { platform, root, ci, debianLike }) {
  if (debianLike) {
    const packages = [...new Set(missing.flatMap((program) => program.apt))];
    const update = ['apt-get', 'update'];
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
    if (root) return { kind: 'install', packages, commands: [update, install] };
    const asRoot = ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive'];
    if (ci)
      return {
        kind: 'install',
        packages,
        commands: [
          [...asRoot, ...update],
          [...asRoot, ...install],
        ],
      };
    return { kind: 'tell', line: `sudo ${update.join(' ')} && sudo ${install.join(' ')}` };
  }
  if (platform === 'darwin') {
    const commands = missing.map((program) => ['brew', 'install', ...program.brew]);
    if (missing.some((program) => program.brew.length === 0)) return { kind: 'tell', line: null };
    if (ci) return { kind: 'install', packages: missing.map((program) => program.name), commands };
    return { kind: 'tell', line: commands.map((command) => command.join(' ')).join(' && ') };
  }
  return { kind: 'tell', line: null };
}

/** @param {readonly SystemProgram[]} programs */
function namesOf(programs) {
  return programs.map((program) => program.name).join(', ');
}

/**
 * Sees to it that the programs are there: installs what lacks where that is ours to do (root on Debian, CI), and
 * elsewhere says the one line to run.
 *
 * @param {readonly SystemProgram[]} programs
 * @param {string} [who] needs them
 * @throws {ScriptError} when something lacks in the end
 */
export async function ensureSystem(programs, who = 'The tests') {
  const missing = programs.filter((program) => !program.isThere());
  if (missing.length === 0) return;
  const plan = planInstall(missing, thisMachine());
  if (plan.kind === 'tell') {
    const next =
      plan.line === null
        ? "Install them with this system's package manager, then run this again."
        : `Run this line, then this command again:\n\n    ${plan.line}\n`;
    throw new ScriptError(`${who} need programs that this machine lacks: ${namesOf(missing)}.\n${next}`);
  }
  console.log(`Installing ${plan.packages.join(' ')} (once; a minute or two) ...`);
  const startedMs = Date.now();
  let said = '';
  for (const command of plan.commands) {
    // No word from `update` alone decides: a broken extra source doesn't keep Debian's own packages from installing.
    const { output, ended, ok } = await runQuietly(command, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' },
    });
    if (!ok) said += `$ ${command.join(' ')}   (${ended})\n${output}\n`;
  }
  const stillMissing = missing.filter((program) => !program.isThere());
  if (stillMissing.length > 0) {
    throw new ScriptError(
      [
        `These programs could not be installed: ${namesOf(stillMissing)}.`,
        ...(said === '' ? [] : ['The end of what was said:', lastLines(said)]),
        '',
        "Mend what it names (network, the machine's package sources, another apt-get that runs), then run this again. By hand:",
        `    ${plan.commands.map((command) => command.join(' ')).join(' && ')}`,
      ].join('\n'),
    );
  }
  console.log(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
  if (plan.packages.includes('openssh-server') && existsSync('/run/systemd/system')) {
    console.log(
      "Debian starts openssh-server's own service too; `systemctl disable --now ssh` turns it off.",
    );
  }
}
