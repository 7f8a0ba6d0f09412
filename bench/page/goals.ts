import type { PartMeasured } from './record.ts';

/** The goals of a part, and those missed, each with what it was. */
export function goalsOfPart({ results, goals }: PartMeasured): { count: number; missed: string[] } {
  const held = results.filter(({ goal }) => goal !== null);
  const missed = held
    .filter(({ met }) => !met)
    .map(({ what, measured, goal }) => `${what}: ${measured} (goal ${goal})`);
  return { count: held.length + (goals?.count ?? 0), missed: [...missed, ...(goals?.missed ?? [])] };
}
