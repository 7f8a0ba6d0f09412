import type { Moment } from './clock.ts';
import type { WatchLimits } from './limits.ts';
import type { HostLink, LinkQuestion, Problem } from './view.ts';

/** What a watcher holds of the way to a host between two polls. */
export interface LinkMemory {
  link: HostLink;
  failures: number;
  /** When the polls began to fail. */
  failing: { steady: number; at: number } | null;
  lastContactAt: number | null;
  /** The outage that was told as an event, by its beginning; null: none. */
  toldOutageAt: number | null;
  /** Since when the host has answered every poll after a told outage. Steady time. */
  answeringSteady: number | null;
}

export type LinkEvent = { kind: 'unreachable' | 'reachable'; outageAt: number; reason: string | null };

export interface LinkChange {
  memory: LinkMemory;
  events: LinkEvent[];
}

/** `lastContactAt` and `toldOutageAt` are from an earlier process, where there was one. */
export function newLink(lastContactAt: number | null, toldOutageAt: number | null): LinkMemory {
  return {
    link: { kind: 'connecting', problem: null },
    failures: 0,
    failing: null,
    lastContactAt,
    toldOutageAt,
    answeringSteady: null,
  };
}

/** The host answered a poll. An outage that was told is over when it has done so for a while. */
export function linkAnswered(memory: LinkMemory, moment: Moment, limits: WatchLimits): LinkChange {
  const answered: LinkMemory = {
    link: { kind: 'online' },
    failures: 0,
    failing: null,
    lastContactAt: moment.now,
    toldOutageAt: null,
    answeringSteady: null,
  };
  const { toldOutageAt } = memory;
  if (toldOutageAt === null) return { memory: answered, events: [] };
  const answeringSteady = memory.answeringSteady ?? moment.steady;
  if (moment.steady - answeringSteady < limits.reachableEventMs) {
    return { memory: { ...answered, toldOutageAt, answeringSteady }, events: [] };
  }
  return { memory: answered, events: [{ kind: 'reachable', outageAt: toldOutageAt, reason: null }] };
}

/**
 * A poll failed. `refused`: a host key or an authentication was, and nothing is tried again by itself; that is told at
 * once where the host had answered before. Else a host is unreachable after some failures and some time, both.
 * `question`: what a person could give after a refusal.
 */
export function linkFailed(
  memory: LinkMemory,
  problem: Problem,
  refused: boolean,
  moment: Moment,
  limits: WatchLimits,
  question: LinkQuestion | null = null,
): LinkChange {
  const failing = memory.failing ?? { steady: moment.steady, at: moment.now };
  const failures = memory.failures + 1;
  const failedMs = moment.steady - failing.steady;
  const isUnreachable = failures >= limits.unreachableFailures && failedMs >= limits.unreachableMs;
  const sinceAt = memory.lastContactAt ?? failing.at;
  const link: HostLink = refused
    ? { kind: 'refused', sinceAt: failing.at, problem, ...(question === null ? {} : { question }) }
    : isUnreachable
      ? { kind: 'unreachable', sinceAt, problem, nextTryAt: null }
      : memory.link.kind === 'online'
        ? memory.link
        : { kind: 'connecting', problem };
  const isTelling =
    memory.toldOutageAt === null &&
    memory.lastContactAt !== null &&
    (refused || (isUnreachable && failedMs >= limits.unreachableEventMs));
  return {
    memory: {
      link,
      failures,
      failing,
      lastContactAt: memory.lastContactAt,
      toldOutageAt: isTelling ? failing.at : memory.toldOutageAt,
      answeringSteady: null,
    },
    events: isTelling ? [{ kind: 'unreachable', outageAt: failing.at, reason: problem.what }] : [],
  };
}

/** After sleep or a lost network: what was counted then says nothing of the host. */
export function linkAfterPause(memory: LinkMemory): LinkMemory {
  if (memory.link.kind === 'refused') return memory;
  return { ...memory, link: { kind: 'connecting', problem: null }, failures: 0, failing: null };
}
