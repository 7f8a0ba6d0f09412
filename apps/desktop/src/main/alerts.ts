import { ALERT_KINDS, type Alerts } from '../bridge/alerts.ts';

/** Whether an event of this kind is shown as a notification. */
export function isAlertWanted(alerts: Alerts, kind: string): boolean {
  const known = ALERT_KINDS.find((candidate) => candidate === kind);
  return alerts.state === 'on' && known !== undefined && alerts.kinds[known];
}
