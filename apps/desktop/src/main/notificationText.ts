import type { MonitorEvent } from '@milepost/monitor/view';
import { cleanText } from '@milepost/shared/text';
import { adviceFor } from '../advice.ts';
import { measuredDuration } from '../durationText.ts';
import { strings } from '../strings.ts';

// What a notification says. Pure.

export interface NotificationText {
  title: string;
  body: string;
  /** Whether Resume stands on it as a button, where the system shows buttons. */
  resumable: boolean;
}

/** macOS cuts a notification's text at 256 bytes. */
const MAX_BODY = 160;
const MAX_TITLE = 80;

/** The text for an event, or null where a person is not to be disturbed. Cleaned and capped. */
export function notificationText(event: MonitorEvent): NotificationText | null {
  const words = strings.notification;
  const { kind, hostName, jobName: job, reason } = event;
  if (kind === 'unreachable') return text(words.unreachable(hostName), [reason ?? words.hostLost], false);
  if (kind === 'summary') return summaryText(event);
  if (job === null) return null;
  const canAct = event.jobKey !== null;
  switch (kind) {
    case 'completed':
      return text(words.completed(job), completedBody(event), false);
    case 'failed':
      return text(words.failed(job), troubleBody(event), canAct);
    case 'interrupted':
      return text(words.interrupted(job), troubleBody(event), canAct);
    case 'stalled':
      return text(words.stalled(job), troubleBody(event), false);
    case 'checkpoint-overdue':
      return text(words.checkpointOverdue(job), overdueBody(event), false);
    default:
      return null;
  }
}

/** What happened while this machine slept, in one notification. */
function summaryText({ summary = [] }: MonitorEvent): NotificationText | null {
  if (summary.length === 0) return null;
  const lines = summary.map(({ kind, jobName, hostName }) =>
    strings.notification.summaryLine(jobName ?? hostName, strings.notification.happened[kind]),
  );
  return text(strings.notification.summary(summary.length), [lines.join(', ')], false);
}

function text(title: string, parts: (string | null)[], resumable: boolean): NotificationText {
  const body = parts.filter((part) => part !== null && part !== '').join(strings.separator);
  return { title: cleanText(title, MAX_TITLE), body: cleanText(body, MAX_BODY), resumable };
}

function completedBody({ hostName, progress }: MonitorEvent): (string | null)[] {
  if (progress === null) return [hostName];
  const items = progress.completed ?? progress.total;
  const duration = progress.elapsedSeconds === null ? '' : measuredDuration(progress.elapsedSeconds);
  const resumes = (progress.runs ?? 1) - 1;
  return [
    hostName,
    items === null
      ? duration
      : strings.notification.doneIn(
          items.toLocaleString('en-US'),
          progress.unit ?? strings.units.items,
          duration,
        ),
    resumes > 0 ? strings.notification.resumed(resumes) : null,
  ];
}

function troubleBody({ hostName, progress, reason: told }: MonitorEvent): (string | null)[] {
  const percent = progress?.percent ?? null;
  const reason = told ?? progress?.message ?? null;
  const advice = adviceFor(reason, hostName);
  return [
    // What is cut off at the end is the reason, and not what to do.
    advice ?? hostName,
    reason,
    percent === null ? null : strings.notification.savedAt(`${percent}%`),
  ];
}

function overdueBody({ hostName, progress }: MonitorEvent): (string | null)[] {
  const seconds = progress?.atRiskSeconds ?? null;
  return [hostName, seconds === null ? null : strings.notification.atRisk(measuredDuration(seconds))];
}
