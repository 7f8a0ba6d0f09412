import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { benchPrograms } from '../benchPrograms.mjs';
import { inCi, projectRoot } from '../runScript.mjs';
import { ensureNode, manifests, packagesStamp } from '../setup.mjs';
import { planInstall, testPrograms } from '../systemPrograms.mjs';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-setup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the Node that builds', () => {
  it.each(['18.20.4', '20.18.3', '21.7.0', '22.11.0'])('is not %s', (version) => {
    expect(() => ensureNode(version)).toThrow(`this is Node ${version}`);
  });
  it.each(['20.19.0', '20.20.2', '22.12.0', '24.1.0', '26.0.0'])('may be %s', (version) => {
    expect(() => ensureNode(version)).not.toThrow();
  });
});

describe('the programs that npm does not bring', () => {
  const missing = testPrograms('linux').filter(({ name }) => ['sshd', 'chromium', 'ssh'].includes(name));
  const debian = { platform: /** @type {const} */ ('linux'), root: false, ci: false, debianLike: true };
  const line =
    'apt-get install -y --no-install-recommends openssh-server openssh-client chromium fonts-dejavu-core';

  it('are installed as root on Debian', () => {
    expect(planInstall(missing, { ...debian, root: true })).toMatchObject({
      kind: 'install',
      commands: [['apt-get', 'update'], line.split(' ')],
    });
  });

  it('are installed in CI by sudo that may not ask', () => {
    const plan = planInstall(missing, { ...debian, ci: true });
    expect(plan).toMatchObject({ kind: 'install' });
    if (plan.kind !== 'install') return;
    expect(plan.commands[1]?.join(' ')).toBe(`sudo -n DEBIAN_FRONTEND=noninteractive ${line}`);
  });

  it("are left to the person on the person's own machine, with the one line to run", () => {
    expect(planInstall(missing, debian)).toEqual({
      kind: 'tell',
      line: `sudo apt-get update && sudo ${line}`,
    });
  });

  it('come from Homebrew on a Mac, where each is known to it', () => {
    const mac = { platform: /** @type {const} */ ('darwin'), root: false, ci: false, debianLike: false };
    const onMac = testPrograms('darwin').filter(({ name }) => /chromium|numpy|ffmpeg/.test(name));
    expect(planInstall(onMac, mac)).toEqual({
      kind: 'tell',
      line: 'brew install --cask google-chrome && brew install numpy && brew install ffmpeg',
    });
    expect(testPrograms('darwin').map(({ name }) => name)).not.toContain('flock');
  });

  it('are more for the benchmarks: what they are measured beside, and what they run on', () => {
    const plan = planInstall(benchPrograms('linux'), { ...debian, root: true });
    if (plan.kind !== 'install') throw new Error('as root they are installed');
    expect(plan.packages).toEqual(expect.arrayContaining(['parallel', 'python3-tqdm', 'openssh-client']));
    expect(plan.packages).not.toContain('ffmpeg');
  });

  it('are only named on a system whose packages we do not know', () => {
    expect(planInstall(missing, { ...debian, root: true, debianLike: false })).toEqual({
      kind: 'tell',
      line: null,
    });
  });
});

describe('CI', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['', false],
    ['false', false],
    [undefined, false],
  ])('CI=%s', (value, expected) => {
    expect(inCi(value === undefined ? {} : { CI: value })).toBe(expected);
  });
});

describe('the installed packages', () => {
  it('are stale when the lockfile or a package.json changes', () => {
    const files = [
      ...['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
      ...['packages/a/package.json', 'bench/package.json', 'demo/package.json'],
    ];
    for (const file of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), '{}');
    }
    const before = packagesStamp(dir);
    expect(packagesStamp(dir)).toBe(before);
    for (const file of files) {
      writeFileSync(join(dir, file), '{"changed":true}');
      expect(packagesStamp(dir), file).not.toBe(before);
      writeFileSync(join(dir, file), '{}');
    }
  });

  it('say what to do when they cannot be installed', () => {
    // A copy of the project without node_modules, and an npx that fails as one without network does.
    for (const file of ['scripts', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
      cpSync(join(projectRoot, file), join(dir, file), { recursive: true });
    }
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/npx'), '#!/bin/sh\necho "npm error code EAI_AGAIN" >&2\nexit 1\n', {
      mode: 0o755,
    });
    for (const script of ['build', 'test', 'check']) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(dir, `scripts/${script}.mjs`)], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(dir, 'bin')}:${process.env['PATH']}` },
      });
      expect(status, script).toBe(1);
      expect(stderr).toContain('npm error code EAI_AGAIN');
      expect(stderr).toContain('run this again');
      expect(stderr).not.toMatch(/^\s+at /m);
      if (script === 'test')
        expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
    }
    expect(readdirSync(dir)).not.toContain('node_modules');
  });
});

describe('versions', () => {
  it('are the same in every package.json and in the code', () => {
    const version = /MILEPOST_VERSION = '([^']+)'/.exec(
      readFileSync(join(projectRoot, 'packages/shared/src/version.ts'), 'utf8'),
    )?.[1];
    const files = manifests(projectRoot);
    expect(files).toEqual(expect.arrayContaining(['clients/python/package.json', 'demo/package.json']));
    for (const file of files) {
      expect(JSON.parse(readFileSync(join(projectRoot, file), 'utf8')).version, file).toBe(version);
    }
  });
});
