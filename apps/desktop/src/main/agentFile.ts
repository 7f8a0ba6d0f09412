import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentFile } from '@milepost/monitor/setup/installAgent';
import { MILEPOST_VERSION } from '@milepost/shared/version';

/** The version of the agent that comes with this app: both are built together. */
export const AGENT_VERSION = MILEPOST_VERSION;

/** Where the agent's one file lies: among the package's resources, or in development where its build puts it. */
export function agentPath(place: { isPackaged: boolean; resources: string; mainFolder: string }): string {
  return place.isPackaged
    ? join(place.resources, 'milepost.mjs')
    : join(place.mainFolder, '../../../agent/dist/milepost.mjs');
}

/** Reads it; throws the system's error. */
export async function readAgent(path: string): Promise<AgentFile> {
  return { version: AGENT_VERSION, bytes: await readFile(path) };
}
