import type { PlayedBatch, Trace } from './simulate.ts';

const sorted = new WeakMap<Trace, PlayedBatch[]>();

/** What is committed at a work time of a trace, in the order of the commits. */
export function committedBy(trace: Trace, work: number): PlayedBatch[] {
  let all = sorted.get(trace);
  if (all === undefined) {
    all = trace.batches
      .filter((batch) => batch.end !== null)
      .sort((a, b) => (a.end?.work ?? 0) - (b.end?.work ?? 0));
    sorted.set(trace, all);
  }
  let [from, to] = [0, all.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((all[middle]?.end?.work ?? 0) <= work) from = middle + 1;
    else to = middle;
  }
  return all.slice(0, from);
}

/** Which run goes on at this work time, from 1. */
export function runAt(trace: Trace, work: number): number {
  return trace.runs.filter((began) => began.work <= work).length;
}
