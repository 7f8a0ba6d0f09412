import { unreadableProgress } from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { cleanText } from '@milepost/shared/text';
import type { HostTarget } from './api.ts';
import type { HostFacts } from './hostFacts.ts';
import type { LinkEvent, LinkMemory } from './hostLink.ts';
import type { JobSource } from './reading.ts';
import { type JobMemory, shownState } from './state.ts';
import type { HostView, JobView, MonitorEvent, Problem } from './view.ts';

// From what is held of a host to what is shown of it. Pure.

export function hostViewOf(
  target: HostTarget,
  link: LinkMemory,
  facts: HostFacts | null,
  problem: Problem | null,
): HostView {
  return {
    id: target.id,
    name: cleanText(target.destination),
    link: link.link,
    agent: facts?.agent ? { version: facts.agent.version, protocol: facts.agent.protocol } : null,
    problem,
    lastContactAt: link.lastContactAt,
  };
}

export function jobViewOf(
  target: HostTarget,
  source: JobSource,
  memory: JobMemory,
  link: LinkMemory,
  more: Pick<JobView, 'plan' | 'action' | 'resumeBy'> & { endsAtByHistory: number | null },
): JobView {
  const { link: hostLink } = link;
  const isCut = hostLink.kind === 'unreachable' || hostLink.kind === 'refused';
  const state = shownState(memory.state, isCut);
  const isHidden = isCut && state === 'unreachable';
  return {
    key: source.key,
    hostId: target.id,
    id: source.id,
    kind: source.kind,
    name: source.name,
    path: cleanText(source.path, 400),
    progress: memory.progress ?? NO_PROGRESS,
    state,
    sinceAt: isHidden ? hostLink.sinceAt : memory.sinceAt,
    reason: isHidden ? hostLink.problem.what : memory.reason === null ? null : cleanText(memory.reason),
    runId: memory.runId,
    seenAt: memory.seenAt,
    endsAt: isHidden ? null : (memory.endsAt ?? more.endsAtByHistory),
    endsAtBasis:
      isHidden || (memory.endsAt ?? more.endsAtByHistory) === null
        ? null
        : memory.endsAt === null
          ? 'history'
          : 'progress',
    plan: more.plan,
    action: more.action,
    resumeBy: more.resumeBy,
  };
}

export function jobEventOf(
  target: HostTarget,
  source: JobSource,
  memory: JobMemory,
  { kind, occurrence }: { kind: MonitorEvent['kind']; occurrence: string },
  at: number,
): MonitorEvent {
  return {
    id: `${source.key}/${occurrence}/${kind}`,
    kind,
    hostId: target.id,
    hostName: cleanText(target.destination),
    jobKey: source.key,
    jobName: source.name,
    runId: memory.runId,
    at,
    progress: memory.progress,
    reason: memory.reason === null ? null : cleanText(memory.reason),
  };
}

export function hostEventOf(target: HostTarget, event: LinkEvent, at: number): MonitorEvent {
  return {
    id: `${target.id}/outage-${event.outageAt}/${event.kind}`,
    kind: event.kind,
    hostId: target.id,
    hostName: cleanText(target.destination),
    jobKey: null,
    jobName: null,
    runId: null,
    at,
    progress: null,
    reason: event.reason,
  };
}

/** What is shown of a job whose file could not be read yet. */
const NO_PROGRESS: Progress = { ...unreadableProgress(''), problem: null };
