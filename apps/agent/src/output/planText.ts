import type { PlanAnswer } from '@milepost/shared/answers';
import { formatDurationWords } from '@milepost/shared/duration';

/**
 * What a resume would do, for a person in a terminal.
 *
 * @param verify the plan comes from hashes: a resume that does not compare them would miss what it found.
 */
export function describePlan(plan: PlanAnswer, { verify }: { verify: boolean }): string {
  const about = plan.estimatedSeconds === null ? '' : `, about ${formatDurationWords(plan.estimatedSeconds)}`;
  const lines = [
    `${plan.id} is ${plan.state}.`,
    `Done:    ${plan.done.items} items${keptText(plan)}.`,
    `To do:   ${plan.todo.items === null ? 'not known' : `${plan.todo.items} items${about}`}.`,
  ];
  for (const { first, count, reason } of plan.redo.slice(0, MOST_SHOWN)) {
    lines.push(`Again:   items ${first} to ${first + count - 1}: ${reason}.`);
  }
  if (plan.redo.length > MOST_SHOWN)
    lines.push(`         and ${plan.redo.length - MOST_SHOWN} more batches.`);
  if (plan.refused !== null) lines.push(`A resume would be refused: ${plan.refused}.`);
  else if (plan.todo.items !== 0) {
    lines.push(`Go on:   milepost resume ${plan.id}${verify ? ' --verify' : ''}`);
  }
  return lines.join('\n');
}

function keptText({ kind, done, checkpoint }: PlanAnswer): string {
  if (kind === 'batched') return ` in ${done.batches} checkpoints, kept as they are`;
  if (checkpoint !== null) return ` by the program's own word; it goes on from ${checkpoint}`;
  return " by the program's own word; it is started again and goes on as it knows";
}

const MOST_SHOWN = 10;
