import { z } from 'zod';
import { alertsSchema } from '../bridge/alerts.ts';
import { menuBarStyleSchema, textPercentSchema } from '../bridge/settings.ts';

// What settings.json holds. Pure.

/** How a host may be named: what ssh takes as its one argument, and nothing that a shell or an option parser would. */
export const destinationSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@:%[\]-]{0,254}$/, 'not a host of the ssh config, nor user@host');

/** Of one host. */
export const MAX_WATCHES = 100;
export const MAX_HOSTS = 200;

const pathSchema = z.string().min(1).max(4096);

const hostSchema = z.object({
  id: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
      'an ID has letters, digits, - _ and . only, the first no sign',
    ),
  destination: destinationSchema,
  /** PROGRESS.txt files or job folders to watch by path, besides the jobs that the host lists. */
  paths: z.array(pathSchema).max(MAX_WATCHES).default([]),
  /** As `paths`, each with the shell line that resumes what writes it where no agent does. */
  watches: z
    .array(
      z.object({ path: pathSchema, resumeCommand: z.string().min(1).max(4096).nullable().default(null) }),
    )
    .max(MAX_WATCHES)
    .default([]),
});
export type HostSettings = z.infer<typeof hostSchema>;

const secondsSchema = z.number().min(1).max(3600);

export const settingsSchema = z.object({
  version: z.literal(1),
  hosts: z
    .array(hostSchema)
    .max(MAX_HOSTS)
    .default([])
    .refine((hosts) => new Set(hosts.map((host) => host.id)).size === hosts.length, 'two hosts have one id'),
  /** Read instead of ~/.ssh/config. */
  sshConfigFile: z.string().min(1).nullable().default(null),
  /** Where accepted host keys are kept, besides the known_hosts files of ssh; null: in the app's own folder. */
  knownHostsFile: z.string().min(1).nullable().default(null),
  poll: z
    .object({
      /** While something runs. */
      runningSeconds: secondsSchema.default(30),
      /** While the popover is open. */
      watchingSeconds: secondsSchema.default(5),
      /** While nothing runs. */
      idleSeconds: secondsSchema.default(120),
    })
    .default({ runningSeconds: 30, watchingSeconds: 5, idleSeconds: 120 }),
  /** No host is looked at. */
  paused: z.boolean().default(false),
  menuBar: menuBarStyleSchema.default('percent-eta'),
  textPercent: textPercentSchema.default(100),
  alerts: alertsSchema.prefault({}),
  /** Finished jobs that are no longer shown, each with the run that was dismissed. */
  dismissed: z
    .array(z.object({ jobKey: z.string().max(8192), runId: z.string().max(200).nullable() }))
    .max(1000)
    .default([]),
});
export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({ version: 1 });
