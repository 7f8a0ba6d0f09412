import { CHECK_STEPS, type CheckStep, type HostCheck, type StepState } from '../bridge/setup.ts';
import { strings } from '../strings.ts';

// What the steps of a setup say. Pure.

const text = strings.setup;

export type StepTone = 'waiting' | 'running' | 'done' | 'warning' | 'problem';

/** What can be mended by a click here is no more than a warning. */
export function stepTone(state: StepState, isMendable: boolean): StepTone {
  switch (state.kind) {
    case 'waiting':
    case 'skipped':
      return 'waiting';
    case 'running':
      return 'running';
    case 'done':
      return 'done';
    case 'failed':
      return isMendable || state.question !== null ? 'warning' : 'problem';
  }
}

const NAMES_SHOWN = 3;

/** What a step has found, empty where there is nothing more to say. */
export function stepDetail(step: CheckStep, { found, steps }: HostCheck): string {
  const { address } = found;
  switch (step) {
    case 'name':
      if (address === null) return '';
      return address.by === null ? address.hostname : text.detail.by(address.hostname, address.by);
    case 'port':
      return address === null || steps.port.kind === 'waiting' ? '' : text.detail.port(address.port);
    case 'hostKey':
      return found.hostKey?.fingerprint ?? '';
    case 'login':
      return address === null || steps.login.kind !== 'done' ? '' : text.detail.user(address.user);
    case 'node':
      return found.node === null ? '' : text.detail.node(found.node.version, found.node.path);
    case 'agent':
      return found.agentVersion ?? '';
    case 'jobs': {
      const { jobs } = found;
      if (jobs === null) return '';
      if (jobs.length === 0) return text.detail.noJobs;
      return text.detail.jobs(jobs.slice(0, NAMES_SHOWN).join(', '), jobs.length - NAMES_SHOWN);
    }
  }
}

/** The step that failed, if one did: the first. */
export function failedStep(
  check: HostCheck,
): { step: CheckStep; state: Extract<StepState, { kind: 'failed' }> } | null {
  for (const step of CHECK_STEPS) {
    const state = check.steps[step];
    if (state.kind === 'failed') return { step, state };
  }
  return null;
}

/** What a screen reader hears when the trying has come to an end; empty before. */
export function outcomeText(check: HostCheck): string {
  if (!check.isOver) return '';
  const failed = failedStep(check);
  if (failed === null) return text.stepLabel(text.steps.jobs, text.stepState.done, stepDetail('jobs', check));
  return text.stepLabel(text.steps[failed.step], text.stepState.failed, failed.state.problem.what);
}
