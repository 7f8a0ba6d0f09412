import type { CheckpointsResult, LogsResult } from '@milepost/monitor/api';
import type { HistoryRecord } from '@milepost/monitor/history';
import { cleanText } from '@milepost/shared/text';
import type { CheckpointsAnswer, EndedRun, LogAnswer } from '../bridge/jobs.ts';

// What the popover gets of one job, cut to what a person reads. Pure.

/** As many lines of a log as are asked for and shown. */
export const LOG_LINES = 200;
const MAX_CHECKPOINTS = 100;
const MAX_RUNS = 50;

export function logAnswer(result: LogsResult): LogAnswer {
  if (result.kind === 'failed') return result;
  return { kind: 'lines', lines: result.lines.slice(-LOG_LINES), cut: result.cut };
}

/** The newest checkpoints first, by the time when they were saved. */
export function checkpointsAnswer(result: CheckpointsResult): CheckpointsAnswer {
  if (result.kind === 'failed') return result;
  const { checkpoints } = result;
  const newest = [...checkpoints]
    .sort((a, b) => (b.savedHostAt ?? 0) - (a.savedHostAt ?? 0) || (b.first ?? 0) - (a.first ?? 0))
    .slice(0, MAX_CHECKPOINTS)
    .map(({ file, first, count, bytes, savedHostAt }) => ({
      file: cleanText(file, 200),
      first,
      items: count,
      bytes,
      savedHostAt,
    }));
  const bytes = checkpoints.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0);
  return { kind: 'checkpoints', newest, count: checkpoints.length, bytes };
}

export function endedRuns(records: readonly HistoryRecord[]): EndedRun[] {
  return records.slice(0, MAX_RUNS).map(({ id, outcome, endedAt, completed, total, unit }) => ({
    id,
    outcome,
    endedAt,
    completed,
    total,
    unit: unit === null ? null : cleanText(unit, 40),
  }));
}
