import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PYTHON } from '@milepost/testing/python';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ensureAgentBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { APP_ROOT } from '../driver/build.ts';
import { readAsar, sha256 } from './asarFile.ts';

// Milepost.app as electron-builder makes it of electron-builder.yml and the built bundles, around a stand-in for
// Electron's own archive. MILEPOST_PACKAGED names a folder with packages made on a Mac, to check those instead.

const run = promisify(execFile);
const ROOT = join(APP_ROOT, '../..');
/** Debian's, or what comes with Xcode. */
const ARCHS = ['arm64', 'x64'] as const;
const manifestSchema = z.object({ version: z.string(), devDependencies: z.record(z.string(), z.string()) });

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let agent: string;
let manifest: z.infer<typeof manifestSchema>;
let packaged: string;
beforeAll(async () => {
  temp = await makeTempDir();
  agent = await ensureAgentBuilt();
  manifest = manifestSchema.parse(JSON.parse(await readFile(join(APP_ROOT, 'package.json'), 'utf8')));
  const given = process.env['MILEPOST_PACKAGED'];
  packaged = given ?? join(temp.path, 'out');
  if (given !== undefined) return;
  const electron = join(temp.path, 'electron');
  await mkdir(electron);
  const version = manifest.devDependencies['electron'] ?? '';
  await run(PYTHON, [join(import.meta.dirname, 'standInElectron.py'), electron, version, ...ARCHS]);
  const script = join(ROOT, 'scripts/package.mjs');
  const options = ['--no-build', '--dir', '--unsigned', '--electron-dist', electron, '--out', packaged];
  // A network that isn't there: nothing may be fetched.
  const offline = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
  await run(process.execPath, [script, ...options], { env: { ...process.env, ...offline } });
});
afterAll(() => temp.remove());

async function plist(file: string): Promise<Record<string, unknown>> {
  const program = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
  const { stdout } = await run(PYTHON, ['-c', program, file]);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}

/** All files and links under a folder, relative to it. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe.each(ARCHS)('Milepost.app for %s', (arch) => {
  let contents: string;
  const resource = (name: string): string => join(contents, 'Resources', name);
  beforeAll(() => {
    contents = join(packaged, arch === 'arm64' ? 'mac-arm64' : 'mac', 'Milepost.app/Contents');
  });

  it('lives in the menu bar, and says who it is', async () => {
    expect(await plist(join(contents, 'Info.plist'))).toMatchObject({
      CFBundleName: 'Milepost',
      CFBundleDisplayName: 'Milepost',
      CFBundleExecutable: 'Milepost',
      CFBundleIdentifier: 'dev.milepost.menubar',
      CFBundleShortVersionString: manifest.version,
      CFBundleIconFile: 'icon.icns',
      LSUIElement: true,
      LSMinimumSystemVersion: '13.0',
      LSApplicationCategoryType: 'public.app-category.developer-tools',
      NSUserNotificationAlertStyle: 'alert',
      NSLocalNetworkUsageDescription: expect.stringContaining('SSH'),
    });
  });

  it('asks for no camera, microphone or Bluetooth, and allows no insecure loads', async () => {
    const keys = Object.keys(await plist(join(contents, 'Info.plist')));
    const asked = keys.filter((key) => key.endsWith('UsageDescription'));
    expect(asked).toEqual(['NSLocalNetworkUsageDescription']);
    expect(keys).not.toContain('NSAppTransportSecurity');
  });

  it('has our icon, whole', async () => {
    const icon = await readFile(resource('icon.icns'));
    expect(icon.equals(await readFile(join(APP_ROOT, 'packaging/icon.icns')))).toBe(true);
    expect(icon.toString('latin1', 0, 4)).toBe('icns');
    expect(icon.readUInt32BE(4)).toBe(icon.length);
  });

  it('holds main, preload and renderer as one file each, the menu-bar icons, and nothing else', async () => {
    const { files } = await readAsar(resource('app.asar'));
    const paths = files.map(({ path }) => path);
    expect(
      paths.filter((path) => !path.endsWith('Template.png') && !path.endsWith('@2x.png')).sort(),
    ).toEqual([
      'out/main/index.js',
      'out/preload/index.cjs',
      'out/renderer/index.html',
      'out/renderer/renderer.css',
      'out/renderer/renderer.js',
      'package.json',
    ]);
    const icons = await readdir(join(APP_ROOT, 'icons/tray'));
    expect(paths.filter((path) => path.endsWith('.png')).sort()).toEqual(
      icons.map((icon) => `out/main/${icon}`).sort(),
    );
    for (const { path, data } of files) {
      if (path === 'package.json') continue;
      expect(data.equals(await readFile(join(APP_ROOT, path))), path).toBe(true);
    }
    const own = files.find(({ path }) => path === 'package.json')?.data.toString('utf8') ?? '';
    expect(JSON.parse(own)).toMatchObject({ main: 'out/main/index.js', version: manifest.version });
    expect(JSON.parse(own)).not.toHaveProperty('devDependencies');
  });

  it('is under 5 MB beside Electron', async () => {
    expect((await lstat(resource('app.asar'))).size).toBeLessThan(5e6);
  });

  it('names the hash of its archive in Info.plist', async () => {
    const { headerHash } = await readAsar(resource('app.asar'));
    expect((await plist(join(contents, 'Info.plist')))['ElectronAsarIntegrity']).toEqual({
      'Resources/app.asar': { algorithm: 'SHA256', hash: headerHash },
    });
  });

  it('has nothing else that Electron would run as an app, and no modules', async () => {
    for (const name of ['app', 'default_app.asar', 'app.asar.unpacked']) {
      expect(existsSync(resource(name)), name).toBe(false);
    }
    const found = (await filesUnder(contents)).filter((path) => /node_modules|\.node$/.test(path));
    expect(found).toEqual([]);
  });

  it('has its fuses set', async () => {
    const framework = join(contents, 'Frameworks/Electron Framework.framework/Electron Framework');
    const bytes = await readFile(framework);
    const wire = bytes.indexOf('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX') + 32;
    expect([...bytes.subarray(wire, wire + 2)]).toEqual([1, 9]);
    const names = [
      'RunAsNode',
      'EnableCookieEncryption',
      'EnableNodeOptionsEnvironmentVariable',
      'EnableNodeCliInspectArguments',
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
      'LoadBrowserProcessSpecificV8Snapshot',
      'GrantFileProtocolExtraPrivileges',
      'WasmTrapHandlers',
    ];
    const on = names.filter((_name, at) => bytes[wire + 2 + at] === '1'.charCodeAt(0));
    expect(on).toEqual([
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
      // What Electron itself needs for WebAssembly; no way in.
      'WasmTrapHandlers',
    ]);
  });

  it.each(['Helper', 'Helper (GPU)', 'Helper (Plugin)', 'Helper (Renderer)'])(
    'has %s under its own name',
    async (helper) => {
      const app = join(contents, `Frameworks/Milepost ${helper}.app/Contents`);
      const info = await plist(join(app, 'Info.plist'));
      expect(info).toMatchObject({ CFBundleExecutable: `Milepost ${helper}` });
      expect(info['CFBundleIdentifier']).toMatch(/^dev\.milepost\.menubar\.helper/);
      expect((await lstat(join(app, `MacOS/Milepost ${helper}`))).mode & 0o111).toBe(0o111);
    },
  );

  it('keeps the links of its framework, and its program can be run', async () => {
    const framework = join(contents, 'Frameworks/Electron Framework.framework');
    expect(await readlink(join(framework, 'Versions/Current'))).toBe('A');
    expect((await lstat(join(contents, 'MacOS/Milepost'))).mode & 0o111).toBe(0o111);
  });

  it('brings the agent that was built with it, byte for byte', async () => {
    expect(sha256(await readFile(resource('milepost.mjs')))).toBe(sha256(await readFile(agent)));
  });

  it('brings the licences of what it contains', async () => {
    const notices = await readFile(resource('THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices).toContain('ssh2 ');
    expect(notices).toContain('Permission is hereby granted');
    expect(existsSync(resource('LICENSE.electron.txt'))).toBe(true);
    expect(existsSync(resource('LICENSES.chromium.html'))).toBe(true);
  });

  it('comes in English only', async () => {
    const languages = (await filesUnder(contents)).filter((path) => path.includes('.lproj/'));
    expect(languages.length).toBeGreaterThan(0);
    expect(languages.filter((path) => !/\/en(_[A-Z]+)?\.lproj\//.test(path))).toEqual([]);
  });
});

describe('the check of the archive', () => {
  it('notices a changed byte', async () => {
    const archive = join(packaged, 'mac-arm64/Milepost.app/Contents/Resources/app.asar');
    const bytes = await readFile(archive);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 10) ^ 1, bytes.length - 10);
    const changed = join(temp.path, 'changed.asar');
    await writeFile(changed, bytes);
    await expect(readAsar(changed)).rejects.toThrow('is not what its hash');
  });
});

describe('the entitlements', () => {
  it('of a release are what V8 needs, and nothing else', async () => {
    expect(await plist(join(APP_ROOT, 'packaging/entitlements.plist'))).toEqual({
      'com.apple.security.cs.allow-jit': true,
    });
  });

  it('of a local package add what an ad-hoc signature needs', async () => {
    expect(await plist(join(APP_ROOT, 'packaging/entitlements.local.plist'))).toEqual({
      'com.apple.security.cs.allow-jit': true,
      'com.apple.security.cs.disable-library-validation': true,
    });
  });
});

describe('electron-builder.yml', () => {
  it('names the Electron that is tested', async () => {
    const config = await readFile(join(ROOT, 'electron-builder.yml'), 'utf8');
    expect(config).toContain(`electronVersion: ${manifest.devDependencies['electron']}\n`);
  });

  it('makes a dmg and a zip for each of the two processors', async () => {
    const config = await readFile(join(ROOT, 'electron-builder.yml'), 'utf8');
    expect(config).toContain('{ target: dmg, arch: [arm64, x64] }');
    expect(config).toContain('{ target: zip, arch: [arm64, x64] }');
  });
});
