import { z } from 'zod';

/** Who is ahead where something of ours is held against what people use today. */
export const besideSchema = z.object({
  /** Such as `GNU parallel`. */
  peer: z.string(),
  /** What both do, in few words. */
  task: z.string(),
  ahead: z.enum(['milepost', 'peer', 'same']),
  /** How far, such as `6.8 x`; empty where there is nothing to count. */
  by: z.string(),
});
export type Beside = z.infer<typeof besideSchema>;

export const resultSchema = z.object({
  what: z.string(),
  ours: z.string(),
  /** Empty where there is nothing to compare with. */
  against: z.string(),
  /** Such as `1.42 x` or `0.16 s`. */
  measured: z.string(),
  /** null: it is only told. */
  goal: z.string().nullable(),
  met: z.boolean(),
  /** What explains the figure. */
  note: z.string().nullable(),
  /** Where the page's summary names it. */
  beside: besideSchema.optional(),
});
/** One line of a table of figures. */
export type SpeedResult = z.infer<typeof resultSchema>;

/** Milliseconds for people. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Differences up to this are within what two measurements of the same thing differ by. */
const SAME = 1.05;

/** @param ratio what ours costs, to what the peer's costs */
export function besideByRatio(peer: string, task: string, ratio: number): Beside {
  if (ratio <= SAME && ratio >= 1 / SAME) return { peer, task, ahead: 'same', by: '' };
  const factor = ratio < 1 ? 1 / ratio : ratio;
  const by = `${factor < 10 ? factor.toFixed(factor < 2 ? 2 : 1) : factor.toFixed(0)} x`;
  return { peer, task, ahead: ratio < 1 ? 'milepost' : 'peer', by };
}

/** A result that is a ratio in pairs; without a limit it is only told. */
export function ratioResult(
  what: string,
  pairs: { oursMs: number; bareMs: number; ratio: number },
  limit: number | null,
  note: string | null = null,
): SpeedResult {
  return {
    what,
    ours: duration(pairs.oursMs),
    against: duration(pairs.bareMs),
    measured: `${pairs.ratio.toFixed(2)} x`,
    goal: limit === null ? null : `${limit} x`,
    met: limit === null || pairs.ratio <= limit,
    note,
  };
}
