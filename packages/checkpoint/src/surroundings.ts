import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Surroundings } from '@milepost/shared/job';

const NAMES = new Set(['PATH', 'VIRTUAL_ENV', 'LD_LIBRARY_PATH', 'LANG', 'TZ']);
const PREFIXES = ['CONDA_', 'PYTHON', 'CUDA_', 'OMP_', 'LC_'];
const SECRET = /TOKEN|SECRET|PASSWORD|KEY/i;

/**
 * Which variables of an environment a resume needs to find the same program and libraries. What looks like a secret
 * is kept only where `named` asks for it by name.
 */
export function keptVariables(
  env: Readonly<Record<string, string | undefined>>,
  named: readonly string[],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const usual =
      (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))) && !SECRET.test(name);
    if (usual || named.includes(name)) kept[name] = value;
  }
  return kept;
}

/** Where this job is being started: folder, umask, the program that its command means, and its variables. */
export async function captureSurroundings(
  command: readonly string[],
  namedVariables: readonly string[],
): Promise<Surroundings> {
  const cwd = process.cwd();
  return {
    cwd,
    umask: process.umask().toString(8).padStart(4, '0'),
    program: await findProgram(command[0] ?? '', cwd, process.env['PATH'] ?? ''),
    env: keptVariables(process.env, namedVariables),
  };
}

/** The absolute path of a program as a shell would find it (links kept: a virtual environment's python is one). */
export async function findProgram(name: string, cwd: string, path: string): Promise<string | null> {
  const candidates = name.includes('/')
    ? [isAbsolute(name) ? name : resolve(cwd, name)]
    : path.split(delimiter).map((folder) => join(resolve(cwd, folder), name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // Not there, or not to be run: the next folder of PATH may have it.
    }
  }
  return null;
}
