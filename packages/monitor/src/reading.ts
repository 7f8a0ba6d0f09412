import type { RunOutcome } from '@milepost/shared/job';
import type { Progress } from '@milepost/shared/progress/progress';
import type { Life } from './processLife.ts';

// What one poll found of one job: the reducer's input.

/** How a job was found, and what it is called. */
export interface JobSource {
  /** See {@link file://./view.ts}: unique, stable. */
  key: string;
  /** The agent's ID; null where no agent made it. */
  id: string | null;
  /** For a person, cleaned. */
  name: string;
  /** Folder or file on the host, as it stands there. */
  path: string;
  /** Missing: in batches, or somebody's own file. */
  kind?: 'batched' | 'process';
}

export type FileReading =
  /** `ageMs` by the host's own clock, else by what this watcher saw. `version` tells one content from another. */
  | { kind: 'read'; progress: Progress; ageMs: number; mtimeMs: number; version: number }
  | { kind: 'missing'; reason: string }
  | { kind: 'unreadable'; reason: string };

/** The last run of a job under an agent. Times by the host's own clock, ms since the epoch; null: not understood. */
export interface RunReading {
  runId: string;
  run: number;
  startedHostAt: number | null;
  life: Life;
  end: { outcome: RunOutcome; reason: string | null; hostAt: number | null } | null;
}

/** The file of a job's runs. Empty, the job was made and none has begun; changed at each begin and end of a run. */
export interface RecordsReading {
  isEmpty: boolean;
  /** Since it last changed, by the host's own clock, else by what this watcher saw. */
  ageMs: number;
  mtimeMs: number;
}

export interface JobReading {
  source: JobSource;
  file: FileReading;
  /** Null: somebody's own file, or the agent's records are not there (yet). */
  run: RunReading | null;
  /** The file that records the runs; null: somebody's own file, or it is not there. */
  records: RecordsReading | null;
  /** True where the folder is an agent's: its file is rewritten at least every 30 s. */
  isAgents: boolean;
}

/** What one poll of a host found. */
export interface HostReading {
  jobs: JobReading[];
  /** The host's wall clock at the poll, ms since its epoch; null: it was not asked or gave no answer. */
  hostAt: number | null;
}
