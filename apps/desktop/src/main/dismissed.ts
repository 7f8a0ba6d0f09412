import type { MonitorView } from '@milepost/monitor/view';
import type { Settings } from './settingsSchema.ts';

// Finished jobs that the person no longer wants to see. A new run of one is shown again. Pure.

/** As many as are remembered, the newest. */
const MAX_DISMISSED = 1000;

/** The view without the jobs that were dismissed. */
export function withoutDismissed(view: MonitorView, { dismissed }: Pick<Settings, 'dismissed'>): MonitorView {
  if (dismissed.length === 0) return view;
  const runs = new Set(dismissed.map(({ jobKey, runId }) => JSON.stringify([jobKey, runId])));
  const jobs = view.jobs.filter(
    ({ key, runId, state }) => state !== 'complete' || !runs.has(JSON.stringify([key, runId])),
  );
  return { ...view, jobs };
}

/** The settings with those of `jobKeys` dismissed that are complete. */
export function withDismissed(settings: Settings, view: MonitorView, jobKeys: readonly string[]): Settings {
  const keys = new Set(jobKeys);
  const added = view.jobs
    .filter(({ key, state }) => state === 'complete' && keys.has(key))
    .map(({ key, runId }) => ({ jobKey: key, runId }));
  const kept = settings.dismissed.filter(({ jobKey }) => !added.some((job) => job.jobKey === jobKey));
  return { ...settings, dismissed: [...kept, ...added].slice(-MAX_DISMISSED) };
}
