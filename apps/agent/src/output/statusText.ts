import { formatDurationWords } from '@milepost/shared/duration';
import type { Progress } from '@milepost/shared/progress/progress';
import type { JobStatusAnswer } from '@milepost/shared/state';

/** A job's or a file's status, for a person in a terminal; all texts in it were cleaned when they were parsed. */
export function describeStatus(
  status: Progress & Partial<Pick<JobStatusAnswer, 'state' | 'since' | 'reason'>>,
): string {
  const state = status.state ?? status.status;
  const rows: [string, string | null][] = [
    ['Job', status.job],
    ['State', status.reason ? `${state}: ${status.reason}` : state],
    ['Progress', progressText(status)],
    ['Rate', status.rateText],
    ['From', status.from],
    [
      'ETA',
      state === 'running' && status.etaSeconds !== null ? formatDurationWords(status.etaSeconds) : null,
    ],
    ['Elapsed', status.elapsedSeconds === null ? null : formatDurationWords(status.elapsedSeconds)],
    ['Saved', savedText(status)],
    ['Updated', status.lastUpdate],
    ['Message', status.message === status.reason ? null : status.message],
    ['Problem', status.problem],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${`${key}:`.padEnd(10)}${value}`)
    .join('\n');
}

function progressText({ completed, total, percent, unit, stage }: Progress): string | null {
  if (completed === null) return stage;
  const share = total === null ? `${completed}` : `${completed}/${total}`;
  return [share, unit, percent === null ? null : `(${percent}%)`, stage]
    .filter((part) => part !== null)
    .join(' ');
}

function savedText({ checkpoints, lastCheckpoint }: Progress): string | null {
  if (checkpoints === null) return null;
  return lastCheckpoint === null
    ? `${checkpoints} checkpoints`
    : `${checkpoints} checkpoints, last ${lastCheckpoint}`;
}

/** The table of `milepost list`. */
export function describeList(jobs: readonly (JobStatusAnswer & { id: string; dir: string })[]): string {
  if (jobs.length === 0) return 'No jobs on this host. Start one: milepost run --help';
  const rows = jobs.map((job) => [
    job.id,
    job.state,
    progressText(job) ?? '',
    job.state === 'running' && job.etaSeconds !== null ? `${formatDurationWords(job.etaSeconds)} left` : '',
    job.dir,
  ]);
  const head = ['ID', 'STATE', 'PROGRESS', 'ETA', 'FOLDER'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
