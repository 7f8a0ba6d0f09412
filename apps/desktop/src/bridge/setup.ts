import { hostCheckSchema } from '@milepost/monitor/setup/hostCheck';
import { problemSchema } from '@milepost/monitor/view';
import { z } from 'zod';
import { hostIdSchema } from './settings.ts';

// The setting up of a host as main and renderer speak of it.

export {
  CHECK_STEPS,
  type CheckStep,
  type HostCheck,
  type StepState,
} from '@milepost/monitor/setup/hostCheck';

/** A host of the ssh configuration, to pick. */
export const foundHostSchema = z.object({
  name: z.string(),
  /** `user@address` as far as the configuration says; empty where it says nothing more than the name. */
  address: z.string(),
  /** It is watched already. */
  watched: z.boolean(),
});
export type FoundHost = z.infer<typeof foundHostSchema>;

export const foundHostsSchema = z.object({
  hosts: z.array(foundHostSchema),
  /** A file of the configuration that could not be read. */
  problem: problemSchema.nullable(),
});
export type FoundHosts = z.infer<typeof foundHostsSchema>;

/** How far the installing of the agent is, or what became of it. */
export const installStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('installing'), bytesDone: z.number(), bytes: z.number() }),
  /** The files that were made, on the host. */
  z.object({ kind: z.literal('installed'), files: z.array(z.string()) }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type InstallState = z.infer<typeof installStateSchema>;

/** The host that is being set up. */
export const setupViewSchema = z.object({
  /** As the person named it, cleaned. */
  name: z.string(),
  /** It is watched already: nothing has to be added. */
  watched: z.boolean(),
  check: hostCheckSchema,
  /** Null: nothing was installed since the host was named. */
  install: installStateSchema.nullable(),
  /** The agent that would be installed. */
  agentVersion: z.string(),
});
export type SetupView = z.infer<typeof setupViewSchema>;

/** A host by its name in the configuration or as it was typed, or one that is watched. */
export const setupTargetSchema = z.union([
  z.object({ destination: z.string().max(1024) }),
  z.object({ hostId: hostIdSchema }),
]);
export type SetupTarget = z.infer<typeof setupTargetSchema>;

/** Whose question is answered: that of a watched host, or (null) of the one that is being set up. */
export const questionOfSchema = hostIdSchema.nullable();
