import { agentFile, agentSourcesStamp, buildAgent, builtAgentStamp } from './buildAgent.mjs';

/** @type {Promise<string> | undefined} */
let building;

/**
 * The built agent, made anew only if its sources have changed since. Safe from several processes at once.
 *
 * @returns {Promise<string>} the file's absolute path
 */
export function ensureAgentBuilt() {
  building ??= (async () => {
    if ((await builtAgentStamp()) !== (await agentSourcesStamp())) await buildAgent();
    return agentFile;
  })();
  return building;
}
