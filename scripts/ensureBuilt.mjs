import { agentFile, agentIsBuilt, buildAgent } from './buildAgent.mjs';
import { appIsBuilt, buildApp } from './buildApp.mjs';

/** @type {Promise<string> | undefined} */
let agent;

/**
 * The built agent, made anew only if its sources have changed since. Safe from several processes at once.
 *
 * @returns {Promise<string>} the file's absolute path
 */
export function ensureAgentBuilt() {
  agent ??= (async () => {
    if (!(await agentIsBuilt())) await buildAgent();
    return agentFile;
  })();
  return agent;
}

/** @type {Promise<void> | undefined} */
let app;

/**
 * The app's bundles, made anew only if their sources have changed since. Safe from several processes at once, and
 * while the app runs.
 *
 * @returns {Promise<void>}
 */
export function ensureAppBuilt() {
  app ??= (async () => {
    if (!(await appIsBuilt())) await buildApp();
  })();
  return app;
}
