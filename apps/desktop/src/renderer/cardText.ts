import type { JobCard } from '../bridge/jobs.ts';
import { measuredDuration, shortDuration, spokenDuration } from '../durationText.ts';
import { strings } from '../strings.ts';

// What a card says. Pure; the texts in a view are cleaned before they come here, and React escapes them.

const text = strings.card;

/** Past these, what a death of the host would cost is shown in amber, then in red. */
const AT_RISK_AMBER_SECONDS = 240;
const AT_RISK_RED_SECONDS = 300;

export type Tone = 'waiting' | 'running' | 'done' | 'warning' | 'problem' | 'quiet';

export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

export function toneOf(job: JobCard): Tone {
  switch (job.state) {
    case 'running':
      return 'running';
    case 'queued':
      return 'waiting';
    case 'complete':
      return 'done';
    case 'failed':
    case 'interrupted':
      return 'problem';
    case 'stalled':
    case 'missing':
    case 'unreadable':
      return 'warning';
    default:
      return 'quiet';
  }
}

export function stateText(job: JobCard, resuming: boolean, stopping = false): string {
  if (resuming) return strings.state.resuming;
  if (stopping) return strings.state.stopping;
  if (job.state === 'running' && job.progress.stage === 'merging') return strings.state.merging;
  return strings.state[job.state];
}

/** `12,000 / 30,000 samples`; of a complete job what it made and how long it ran. Empty where nothing is known. */
export function amountText({ progress, state }: JobCard): string {
  const { completed, total, elapsedSeconds, checkpoints } = progress;
  const unit = progress.unit ?? strings.units.items;
  if (completed === null) return '';
  if (state === 'complete') {
    return [
      text.items(formatCount(completed), unit) +
        (elapsedSeconds === null ? '' : ` ${text.doneIn(measuredDuration(elapsedSeconds))}`),
      ...(checkpoints === null ? [] : [text.checkpointCount(formatCount(checkpoints))]),
    ].join(strings.separator);
  }
  return total === null
    ? text.items(formatCount(completed), unit)
    : text.ofTotal(formatCount(completed), formatCount(total), unit);
}

/** Time left and the time of day when it ends; empty where nothing runs. */
export function etaText(job: JobCard, now: number, locale?: string): string {
  if (job.state !== 'running') return '';
  if (job.endsAt === null) return text.etaUnknown;
  const left = text.left(shortDuration(secondsLeft(job.endsAt, now)));
  return `${left}${strings.separator}${text.until(clockTime(job.endsAt, now, locale))}`;
}

function secondsLeft(endsAt: number, now: number): number {
  return Math.max(0, endsAt - now) / 1000;
}

/** `14:32` today, `Tue 14:32` within a week, else with the date. */
export function clockTime(at: number, now: number, locale?: string): string {
  const days = Math.abs(at - now) / 86_400_000;
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return clockFormat(sameDay ? 'time' : days < 6 ? 'weekday' : 'date', now, locale).format(at);
}

const DAY_PARTS = {
  time: {},
  weekday: { weekday: 'short' },
  date: { day: 'numeric', month: 'short' },
} as const;

const clockFormats = new Map<string, Intl.DateTimeFormat>();

/** Made once for each form: making one takes longer than all else of a card's text. It keeps its time zone. */
function clockFormat(day: keyof typeof DAY_PARTS, now: number, locale?: string): Intl.DateTimeFormat {
  const key = `${locale} ${day} ${new Date(now).getTimezoneOffset()}`;
  const made =
    clockFormats.get(key) ??
    new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', ...DAY_PARTS[day] });
  clockFormats.set(key, made);
  return made;
}

/** How old the values are. */
export function ageText(seenAt: number | null, now: number): string {
  if (seenAt === null) return text.neverSeen;
  const seconds = Math.max(0, now - seenAt) / 1000;
  if (seconds < 10) return text.justNow;
  return text.age(seconds < 60 ? `${Math.floor(seconds / 10) * 10} s` : shortDuration(seconds));
}

export interface Fact {
  label: string;
  value: string;
  tone: 'plain' | 'amber' | 'red';
  /** It takes a line of its own. */
  isLong?: boolean;
}

/** The small figures below the bar, as far as they are known. */
export function factsOf({ progress, state }: JobCard): Fact[] {
  const facts: Fact[] = [];
  // A complete job says it all in one line.
  if (state === 'complete') return facts;
  if (progress.rateText !== null && state === 'running') {
    facts.push({ label: text.rate, value: progress.rateText, tone: 'plain' });
  }
  if (progress.inFlight !== null && progress.inFlight > 0 && state === 'running') {
    facts.push({ label: text.inFlight, value: formatCount(progress.inFlight), tone: 'plain' });
  }
  if (progress.checkpoints !== null) {
    const value = text.checkpointsValue(formatCount(progress.checkpoints));
    facts.push({ label: text.checkpoints, value, tone: 'plain' });
  }
  if (progress.atRiskSeconds !== null && (state === 'running' || state === 'stalled')) {
    facts.push({
      label: text.atRisk,
      value: measuredDuration(progress.atRiskSeconds),
      tone: riskTone(progress.atRiskSeconds),
    });
  } else if (progress.elapsedSeconds !== null) {
    facts.push({ label: text.elapsed, value: measuredDuration(progress.elapsedSeconds), tone: 'plain' });
  }
  if (progress.from !== null) {
    facts.push({ label: text.from, value: progress.from, tone: 'plain', isLong: true });
  }
  if (progress.lastCheckpoint !== null) {
    facts.push({ label: text.lastCheckpoint, value: progress.lastCheckpoint, tone: 'plain', isLong: true });
  }
  return facts;
}

export function riskTone(seconds: number): Fact['tone'] {
  if (seconds > AT_RISK_RED_SECONDS) return 'red';
  return seconds > AT_RISK_AMBER_SECONDS ? 'amber' : 'plain';
}

/** The bar in words, for a screen reader. */
export function barWords(job: JobCard, now: number): string {
  const { percent } = job.progress;
  const done = percent === null ? text.percentUnknown : text.percentWords(percent);
  const rest =
    job.state === 'running'
      ? job.endsAt === null
        ? ''
        : text.aboutLeft(spokenDuration(secondsLeft(job.endsAt, now)))
      : strings.state[job.state].toLowerCase();
  return text.valueText(done, rest);
}

/** `about 18 min`; `under 1 min` needs no "about". */
function aboutText(seconds: number): string {
  const duration = shortDuration(seconds);
  return /^\d/.test(duration) ? strings.resume.about(duration) : duration;
}

/** What a resume would do, from the plan: `Keeps 12,000 samples`, and `18,000 to do · about 18 min`. */
export function planParts(
  plan: NonNullable<JobCard['plan']>['answer'],
  unit: string | null,
): { kept: string; rest: string } {
  const { kind, checkpoint, done, todo, estimatedSeconds } = plan;
  const about = estimatedSeconds === null || todo.items === 0 ? [] : [aboutText(estimatedSeconds)];
  const left = todo.items === null ? [] : [strings.resume.todo(formatCount(todo.items))];
  if (kind === 'process') {
    const kept = checkpoint === null ? strings.resume.again : strings.resume.goesOnFrom(checkpoint);
    return { kept, rest: [...(todo.items === 0 ? [] : left), ...about].join(strings.separator) };
  }
  return {
    kept: strings.resume.kept(formatCount(done.items), unit ?? strings.units.items),
    rest: [...(todo.items === 0 ? [strings.resume.onlyMerge] : left), ...about].join(strings.separator),
  };
}

/** The same in one line. */
export function planText(plan: NonNullable<JobCard['plan']>['answer'], unit: string | null): string {
  const { kept, rest } = planParts(plan, unit);
  return [kept, rest].filter((part) => part !== '').join(strings.separator);
}

/** What committed work a resume would do again, and why; empty where there is none. */
export function redoText(plan: NonNullable<JobCard['plan']>['answer'], unit: string | null): string {
  const [first] = plan.redo;
  if (first === undefined) return '';
  const items = plan.redo.reduce((sum, batch) => sum + batch.count, 0);
  const what = strings.resume.redoes(formatCount(items), unit ?? strings.units.items);
  return `${what}: ${strings.resume.redoReasons(first.reason, plan.redo.length - 1)}`;
}

/** A reason as a sentence of its own. */
export function sentence(reason: string): string {
  return reason.slice(0, 1).toUpperCase() + reason.slice(1);
}

/** `482 B`, `4.3 MB`, as the Finder counts: in thousands. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return strings.size(value.toFixed(step === 0 || value >= 100 ? 0 : 1), units[step] ?? 'B');
}
