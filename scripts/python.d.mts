/** What the tests' Python programs import. */
export const TEST_MODULES: readonly string[];

/** A Python 3 that has these modules: the interpreter itself; undefined where there is none. */
export function findPython(modules: readonly string[]): string | undefined;
