/** Whether this file can be run. */
export function isProgram(file: string): boolean;

/** Where a program lies: on PATH or in the folders for system programs; undefined: nowhere. */
export function findProgram(name: string): string | undefined;
