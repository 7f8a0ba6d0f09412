import { findLacks } from './benchPrograms.mjs';
import { ensureAgentBuilt } from './ensureBuilt.mjs';
import { findPython } from './python.mjs';
import { isMain, runScript } from './runScript.mjs';
import { runTypeScript } from './runTypeScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';
import { findChromium } from './systemPrograms.mjs';

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    // `pnpm bench -- --write` hands the two dashes on. The agent is the one that users would run.
    const args = process.argv.slice(2).filter((argument) => argument !== '--');
    const lacks = await findLacks(args);
    // Names given by hand win.
    process.env['MILEPOST_PYTHON'] ??= findPython(['tqdm']) ?? 'python3';
    process.env['MILEPOST_CHROMIUM'] ??= findChromium() ?? 'chromium';
    return await runTypeScript('bench/main.ts', [
      `--agent=${await ensureAgentBuilt()}`,
      ...lacks.map((lack) => `--lack=${lack}`),
      ...args,
    ]);
  });
}
