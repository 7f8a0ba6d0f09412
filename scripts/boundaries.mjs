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
 * Every relative import that leaves its own package. Tests may use the project's scripts; those that cross packages, and
 * the clients', also what the packages' own tests use, such as the app's driver.
 *
 * @param {string} root the project's
 * @returns {string[]} one line for each, for a person
 */
export function findCrossings(root) {
  const crossings = [];
  for (const group of ['apps', 'clients', 'packages', 'tests']) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group))) {
      const packageDir = join(root, group, name);
      if (!existsSync(join(packageDir, 'package.json'))) continue;
      for (const file of sourceFiles(packageDir)) {
        const inTests = group === 'tests' || relative(packageDir, file).split(sep)[0] !== 'src';
        for (const path of relativeImports(readFileSync(file, 'utf8'))) {
          const target = join(dirname(file), path);
          if (target.startsWith(packageDir + sep)) continue;
          const [targetGroup = '', , targetPart = ''] = relative(root, target).split(sep);
          if (inTests && targetGroup === 'scripts') continue;
          if ((group === 'tests' || group === 'clients') && targetPart === 'test') continue;
          crossings.push(`${relative(root, file)} imports ${path}: another package is imported by its name.`);
        }
      }
    }
  }
  return crossings;
}
