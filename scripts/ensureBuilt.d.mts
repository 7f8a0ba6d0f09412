/**
 * The built agent, made anew only if its sources have changed since. Safe from several processes at once.
 *
 * @returns the file's absolute path
 */
export function ensureAgentBuilt(): Promise<string>;
