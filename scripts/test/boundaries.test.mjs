import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCrossings, relativeImports } from '../boundaries.mjs';
import { projectRoot } from '../runScript.mjs';

const imports = 'lint/style/noRestrictedImports';
const globals = 'lint/style/noRestrictedGlobals';

/** @type {readonly (readonly [file: string, source: string, rule: string | null])[]} */
const cases = [
  // packages/shared: pure
  ['packages/shared/src/a1.ts', "import 'node:fs';", imports],
  ['packages/shared/src/a2.ts', "import 'node:fs/promises';", imports],
  ['packages/shared/src/a3.ts', "import '@milepost/checkpoint/plan';", imports],
  ['packages/shared/src/a4.ts', "import '@milepost/monitor/ssh/config';", imports],
  ['packages/shared/src/a5.ts', "import 'electron';", imports],
  ['packages/shared/src/a6.ts', "import 'ssh2';", imports],
  ['packages/shared/src/a7.ts', 'export const now = Date.now();', globals],
  ['packages/shared/src/a8.ts', 'export const now = new Date();', globals],
  ['packages/shared/src/a9.ts', 'export const pid = process.pid;', globals],
  ['packages/shared/src/a10.ts', "export const b = Buffer.from('');", globals],
  ['packages/shared/src/ok.ts', "import 'zod';\nimport './job.ts';", null],
  ['packages/shared/test/ok.ts', "import 'node:fs';\nexport const now = Date.now();", null],
  // packages/checkpoint and packages/monitor don't know each other, nor an app
  ['packages/checkpoint/src/a1.ts', "import '@milepost/monitor/api';", imports],
  [
    'packages/checkpoint/src/a2.ts',
    "import type { A } from '@milepost/monitor/ssh/connection';\nexport type B = A;",
    imports,
  ],
  ['packages/checkpoint/src/a3.ts', "export const e = import('electron');", imports],
  ['packages/checkpoint/src/a4.ts', "import 'ssh2';", imports],
  ['packages/checkpoint/src/a5.ts', "import '@milepost/agent/main';", imports],
  ['packages/checkpoint/test/a1.ts', "import '@milepost/monitor/api';", imports],
  ['packages/checkpoint/src/ok.ts', "import 'node:fs';\nimport '@milepost/shared/progress/format';", null],
  ['packages/monitor/src/a1.ts', "import '@milepost/checkpoint/plan';", imports],
  ['packages/monitor/src/a2.ts', "import 'electron';", imports],
  ['packages/monitor/src/a3.ts', "import 'electron/main';", imports],
  ['packages/monitor/src/a4.ts', "import '@milepost/desktop/main/show';", imports],
  ['packages/monitor/src/a5.ts', "export { x } from '@milepost/agent/main';", imports],
  ['packages/monitor/src/ok.ts', "import 'ssh2';\nimport 'node:fs';\nimport '@milepost/shared/job';", null],
  // the apps
  ['apps/agent/src/a1.ts', "import 'electron';", imports],
  ['apps/agent/src/a2.ts', "import '@milepost/desktop/main/show';", imports],
  ['apps/agent/src/ok.ts', "import '@milepost/checkpoint/plan';\nimport '@milepost/monitor/api';", null],
  ['apps/desktop/src/main/a1.ts', "import '../renderer/store.ts';", imports],
  ['apps/desktop/src/main/a2.ts', "import '@milepost/checkpoint/plan';", imports],
  ['apps/desktop/src/main/a3.ts', "import '@milepost/agent/commands/run';", imports],
  [
    'apps/desktop/src/main/ok.ts',
    "import 'electron';\nimport '@milepost/monitor/api';\nimport '../bridge.ts';",
    null,
  ],
  ['apps/desktop/src/preload/a1.ts', "import '../renderer/store.ts';", imports],
  ['apps/desktop/src/bridge.ts', "import 'electron';", imports],
  ['apps/desktop/src/bridge/a1.ts', "import 'node:fs';", imports],
  ['apps/desktop/src/bridge/a2.ts', "import '../main/show.ts';", imports],
  ['apps/desktop/src/bridge/a3.ts', "import '@milepost/monitor/api';", imports],
  [
    'apps/desktop/src/bridge/ok.ts',
    "import '@milepost/monitor/view';\nimport '@milepost/monitor/setup/hostCheck';\nimport './jobs.ts';",
    null,
  ],
  ['apps/desktop/src/renderer/a1.tsx', "import 'node:fs';", imports],
  ['apps/desktop/src/renderer/a2.tsx', "import 'node:fs/promises';", imports],
  ['apps/desktop/src/renderer/a3.tsx', "import 'electron';", imports],
  ['apps/desktop/src/renderer/a4.tsx', "import 'electron/renderer';", imports],
  ['apps/desktop/src/renderer/a5.tsx', "import '@milepost/monitor/api';", imports],
  ['apps/desktop/src/renderer/a6.tsx', "import '../main/show.ts';", imports],
  ['apps/desktop/src/renderer/views/a7.tsx', "import '../../preload/index.ts';", imports],
  ['apps/desktop/src/renderer/a8.tsx', "import 'ssh2';", imports],
  [
    'apps/desktop/src/renderer/ok.tsx',
    "import '@milepost/shared/job';\nimport '../bridge.ts';\nimport '../bridge/jobs.ts';\nimport 'react';",
    null,
  ],
];

let dir = '';
/** @type {Map<string, Set<string>>} the rules that each file broke */
const broken = new Map();

beforeAll(async () => {
  // A tree of its own under the same paths and the project's own rules.
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-boundaries-'));
  cpSync(join(projectRoot, 'biome.json'), join(dir, 'biome.json'));
  for (const [file, source] of cases) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), `${source}\n`);
  }
  const biome = join(projectRoot, 'node_modules/.bin/biome');
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  // It ends with 1, as it must; what it prints is what counts.
  const output = await new Promise((resolve) =>
    execFile(biome, args, { cwd: dir }, (_error, stdout) => resolve(stdout)),
  );
  for (const { category, location } of JSON.parse(output).diagnostics) {
    const rules = broken.get(location.path) ?? new Set();
    broken.set(location.path, rules.add(category));
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the import boundaries that lint keeps', () => {
  it.each(cases)('%s: %j', (file, _source, rule) => {
    const found = [...(broken.get(file) ?? [])].filter(
      (category) => category === imports || category === globals,
    );
    expect(found).toEqual(rule === null ? [] : [rule]);
  });
});

describe('relative imports', () => {
  it('are found in every form', () => {
    const source = `
      import a from './a.ts';
      import type { B } from "../b.ts";
      import './c.ts';
      export * from '../../d.ts';
      const e = await import('./e.ts');
      const f = require('./f.cjs');
      import { g } from 'g';
    `;
    expect(relativeImports(source)).toEqual([
      './a.ts',
      '../b.ts',
      './c.ts',
      '../../d.ts',
      './e.ts',
      './f.cjs',
    ]);
  });

  it('may not leave their package', () => {
    const tree = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-crossings-'));
    try {
      const files = {
        'packages/checkpoint/package.json': '{}',
        'packages/checkpoint/src/plan.ts': "import '../../monitor/src/api.ts';\nimport './ledger.ts';\n",
        'packages/checkpoint/test/deep/plan.test.ts':
          "import '../../src/plan.ts';\nimport '../../../../scripts/x.mjs';\n",
        'tests/chain/package.json': '{}',
        'tests/chain/a.test.ts':
          "import '../../apps/desktop/test/driver/driver.ts';\nimport '../../apps/desktop/src/bridge.ts';\n",
        'demo/package.json': '{}',
        'demo/served/page.ts':
          "import '../../apps/desktop/src/preload/index.ts';\nimport '../../apps/desktop/test/driver/driver.ts';\n",
        'packages/checkpoint/src/x.ts': "import '../../../scripts/x.mjs';\n",
      };
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, file)), { recursive: true });
        writeFileSync(join(tree, file), text);
      }
      expect(findCrossings(tree).map((line) => line.split(':')[0])).toEqual([
        'packages/checkpoint/src/plan.ts imports ../../monitor/src/api.ts',
        'packages/checkpoint/src/x.ts imports ../../../scripts/x.mjs',
        'tests/chain/a.test.ts imports ../../apps/desktop/src/bridge.ts',
        'demo/served/page.ts imports ../../apps/desktop/src/preload/index.ts',
      ]);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
});
