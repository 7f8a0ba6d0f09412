import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of the entries that tell where this user's jobs are on this host. */
export function registryFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(stateFolder(env), 'jobs');
}

/** Milepost's own state on this host. An empty XDG_STATE_HOME counts as none, as its specification says. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'];
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'milepost');
}
