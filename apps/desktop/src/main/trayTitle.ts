import type { HostView, JobView, MonitorView } from '@milepost/monitor/view';
import { cleanText } from '@milepost/shared/text';
import type { MenuBarStyle } from '../bridge/settings.ts';
import { compactDuration, shortDuration } from '../durationText.ts';
import { strings } from '../strings.ts';

// What the menu bar says, as a pure function of the view.

export const ICON_STATES = ['idle', 'running', 'done', 'problem', 'offline'] as const;
export type IconState = (typeof ICON_STATES)[number];

export interface TrayFace {
  /** At most {@link MAX_TITLE} characters; empty: the icon alone. */
  title: string;
  icon: IconState;
  tooltip: string;
}

/** Longer titles are the first that a full menu bar hides. */
export const MAX_TITLE = 9;

const PROBLEM_STATES: ReadonlySet<JobView['state']> = new Set([
  'failed',
  'interrupted',
  'stalled',
  'missing',
  'unreadable',
]);

/**
 * Jobs in the order in which they are shown, what matters most first: problems (the newest first), then what runs (the
 * one that ends next first, one whose end is unknown after those), what waits, what has a host that does not answer, what
 * was stopped, and what is complete (the last first).
 */
export function jobsByWeight(jobs: readonly JobView[]): JobView[] {
  return [...jobs].sort((a, b) => rank(a) - rank(b) || within(a, b) || (a.key < b.key ? -1 : 1));
}

function rank(job: JobView): number {
  if (job.action?.kind === 'resuming') return 1;
  if (PROBLEM_STATES.has(job.state)) return 0;
  if (job.state === 'running') return 1;
  if (job.state === 'queued') return 2;
  if (job.state === 'unreachable') return 3;
  if (job.state === 'stopped') return 4;
  return 5;
}

function within(a: JobView, b: JobView): number {
  if (a.state === 'running' && b.state === 'running') {
    return (a.endsAt ?? Number.POSITIVE_INFINITY) - (b.endsAt ?? Number.POSITIVE_INFINITY) || 0;
  }
  return (b.sinceAt ?? 0) - (a.sinceAt ?? 0);
}

/** What the settings say of the menu bar. */
export interface FaceSettings {
  menuBar: MenuBarStyle;
  paused: boolean;
}

/** Title, icon and tooltip for `view` at `now` (ms since the epoch). */
export function trayFace(
  view: MonitorView,
  now: number,
  { menuBar, paused }: FaceSettings = { menuBar: 'percent-eta', paused: false },
): TrayFace {
  // What was seen before says nothing of now.
  if (paused) return { title: '', icon: 'offline', tooltip: strings.tray.paused };
  const face = faceOf(view, now, menuBar === 'percent' ? 'percent' : 'percent-eta');
  return menuBar === 'icon' ? { ...face, title: '' } : face;
}

function faceOf(view: MonitorView, now: number, style: TitleStyle): TrayFace {
  const [job] = jobsByWeight(view.jobs);
  const refused = view.hosts.find((host) => host.link.kind === 'refused');
  if (job !== undefined && rank(job) === 0) {
    return {
      title: titleOf(job, now, style),
      icon: 'problem',
      tooltip: withMore(
        strings.tray.problem(job.name, hostName(view, job), problemText(job)),
        view.jobs.filter((other) => rank(other) === 0).length - 1,
      ),
    };
  }
  if (refused !== undefined) {
    return {
      title: job === undefined ? '' : titleOf(job, now, style),
      icon: 'problem',
      tooltip: cleanText(strings.tray.hostRefused(refused.name)),
    };
  }
  if (job !== undefined && rank(job) <= 2) {
    return { title: titleOf(job, now, style), icon: 'running', tooltip: runningTooltip(view, job, now) };
  }
  const offline = view.hosts.find(isOffline);
  if (offline !== undefined || job?.state === 'unreachable') {
    const host = offline?.name ?? (job === undefined ? '' : hostName(view, job));
    return { title: '', icon: 'offline', tooltip: cleanText(strings.tray.offline(host)) };
  }
  const complete = view.jobs.find((candidate) => candidate.state === 'complete');
  if (complete !== undefined) {
    return {
      title: '',
      icon: 'done',
      tooltip: cleanText(strings.tray.complete(complete.name, hostName(view, complete))),
    };
  }
  return {
    title: '',
    icon: 'idle',
    tooltip: view.hosts.length === 0 ? strings.tray.noHosts : strings.tray.idle,
  };
}

function isOffline(host: HostView): boolean {
  return host.link.kind === 'unreachable';
}

type TitleStyle = Exclude<MenuBarStyle, 'icon'>;

/** `67% 12m`, `67%`, `12m` or nothing, as far as it is known and wanted. */
export function titleOf(job: JobView, now: number, style: TitleStyle = 'percent-eta'): string {
  const parts: string[] = [];
  const { percent } = job.progress;
  if (percent !== null) parts.push(`${Math.floor(percent)}%`);
  if (style === 'percent-eta' && job.state === 'running' && job.endsAt !== null) {
    parts.push(compactDuration(Math.max(0, job.endsAt - now) / 1000));
  }
  return parts.join(' ').slice(0, MAX_TITLE);
}

function runningTooltip(view: MonitorView, job: JobView, now: number): string {
  const percent = job.progress.percent === null ? '' : `${job.progress.percent}%`;
  const left =
    job.endsAt === null ? '' : strings.tray.left(shortDuration(Math.max(0, job.endsAt - now) / 1000));
  const running = view.jobs.filter((other) => other.state === 'running').length;
  return withMore(strings.tray.running(job.name, hostName(view, job), percent, left), running - 1);
}

function problemText(job: JobView): string {
  const state = strings.state[job.state].toLowerCase();
  return job.reason === null ? state : `${state}, ${job.reason}`;
}

function withMore(text: string, more: number): string {
  return cleanText(more > 0 ? `${text}${strings.separator}${strings.tray.more(more)}` : text);
}

function hostName(view: MonitorView, job: JobView): string {
  return view.hosts.find((host) => host.id === job.hostId)?.name ?? job.hostId;
}
