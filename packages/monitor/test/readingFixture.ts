import type { Progress } from '@milepost/shared/progress/progress';
import type { Life } from '../src/processLife.ts';
import type { JobReading, RecordsReading, RunReading } from '../src/reading.ts';

/** Readings of one job as polls give them, for the pure reducers. */

export function progressOf(values: Partial<Progress> = {}): Progress {
  return {
    version: 1,
    status: 'running',
    completed: 100,
    total: 1000,
    percent: 10,
    inFlight: null,
    elapsedSeconds: 60,
    etaSeconds: 600,
    lastUpdate: null,
    lastUpdateIsLocal: false,
    job: null,
    unit: null,
    rateText: null,
    from: null,
    checkpoints: null,
    lastCheckpoint: null,
    atRiskSeconds: null,
    runs: null,
    host: null,
    stage: null,
    message: null,
    problem: null,
    ...values,
  };
}

export function runOf(values: Partial<RunReading> = {}): RunReading {
  return { runId: 'run-aaaa', run: 1, startedHostAt: 0, life: { kind: 'alive' }, end: null, ...values };
}

export const DEAD: Life = { kind: 'dead', reason: 'gone' };

export function readingOf(
  values: {
    progress?: Partial<Progress>;
    ageMs?: number;
    version?: number;
    mtimeMs?: number;
    run?: RunReading | null;
    records?: RecordsReading | null;
    isAgents?: boolean;
    file?: JobReading['file'];
  } = {},
): JobReading {
  const { progress = {}, ageMs = 1000, version = 1, mtimeMs = 0, run = runOf(), isAgents = true } = values;
  return {
    source: { key: 'gpu/dataset', id: 'dataset', name: 'dataset', path: '/data/dataset' },
    file: values.file ?? { kind: 'read', progress: progressOf(progress), ageMs, mtimeMs, version },
    run: isAgents ? run : null,
    records: isAgents ? (values.records ?? null) : null,
    isAgents,
  };
}
