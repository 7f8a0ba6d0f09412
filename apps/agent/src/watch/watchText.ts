import type { HostView, JobView } from '@milepost/monitor/view';
import { formatDurationWords } from '@milepost/shared/duration';
import { cleanText } from '@milepost/shared/text';

// How `milepost watch` shows jobs. Pure; every text in a view was cleaned by the monitor.

/** One job of one target. */
export interface WatchRow {
  /** The TARGET that it belongs to, as the person gave it. */
  target: string;
  host: Pick<HostView, 'name' | 'link' | 'problem'>;
  job: JobView;
}

/** A target whose host has nothing to show. */
export interface EmptyRow {
  target: string;
  host: Pick<HostView, 'name' | 'link' | 'problem'>;
  job: null;
}

export type Row = WatchRow | EmptyRow;

/** One line for one job: for `--once`, and for each change where the output is piped. */
export function plainLine(row: Row, nowMs: number): string {
  if (row.job === null) return `${cleanText(row.target)}: ${hostWords(row.host)}`;
  const { job } = row;
  const parts = [
    `${cleanText(row.target)}: ${job.name}`,
    job.state,
    amount(job),
    percent(job),
    leftWords(job, nowMs),
    job.progress.rateText ?? '',
    job.reason ?? '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** One JSON object for one job, as `--json` prints it for each change. */
export function jsonOf(row: Row): Record<string, unknown> {
  const base = { target: row.target, host: row.host.name };
  if (row.job === null) {
    return {
      version: 1,
      ...base,
      id: null,
      state: row.host.link.kind,
      since: null,
      reason: linkReason(row.host),
    };
  }
  const { job } = row;
  const since = job.sinceAt === null ? null : new Date(job.sinceAt).toISOString();
  return { ...job.progress, ...base, id: job.id, state: job.state, since, reason: job.reason };
}

/** The live table: a line for each job, cut to the terminal's width. */
export function tableLines(rows: readonly Row[], nowMs: number, columns: number): string[] {
  const nameWidth = Math.min(28, Math.max(4, ...rows.map((row) => (row.job?.name ?? '').length)));
  const hostWidth = Math.min(20, Math.max(4, ...rows.map((row) => row.host.name.length)));
  return rows.map((row) => {
    const host = fit(row.host.name, hostWidth);
    const text =
      row.job === null
        ? `${host}  ${hostWords(row.host)}`
        : `${host}  ${fit(row.job.name, nameWidth)}  ${bar(row.job)} ${fit(percent(row.job), 6, true)}  ${details(row, nowMs)}`;
    return [...text]
      .slice(0, Math.max(20, columns - 1))
      .join('')
      .trimEnd();
  });
}

function details(row: WatchRow, nowMs: number): string {
  const { job } = row;
  const running = job.state === 'running';
  return [
    running ? leftWords(job, nowMs) || 'time left not known yet' : job.state,
    running ? (job.progress.stage ?? '') : (job.reason ?? ''),
    ageWords(job, nowMs),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

const BAR_WIDTH = 16;

function bar(job: JobView): string {
  const share = job.progress.percent;
  if (share === null) return '·'.repeat(BAR_WIDTH);
  const full = Math.floor((BAR_WIDTH * share) / 100);
  return '█'.repeat(full) + '·'.repeat(BAR_WIDTH - full);
}

function percent(job: JobView): string {
  return job.progress.percent === null ? '' : `${job.progress.percent}%`;
}

function amount({ progress }: JobView): string {
  if (progress.completed === null) return '';
  return `${progress.completed}${progress.total === null ? '' : `/${progress.total}`} ${progress.unit ?? ''}`.trim();
}

function leftWords(job: JobView, nowMs: number): string {
  if (job.endsAt === null) return '';
  const end = new Date(job.endsAt);
  const clock = `${String(end.getHours()).padStart(2, '0')}:${String(end.getMinutes()).padStart(2, '0')}`;
  return `${formatDurationWords(Math.max(0, job.endsAt - nowMs) / 1000)} left (${clock})`;
}

function ageWords(job: JobView, nowMs: number): string {
  if (job.seenAt === null) return 'not seen yet';
  const seconds = Math.max(0, Math.floor((nowMs - job.seenAt) / 1000));
  return seconds < 5 ? '' : `seen ${formatDurationWords(seconds)} ago`;
}

function hostWords(host: WatchRow['host']): string {
  if (host.link.kind === 'online') return host.problem?.what ?? 'no jobs';
  const reason = linkReason(host);
  return reason === null ? host.link.kind : `${host.link.kind}: ${reason}`;
}

function linkReason({ link }: WatchRow['host']): string | null {
  if (link.kind === 'online' || link.problem === null) return null;
  return [link.problem.what, link.problem.next].filter((part) => part !== null).join(' ');
}

function fit(text: string, width: number, right = false): string {
  const points = [...text];
  const cut = points.length > width ? `${points.slice(0, width - 1).join('')}…` : text;
  return right ? cut.padStart(width) : cut.padEnd(width);
}
