import type { SpeedResult } from '../speed/result.ts';
import { goalsOfPart } from './goals.ts';
import { anchorOf, markdownTable } from './markdown.ts';
import { partTexts } from './partTexts.ts';
import { type BenchRecord, PARTS, type PartName } from './record.ts';

/** Who wins where, over all parts. */
export function besideTable(record: BenchRecord): string {
  const rows = PARTS.flatMap((name) => {
    const part = record.parts[name];
    if (part?.kind !== 'measured') return [];
    return part.measured.results.flatMap((result) => besideRow(name, result));
  });
  if (rows.length === 0) return '';
  return markdownTable(['what', 'Milepost', 'beside it', 'who is ahead'], rows);
}

function besideRow(name: PartName, { ours, against, beside }: SpeedResult): string[][] {
  if (beside === undefined) return [];
  const { peer, task, ahead, by } = beside;
  const who = { milepost: '**Milepost**', peer, same: 'about the same' }[ahead];
  const link = `[${task}](${anchorOf(partTexts[name].heading)})`;
  return [[link, ours, `${peer}: ${against}`, by === '' ? who : `${who}, ${by}`]];
}

/** One line for each part: what was held, what was missed, what is not there. */
export function contents(record: BenchRecord): string {
  return PARTS.map((name) => {
    const { heading } = partTexts[name];
    const link = `[${heading}](${anchorOf(heading)})`;
    const part = record.parts[name];
    if (part === undefined) return `- ${heading}: never measured`;
    if (part.kind === 'unmeasured') return `- ${link}: **not measured**: ${part.reason}`;
    const { count, missed } = goalsOfPart(part.measured);
    const gone = part.measured.unmeasured.map(
      ({ what, reason }) => `; **not measured**: ${what} (${reason})`,
    );
    return `- ${link}: ${count - missed.length} of ${count} goals met${gone.join('')}`;
  }).join('\n');
}

/** Every missed goal by its name. */
export function missedGoals(record: BenchRecord): string {
  const lines = PARTS.flatMap((name) => {
    const part = record.parts[name];
    if (part?.kind !== 'measured') return [];
    return goalsOfPart(part.measured).missed.map((missed) => `- ${missed}`);
  });
  return lines.length === 0 ? 'Every goal is met.' : `Goals missed:\n\n${lines.join('\n')}`;
}
