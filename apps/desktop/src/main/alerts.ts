import type { MonitorEvent } from '@milepost/monitor/view';
import { ALERT_KINDS, type Alerts } from '../bridge/alerts.ts';

/** Whether an event of this kind is shown as a notification. */
export function isAlertWanted(alerts: Alerts, kind: string): boolean {
  const known = ALERT_KINDS.find((candidate) => candidate === kind);
  return alerts.state === 'on' && known !== undefined && alerts.kinds[known];
}

/**
 * What is told of an event to a person who wants these kinds; null: nothing. A summary names only what would have been
 * told by itself, and one such thing is told as that.
 */
export function alertOf(event: MonitorEvent, wanted: (kind: string) => boolean): MonitorEvent | null {
  if (!wanted(event.kind)) return null;
  if (event.kind !== 'summary') return event;
  const summary = (event.summary ?? []).filter(({ kind }) => wanted(kind));
  const [only, ...more] = summary;
  if (only === undefined) return null;
  return more.length === 0 ? { ...event, ...only } : { ...event, summary };
}
