import type { BatchedJob } from '@milepost/shared/job';
import { forecastBytes, freeBytes, shortage } from './diskForecast.ts';
import type { JobPaths } from './paths.ts';
import type { RunState } from './report.ts';

const DISK_EVERY_MS = 10_000;

/** Forecasts the space that the rest will take, now and then, and tells once when it won't do. */
export function watchDisk(
  input: {
    paths: JobPaths;
    record: BatchedJob;
    monotonicMs: () => number;
    onWarning: (text: string) => void;
  },
  state: RunState,
): { look: () => void } {
  const { paths, record, monotonicMs } = input;
  let lastMs = Number.NEGATIVE_INFINITY;
  async function look(): Promise<void> {
    const saved = { items: state.completed, bytes: state.savedBytes };
    const needed = forecastBytes(saved, record.total, record.merge !== null);
    const warning = shortage(needed, await freeBytes(paths.dir)) ?? null;
    if (warning !== null && state.warning === null) input.onWarning(`${warning}.`);
    state.warning = warning;
  }
  return {
    look() {
      if (monotonicMs() - lastMs < DISK_EVERY_MS) return;
      lastMs = monotonicMs();
      void look();
    },
  };
}
