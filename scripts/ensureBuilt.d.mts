/**
 * The built agent, made anew only if its sources have changed since. Safe from several processes at once.
 *
 * @returns the file's absolute path
 */
export function ensureAgentBuilt(): Promise<string>;

/**
 * The app's bundles, made anew only if their sources have changed since. Safe from several processes at once, and
 * while the app runs.
 */
export function ensureAppBuilt(): Promise<void>;
