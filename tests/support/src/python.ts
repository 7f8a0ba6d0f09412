import { findPython, TEST_MODULES } from '../../../scripts/python.mjs';

/** The Python that tests run, which has numpy and tqdm: Debian's own, or the first other one that has both. */
export const PYTHON = findPython(TEST_MODULES) ?? '/usr/bin/python3';
