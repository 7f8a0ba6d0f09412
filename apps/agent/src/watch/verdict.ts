import type { HostLink, JobView } from '@milepost/monitor/view';
import { EXIT } from '@milepost/shared/answers';
import { isEnded, type JobState } from '@milepost/shared/state';

// When `milepost watch` ends, and with which exit code. Pure.

/** One target as it stands. */
export interface TargetState {
  link: HostLink;
  jobs: readonly Pick<JobView, 'state'>[];
}

const SEVERITY: readonly number[] = [EXIT.done, EXIT.going, EXIT.resumable, EXIT.failed, EXIT.unknown];

function worst(codes: readonly number[]): number {
  return SEVERITY[Math.max(0, ...codes.map((code) => SEVERITY.indexOf(code)))] ?? EXIT.unknown;
}

function codeOf(state: JobState): number {
  if (state === 'complete') return EXIT.done;
  if (state === 'failed') return EXIT.failed;
  if (state === 'interrupted' || state === 'stopped') return EXIT.resumable;
  return state === 'missing' || state === 'unreadable' || state === 'unreachable' ? EXIT.unknown : EXIT.going;
}

/** The exit code of `--once`: what is so now; anything that can't be known weighs most. */
export function verdictNow(targets: readonly TargetState[]): number {
  return worst(
    targets.map(({ link, jobs }) =>
      link.kind === 'online' ? worst(jobs.map(({ state }) => codeOf(state))) : EXIT.unknown,
    ),
  );
}

/**
 * The exit code once every target has ended; undefined while one may still go on. Network faults never end a watch; a
 * host key or an authentication that was refused does. A host on which no job is known is waited for.
 */
export function verdictAtEnd(targets: readonly TargetState[]): number | undefined {
  const codes: number[] = [];
  for (const { link, jobs } of targets) {
    if (link.kind === 'refused') codes.push(EXIT.unknown);
    else if (jobs.length > 0 && jobs.every(({ state }) => isEnded(state))) {
      codes.push(worst(jobs.map(({ state }) => codeOf(state))));
    } else return undefined;
  }
  return worst(codes);
}
