import { z } from 'zod';
import type { ConnectStage } from '../hostConnection.ts';
import { linkQuestionSchema, problemSchema } from '../view.ts';

// What is known of a host that is tried for the first time, step by step. Pure, and parsed again where it crosses to
// the renderer. All text in it is cleaned.

/** In the order in which they are tried. */
export const CHECK_STEPS = ['name', 'port', 'hostKey', 'login', 'node', 'agent', 'jobs'] as const;
export type CheckStep = (typeof CHECK_STEPS)[number];

export const stepStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('waiting') }),
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('done') }),
  z.object({
    kind: z.literal('failed'),
    problem: problemSchema,
    /** What a person could give so that the next try goes further. */
    question: linkQuestionSchema.nullable(),
  }),
  /** It can't be tried as long as an earlier one fails. */
  z.object({ kind: z.literal('skipped') }),
]);
export type StepState = z.infer<typeof stepStateSchema>;

export const hostCheckSchema = z.object({
  steps: z.object({
    name: stepStateSchema,
    port: stepStateSchema,
    hostKey: stepStateSchema,
    login: stepStateSchema,
    node: stepStateSchema,
    agent: stepStateSchema,
    jobs: stepStateSchema,
  } satisfies Record<CheckStep, typeof stepStateSchema>),
  isOver: z.boolean(),
  /** What was found on the way; null: not yet, or not at all. */
  found: z.object({
    /** `by`: a jump host or a program on the way; null: directly. */
    address: z
      .object({ hostname: z.string(), port: z.number(), user: z.string(), by: z.string().nullable() })
      .nullable(),
    hostKey: z.object({ keyType: z.string(), fingerprint: z.string() }).nullable(),
    /** `path`: where it is known. */
    node: z.object({ version: z.string(), path: z.string().nullable() }).nullable(),
    agentVersion: z.string().nullable(),
    /** The names of the jobs that the host lists. */
    jobs: z.array(z.string()).nullable(),
  }),
  /** What to run on the host to get Node; null: it has one, or it was not asked. */
  nodeInstallLine: z.string().nullable(),
  /** Why an agent is to be installed, where it can be; null: there is no need, or no Node to run it. */
  install: z.enum(['missing', 'broken', 'older']).nullable(),
});
export type HostCheck = z.infer<typeof hostCheckSchema>;

const WAITING: StepState = { kind: 'waiting' };
const RUNNING: StepState = { kind: 'running' };
const DONE: StepState = { kind: 'done' };

export function newHostCheck(): HostCheck {
  return {
    steps: {
      name: RUNNING,
      port: WAITING,
      hostKey: WAITING,
      login: WAITING,
      node: WAITING,
      agent: WAITING,
      jobs: WAITING,
    },
    isOver: false,
    found: { address: null, hostKey: null, node: null, agentVersion: null, jobs: null },
    nodeInstallLine: null,
    install: null,
  };
}

/** One stage further on the way to the host. */
export function withStage(check: HostCheck, stage: ConnectStage): HostCheck {
  switch (stage.kind) {
    case 'resolved': {
      const { hostname, port, user, by } = stage;
      return { ...check, found: { ...check.found, address: { hostname, port, user, by } } };
    }
    case 'named':
      return withSteps(check, { name: DONE, port: RUNNING });
    case 'answered':
      return withSteps(check, { port: DONE, hostKey: RUNNING });
    case 'key-accepted': {
      const { keyType, fingerprint } = stage;
      const told = { ...check, found: { ...check.found, hostKey: { keyType, fingerprint } } };
      return withSteps(told, { hostKey: DONE, login: RUNNING });
    }
  }
}

export function withLogin(check: HostCheck): HostCheck {
  return withSteps(check, { login: DONE, node: RUNNING });
}

/** The link failed: at the step that is under way. */
export function withLinkFailed(check: HostCheck, failed: Extract<StepState, { kind: 'failed' }>): HostCheck {
  const step = CHECK_STEPS.find((name) => check.steps[name].kind === 'running') ?? 'name';
  return { ...withSteps(check, { [step]: failed }), isOver: true };
}

export function withSteps(check: HostCheck, steps: Partial<HostCheck['steps']>): HostCheck {
  return { ...check, steps: { ...check.steps, ...steps } };
}
