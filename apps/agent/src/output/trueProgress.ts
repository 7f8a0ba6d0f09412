/** How far an earlier run of the same program had come, in the items of the whole. */
export interface EarlierProgress {
  completed: number;
  total: number | null;
  key: string;
}

/** How far a job is over all of its runs. */
export interface TrueProgress {
  completed: number;
  total: number | null;
  /** Items of earlier runs that this run doesn't count. */
  offset: number;
}

/**
 * What a run that went on after an earlier one has really reached. A program may print going on at 40 of 100, or again
 * from 0 of the 60 that were left: both are 40 of 100. It is the second where the same source has a smaller total, and
 * no more is missing of it than was done. In every other case what it prints stands as it is.
 *
 * @param earlier the true progress of the runs before; null: there was none
 */
export function trueProgress(input: {
  earlier: EarlierProgress | null;
  reading: { completed: number; total: number | null; key: string };
}): TrueProgress {
  const { earlier, reading } = input;
  const { completed, total } = reading;
  const asItStands = { completed, total, offset: 0 };
  if (earlier === null || earlier.key !== reading.key) return asItStands;
  if (earlier.total === null || total === null || total >= earlier.total) return asItStands;
  const offset = earlier.total - total;
  if (offset > earlier.completed) return asItStands;
  return { completed: Math.min(offset + completed, earlier.total), total: earlier.total, offset };
}
