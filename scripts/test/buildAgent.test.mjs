import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildAgent } from '../buildAgent.mjs';
import { projectRoot } from '../runScript.mjs';
import { stampOf } from '../sourcesStamp.mjs';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-build-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('buildAgent', () => {
  it('makes one executable file that runs where nothing else is installed', async () => {
    const ssh2 = join(projectRoot, 'packages/monitor/node_modules/ssh2/lib/index.js');
    writeFileSync(
      join(dir, 'main.ts'),
      `#!/usr/bin/env node
import ssh2 from ${JSON.stringify(ssh2)};
const key: string = ssh2.utils.generateKeyPairSync('ed25519').public;
console.log(key.split(' ')[0], typeof ssh2.Client, __filename === process.argv[1]);
`,
    );
    const alone = join(dir, 'alone');
    mkdirSync(alone);
    const { file, bytes } = await buildAgent({ entry: join(dir, 'main.ts'), outFile: join(alone, 'a.mjs') });
    expect(readdirSync(alone)).toEqual(['a.mjs']);
    expect(statSync(file).size).toBe(bytes);
    expect(statSync(file).mode & 0o777).toBe(0o755);
    const env = { PATH: process.env['PATH'] };
    expect(execFileSync(file, { cwd: alone, env, encoding: 'utf8' })).toBe('ssh-ed25519 function true\n');
  });

  it('is whole for whoever runs it while several builds go on', async () => {
    writeFileSync(join(dir, 'main.ts'), "console.log('hello');\n");
    const build = () => buildAgent({ entry: join(dir, 'main.ts'), outFile: join(dir, 'a.mjs') });
    const { file } = await build();
    let building = true;
    const builds = Promise.all(Array.from({ length: 10 }, build)).finally(() => {
      building = false;
    });
    while (building) {
      expect(await stampOf(file)).toMatch(/^[0-9a-f]{64}$/);
      expect(statSync(file).mode & 0o111).not.toBe(0);
    }
    await builds;
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('hello\n');
    expect(readdirSync(dir).sort()).toEqual(['a.mjs', 'main.ts']);
  });
});
