import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

// What lint's patterns can't say: they see an import as it is written, and a relative path's meaning depends on
// where it stands. Another package is imported by its name, never by a path into its folder.

const importPattern = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]*)\1/g;

/**
 * The relative imports of a source file, as they are written.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function relativeImports(text) {
  return [...text.matchAll(importPattern)].flatMap(([, , path]) => (path === undefined ? [] : [path]));
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return /^(node_modules|dist|out|fixtures|\..*)$/.test(entry.name) ? [] : sourceFiles(path);
    }
    return /\.(ts|tsx|mts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
}

/**
 * Every relative import that leaves its own package. Tests may use the project's scripts; those that cross packages, the
 * clients', the benchmarks and the demo also what the packages' own tests use, such as the app's driver.
 *
 * @param {string} root the project's
 * @returns {string[]} one line for each, for a person
 */
export function findCrossings(root) {
  const crossings = [];
  for (const packageDir of packageFolders(root)) {
    const [group = ''] = relative(root, packageDir).split(sep);
    const crosses = CROSSING.has(group);
    for (const file of sourceFiles(packageDir)) {
      const inTests = crosses || relative(packageDir, file).split(sep)[0] !== 'src';
      for (const path of relativeImports(readFileSync(file, 'utf8'))) {
        const target = join(dirname(file), path);
        if (target.startsWith(packageDir + sep)) continue;
        const [targetGroup = '', , targetPart = ''] = relative(root, target).split(sep);
        if (inTests && targetGroup === 'scripts') continue;
        if (crosses && targetPart === 'test') continue;
        crossings.push(`${relative(root, file)} imports ${path}: another package is imported by its name.`);
      }
    }
  }
  return crossings;
}

/** Where the packages' tests and what they use may be used from outside. */
const CROSSING = new Set(['tests', 'clients', 'bench', 'demo']);

/**
 * The folders of the workspace's packages.
 *
 * @param {string} root
 * @returns {string[]}
 */
function packageFolders(root) {
  const groups = ['apps', 'clients', 'packages', 'tests'].map((group) => join(root, group));
  const inGroups = groups
    .filter(existsSync)
    .flatMap((group) => readdirSync(group).map((name) => join(group, name)));
  return [...inGroups, join(root, 'bench'), join(root, 'demo')].filter((folder) =>
    existsSync(join(folder, 'package.json')),
  );
}
