import { isMain, runScript } from './runScript.mjs';
import { runTypeScript } from './runTypeScript.mjs';
import { ensureNode, ensurePackages, ensureSystem, testPrograms } from './setup.mjs';

// Takes the pictures of docs/screens anew; names of screens as arguments: only these.

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    await ensureSystem(
      testPrograms().filter(({ name }) => name === 'chromium'),
      'The pictures',
    );
    return await runTypeScript('apps/desktop/test/screens/takeScreens.ts', process.argv.slice(2));
  });
}
