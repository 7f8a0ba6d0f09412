import { isMain, runScript } from './runScript.mjs';
import { runTypeScript } from './runTypeScript.mjs';
import { ensureNode, ensurePackages, ensureSystem } from './setup.mjs';
import { demoPrograms, testPrograms } from './systemPrograms.mjs';

// Films the demo for the README: docs/demo-light.gif and docs/demo-dark.gif.

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    const chromium = testPrograms().filter(({ name }) => name === 'chromium');
    await ensureSystem([...demoPrograms(), ...chromium], 'The pictures');
    return await runTypeScript('demo/film/main.ts', []);
  });
}
