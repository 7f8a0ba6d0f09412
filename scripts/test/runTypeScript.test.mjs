import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../runScript.mjs';

it('what a bundled program imports knows its own place still', () => {
  const run = `import { runTypeScript } from ${JSON.stringify(join(projectRoot, 'scripts/runTypeScript.mjs'))};
    process.exitCode = await runTypeScript('scripts/test/fixtures/places.ts', []);`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', run], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({ APP_ROOT: join(projectRoot, 'apps/desktop'), projectRoot });
});
