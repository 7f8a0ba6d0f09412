import { ensureAgentBuilt } from './ensureBuilt.mjs';
import { isMain, runScript } from './runScript.mjs';
import { runTypeScript } from './runTypeScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    // `pnpm bench -- --write` hands the two dashes on. The agent is the one that users would run.
    const args = process.argv.slice(2).filter((argument) => argument !== '--');
    return await runTypeScript('bench/main.ts', [`--agent=${await ensureAgentBuilt()}`, ...args]);
  });
}
