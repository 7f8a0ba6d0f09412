import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentSourcesStamp, buildAgent, builtAgentStamp } from '../buildAgent.mjs';
import { projectRoot } from '../runScript.mjs';

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

  it('carries the stamp of its sources', async () => {
    writeFileSync(join(dir, 'main.ts'), "console.log('hello');\n");
    const { file } = await buildAgent({ entry: join(dir, 'main.ts'), outFile: join(dir, 'a.mjs') });
    expect(await builtAgentStamp(file)).toBe(await agentSourcesStamp());
    expect(await builtAgentStamp(join(dir, 'nothing.mjs'))).toBeUndefined();
    writeFileSync(join(dir, 'old.mjs'), '#!/usr/bin/env node\n');
    expect(await builtAgentStamp(join(dir, 'old.mjs'))).toBeUndefined();
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
      expect(await builtAgentStamp(file)).toMatch(/^[0-9a-f]{64}$/);
      expect(statSync(file).mode & 0o111).not.toBe(0);
    }
    await builds;
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('hello\n');
    expect(readdirSync(dir).sort()).toEqual(['a.mjs', 'main.ts']);
  });
});

describe('agentSourcesStamp', () => {
  it('changes with a source, its name, or a new one', async () => {
    mkdirSync(join(dir, 'apps/agent/src/commands'), { recursive: true });
    const stamps = [await agentSourcesStamp(dir)];
    writeFileSync(join(dir, 'apps/agent/src/main.ts'), '1');
    stamps.push(await agentSourcesStamp(dir));
    writeFileSync(join(dir, 'apps/agent/src/main.ts'), '2');
    stamps.push(await agentSourcesStamp(dir));
    writeFileSync(join(dir, 'apps/agent/src/commands/run.ts'), '2');
    stamps.push(await agentSourcesStamp(dir));
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(await agentSourcesStamp(dir)).toBe(stamps.at(-1));
  });
});
