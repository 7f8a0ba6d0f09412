import { execFile } from 'node:child_process';
import type { MonitorEvent } from '@milepost/monitor/view';
import { formatDurationWords } from '@milepost/shared/duration';
import { cleanText } from '@milepost/shared/text';

/** What a notification says. */
export interface NotificationText {
  title: string;
  body: string;
}

const WORDS: Readonly<Record<MonitorEvent['kind'], string>> = {
  started: 'started',
  completed: 'is complete',
  failed: 'failed',
  interrupted: 'was interrupted',
  stopped: 'was stopped',
  stalled: 'has stalled',
  recovered: 'goes on',
  unreachable: 'does not answer',
  reachable: 'answers again',
  'checkpoint-overdue': 'has more than five minutes at risk',
  summary: 'while you were away',
};

/** The text for an event. Pure; cleaned and capped. */
export function notificationText(event: MonitorEvent): NotificationText {
  const seconds = event.progress?.elapsedSeconds ?? null;
  const parts = [
    event.jobName === null ? null : event.hostName,
    event.reason,
    event.kind === 'completed' && seconds !== null ? `after ${formatDurationWords(seconds)}` : null,
  ];
  return {
    title: cleanText(`${event.jobName ?? event.hostName} ${WORDS[event.kind]}`, 80),
    body: cleanText(parts.filter((part) => part !== null).join(' · '), 160),
  };
}

/**
 * Shows a native notification: by osascript on macOS, by notify-send elsewhere. The texts are arguments, never part of
 * a script. Where there is no such program it does nothing, and says so once.
 */
export function createNotifier(onMissing: (text: string) => void): (text: NotificationText) => void {
  let told = false;
  return ({ title, body }) => {
    const [program, args] =
      process.platform === 'darwin'
        ? ['/usr/bin/osascript', ['-e', SCRIPT, title, body]]
        : ['notify-send', ['--app-name=Milepost', '--', title, body]];
    execFile(program, args, { timeout: 10_000 }, (error) => {
      if (error === null || told) return;
      told = true;
      onMissing(`Notifications can't be shown: ${program} did not work. ${HINT}`);
    });
  };
}

const SCRIPT = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run';
const HINT =
  process.platform === 'darwin'
    ? 'See System Settings > Notifications.'
    : 'Debian: apt-get install libnotify-bin';
