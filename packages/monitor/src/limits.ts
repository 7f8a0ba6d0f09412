import { BEGINS_WITHIN_MS } from '@milepost/shared/runs';

/** Times after which the monitor says what only a watcher can know. All in milliseconds. */
export interface WatchLimits {
  /** So long may a job that was made, or whose run began, be without its file. */
  beginMs: number;
  /** An agent rewrites its file at least every 30 s: older than this is stalled. */
  agentFileMs: number;
  /** Nothing completed for this long, or for `batchFactor` usual batches, is stalled. */
  noGainMs: number;
  batchFactor: number;
  /** As `noGainMs`, before a first batch was seen to end. */
  firstBatchMs: number;
  /** Somebody's own file: older than this, or than `gapFactor` of its usual gaps. */
  foreignFileMs: number;
  gapFactor: number;
  /** As `foreignFileMs`, before two gaps are known. */
  foreignFirstMs: number;
  /** Somebody's file that stands at its total and unchanged for this long is complete. */
  foreignDoneMs: number;
  /** Both of them make a host unreachable. */
  unreachableFailures: number;
  unreachableMs: number;
  /** How long a host is unreachable before that is an event. */
  unreachableEventMs: number;
  /** How long it answers again before that is one: a network that flaps makes no noise. */
  reachableEventMs: number;
  /** Work at risk for longer than this is an event. */
  atRiskMs: number;
}

export const DEFAULT_LIMITS: WatchLimits = {
  beginMs: BEGINS_WITHIN_MS,
  agentFileMs: 90_000,
  noGainMs: 5 * 60_000,
  batchFactor: 4,
  firstBatchMs: 30 * 60_000,
  foreignFileMs: 5 * 60_000,
  gapFactor: 4,
  foreignFirstMs: 15 * 60_000,
  foreignDoneMs: 5 * 60_000,
  unreachableFailures: 3,
  unreachableMs: 60_000,
  unreachableEventMs: 10 * 60_000,
  reachableEventMs: 60_000,
  atRiskMs: 5 * 60_000,
};
