import type { Comparison } from './compare.ts';

const percent = (share: number) => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** The comparison as a Markdown table: median and 90th percentile of each, and ours beside the better of the others. */
export function etaTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ kind, elapsed, smoothing, ours }) => {
    const median = ours.median / Math.min(elapsed.median, smoothing.median);
    const p90 = ours.p90 / Math.min(elapsed.p90, smoothing.p90);
    return [
      kind.name,
      `${percent(elapsed.median)} / ${percent(elapsed.p90)}`,
      `${percent(smoothing.median)} / ${percent(smoothing.p90)}`,
      `${percent(ours.median)} / ${percent(ours.p90)}`,
      `${median.toFixed(2)} / ${p90.toFixed(2)}`,
      percent(ours.unknown),
    ];
  });
  return markdownTable(
    ['trace', 'elapsed over completed', 'smoothing 0.3', 'ours', 'ours to the better', 'ours unknown'],
    rows,
  );
}

/** A Markdown table with its columns in line. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
