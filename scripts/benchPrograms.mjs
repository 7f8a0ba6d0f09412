import { ScriptError } from './runScript.mjs';
import { ensureSystem, onPath, python, testPrograms } from './systemPrograms.mjs';

/**
 * What the benchmarks are measured beside, and run on: more than the tests need.
 *
 * @param {NodeJS.Platform} [platform]
 * @returns {readonly import('./systemPrograms.mjs').SystemProgram[]}
 */
export function benchPrograms(platform = process.platform) {
  const needed = ['sshd', 'ssh', 'ssh-keygen', 'chromium', 'flock', 'strace'];
  return [
    ...testPrograms(platform).filter(({ name }) => needed.includes(name)),
    onPath('parallel', ['parallel'], ['parallel']),
    python(['tqdm']),
  ];
}

/**
 * What each part of the bench can't do without, and what it only measures more with, by names of
 * {@link benchPrograms}.
 *
 * @type {Readonly<Record<string, { needs: readonly string[], uses?: readonly string[] }>>}
 */
const parts = {
  speed: { needs: [], uses: ['flock'] },
  batches: { needs: ['parallel'], uses: ['flock', 'strace'] },
  poll: { needs: ['sshd', 'ssh', 'ssh-keygen'] },
  app: { needs: ['sshd', 'ssh', 'ssh-keygen', 'chromium'] },
  output: { needs: [], uses: ['flock'] },
  track: { needs: ['python3 with tqdm'] },
  eta: { needs: [], uses: ['python3 with tqdm'] },
};

/**
 * The parts that can't be measured here, each with the reason, after what lacked was installed where that is ours to
 * do. One part that was asked for by name must run: its lack is a failure.
 *
 * @param {readonly string[]} args
 * @returns {Promise<string[]>}
 * @throws {ScriptError}
 */
export async function findLacks(args) {
  const asked = args.filter(
    (arg, at) => !arg.startsWith('-') && !['--only', '--dir'].includes(args[at - 1] ?? ''),
  );
  // The bench says how it is used; nothing is installed for that.
  if (args.includes('--help') || asked.some((name) => !(name in parts))) return [];
  const chosen = asked.length > 0 ? asked : Object.keys(parts);
  const wanted = new Set(
    chosen.flatMap((name) => [...(parts[name]?.needs ?? []), ...(parts[name]?.uses ?? [])]),
  );
  const programs = benchPrograms().filter(({ name }) => wanted.has(name));
  try {
    await ensureSystem(programs, 'The benchmarks');
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    console.error(`\n${error.message}\n`);
  }
  const missing = programs.filter((program) => !program.isThere()).map(({ name }) => name);
  const lacks = chosen.flatMap((part) => {
    const lack = parts[part]?.needs.filter((name) => missing.includes(name)) ?? [];
    return lack.length === 0 ? [] : [`${part}=this machine has no ${lack.join(' and no ')}`];
  });
  if (asked.length > 0 && lacks.length > 0) throw new ScriptError('So nothing can be measured.');
  return lacks;
}
