/** What is to be in the file of one batch, and what is; by their hashes. */
export interface Output {
  first: number;
  expected: string;
  /** null: there is no file. */
  found: string | null;
}

/** The batches whose files aren't what an undisturbed run leaves. */
export function notWhole(outputs: readonly Output[]): number[] {
  return outputs.filter(({ expected, found }) => found !== expected).map(({ first }) => first);
}

/**
 * Files under their final names that are cut off, whatever a record says of them: who looks into the folder takes them
 * for results.
 */
export function tornInPlace(outputs: readonly Output[]): number[] {
  return outputs
    .filter(({ expected, found }) => found !== null && found !== expected)
    .map(({ first }) => first);
}

/** What a resume made of one batch that something had happened to. */
export type Fate = 'done again' | 'taken as done' | 'refused';

/** In a cell of the page's table. */
export function fateOf(first: number, after: readonly Output[], refusal: string | null): Fate {
  if (!notWhole(after).includes(first)) return 'done again';
  return refusal === null ? 'taken as done' : 'refused';
}
