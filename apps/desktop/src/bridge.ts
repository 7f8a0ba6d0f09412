import { hostViewSchema, jobViewSchema, problemSchema } from '@milepost/monitor/view';
import { planAnswerSchema } from '@milepost/shared/answers';
import { runOutcomeSchema } from '@milepost/shared/job';
import { z } from 'zod';

// The whole contract between main and renderer. A channel that is not in these tables does not exist; every message
// is parsed where it arrives. The renderer sends keys of jobs and IDs of hosts, never a command or a path.

export type { HostView, Problem } from '@milepost/monitor/view';

const jobKeySchema = z.string().min(1).max(8192);
const jobRequestSchema = z.object({ jobKey: jobKeySchema });

/** How far a fetch of a job's files is, or what became of the last one. */
export const fetchStateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fetching'),
    /** `merging`: the host makes a partial result. `waiting`: the connection broke; it goes on by itself. */
    phase: z.enum(['merging', 'fetching', 'waiting']),
    bytesDone: z.number(),
    bytes: z.number(),
  }),
  /** `name` is that of the file on this machine. */
  z.object({ kind: z.literal('fetched'), name: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type FetchState = z.infer<typeof fetchStateSchema>;

/** A job's card: what the monitor knows of it, and what a person can do with it. */
export const jobCardSchema = jobViewSchema.extend({
  resumable: z.boolean(),
  stoppable: z.boolean(),
  /** Null: nothing was fetched since the app started. */
  fetch: fetchStateSchema.nullable(),
});
export type JobCard = z.infer<typeof jobCardSchema>;

/** The events that can be an alert, each with a switch of its own. */
export const ALERT_KINDS = [
  'completed',
  'failed',
  'interrupted',
  'stalled',
  'unreachable',
  'checkpoint-overdue',
  'summary',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export const alertStateSchema = z.enum(['undecided', 'on', 'off']);

const switchSchema = z.boolean().default(true);

export const alertsSchema = z.object({
  /** `undecided`: the person was not asked yet; nothing is shown, and the system is not asked for permission. */
  state: alertStateSchema.default('undecided'),
  kinds: z
    .object({
      completed: switchSchema,
      failed: switchSchema,
      interrupted: switchSchema,
      stalled: switchSchema,
      unreachable: switchSchema,
      'checkpoint-overdue': switchSchema,
      summary: switchSchema,
    } satisfies Record<AlertKind, typeof switchSchema>)
    .prefault({}),
});
export type Alerts = z.infer<typeof alertsSchema>;

/** What the renderer sees of the settings. */
export const settingsViewSchema = z.object({ alerts: alertsSchema });
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** What a person changes of the settings; the rest stays. */
export const settingsChangeSchema = z.object({
  alerts: z
    .object({
      state: alertStateSchema.optional(),
      kinds: z.partialRecord(z.enum(ALERT_KINDS), z.boolean()).optional(),
    })
    .optional(),
});
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const settingsAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('saved') }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type SettingsAnswer = z.infer<typeof settingsAnswerSchema>;

/** What became of a test notification. `silent`: the system said neither that it took it nor that it refused. */
export const testAlertSchema = z.enum(['shown', 'refused', 'silent', 'unsupported']);
export type TestAlert = z.infer<typeof testAlertSchema>;

/**
 * What the popover shows, the job that matters most first. `notices` are the app's own troubles, such as a settings
 * file that was set aside.
 */
export const appViewSchema = z.object({
  hosts: z.array(hostViewSchema),
  jobs: z.array(jobCardSchema),
  notices: z.array(problemSchema),
  settings: settingsViewSchema,
});
export type AppView = z.infer<typeof appViewSchema>;

/** Why one click is not enough: a person has to say yes first. */
export const resumeQuestionSchema = z.object({
  jobKey: jobKeySchema,
  /** What a resume would do as far as it is known; null: the host never said. */
  plan: z.object({ answer: planAnswerSchema, at: z.number().int() }).nullable(),
  /** `old`: the plan is older than a minute and could not be fetched again; `problem` says why. */
  because: z.enum(['old', 'redo', 'refused']),
  problem: problemSchema.nullable(),
});
export type ResumeQuestion = z.infer<typeof resumeQuestionSchema>;

export const resumeResultSchema = z.discriminatedUnion('kind', [
  /** The agent says that the new run holds the job; the next poll shows it. */
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('ask'), question: resumeQuestionSchema }),
  z.object({ kind: z.literal('refused'), problem: problemSchema }),
  /** The answer was lost; never sent again, the next poll tells. */
  z.object({ kind: z.literal('unknown'), problem: problemSchema }),
]);
export type ResumeResult = z.infer<typeof resumeResultSchema>;

export const stopResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('refused'), problem: problemSchema }),
  z.object({ kind: z.literal('unknown'), problem: problemSchema }),
]);
export type StopResult = z.infer<typeof stopResultSchema>;

export const logAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lines'), lines: z.array(z.string()), cut: z.boolean() }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type LogAnswer = z.infer<typeof logAnswerSchema>;

export const checkpointsAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('checkpoints'),
    /** The last ones, newest first; `count` and `bytes` are of all. */
    newest: z.array(
      z.object({
        file: z.string(),
        first: z.number(),
        items: z.number(),
        bytes: z.number(),
        /** By the host's clock, ms since the epoch; null: not known. */
        savedHostAt: z.number().nullable(),
      }),
    ),
    count: z.number().int(),
    bytes: z.number(),
  }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type CheckpointsAnswer = z.infer<typeof checkpointsAnswerSchema>;

/** A run of a job that ended. */
export const endedRunSchema = z.object({
  id: z.string(),
  outcome: runOutcomeSchema,
  endedAt: z.number().int(),
  completed: z.number().nullable(),
  total: z.number().nullable(),
  unit: z.string().nullable(),
});
export type EndedRun = z.infer<typeof endedRunSchema>;

/** What the popover is opened with. */
export const openingSchema = z.object({
  view: appViewSchema,
  visible: z.boolean(),
  /** The job to show first, where a notification led here; `question` where its Resume has to be asked about. */
  focus: z.object({ jobKey: jobKeySchema, question: resumeQuestionSchema.nullable() }).nullable(),
  /** The screen to open with. */
  screen: z.enum(['jobs', 'settings']),
  /** Whether the window's own material shines through. */
  translucent: z.boolean(),
});
export type Opening = z.infer<typeof openingSchema>;

interface RequestChannel<Q, A> {
  channel: string;
  request: z.ZodType<Q>;
  response: z.ZodType<A>;
}
interface PushChannel<M> {
  channel: string;
  message: z.ZodType<M>;
}

function request<Q, A>(name: string, contract: { request: z.ZodType<Q>; response: z.ZodType<A> }) {
  return { channel: `milepost:${name}`, ...contract } satisfies RequestChannel<Q, A>;
}
function push<M>(name: string, message: z.ZodType<M>) {
  return { channel: `milepost:push:${name}`, message } satisfies PushChannel<M>;
}

/** What the renderer asks of main. */
export const requests = {
  /** The renderer listens: pushes are sent from here on. */
  ready: request('ready', { request: z.null(), response: openingSchema }),
  /** One click: main asks back only where the design says so; `confirmed` answers such a question. */
  resume: request('resume', {
    request: z.object({ jobKey: jobKeySchema, confirmed: z.boolean() }),
    response: resumeResultSchema,
  }),
  /** Asks a job's run to end: after its running batches are saved, or at once. */
  stopJob: request('stop-job', {
    request: z.object({ jobKey: jobKeySchema, now: z.boolean() }),
    response: stopResultSchema,
  }),
  readLog: request('read-log', { request: jobRequestSchema, response: logAnswerSchema }),
  readCheckpoints: request('read-checkpoints', {
    request: jobRequestSchema,
    response: checkpointsAnswerSchema,
  }),
  /** Newest first. */
  readRuns: request('read-runs', { request: jobRequestSchema, response: z.array(endedRunSchema) }),
  /** Main asks for a folder, fetches into it and shows the file; how far it is stands in the view. */
  fetchFiles: request('fetch-files', {
    request: z.object({ jobKey: jobKeySchema, what: z.enum(['result', 'partial']) }),
    response: z.null(),
  }),
  cancelFetch: request('cancel-fetch', { request: jobRequestSchema, response: z.null() }),
  /** Finished jobs that are no longer to be shown. */
  dismiss: request('dismiss', {
    request: z.object({ jobKeys: z.array(jobKeySchema).max(1000) }),
    response: settingsAnswerSchema,
  }),
  copyPath: request('copy-path', { request: jobRequestSchema, response: z.null() }),
  copyDiagnostics: request('copy-diagnostics', { request: jobRequestSchema, response: z.null() }),
  /** Looks at a host now; all hosts with null. */
  pollNow: request('poll-now', {
    request: z.object({ hostId: z.string().min(1).max(256).nullable() }),
    response: z.null(),
  }),
  hide: request('hide', { request: z.null(), response: z.null() }),
  /** The height that the content wants, in CSS pixels; main keeps it on the screen. */
  fitHeight: request('fit-height', {
    request: z.object({ heightPx: z.number().int().min(1).max(20_000) }),
    response: z.null(),
  }),
  /** Copies the command that the empty state teaches. */
  copyFirstCommand: request('copy-first-command', { request: z.null(), response: z.null() }),
  showSettingsFile: request('show-settings-file', { request: z.null(), response: z.null() }),
  changeSettings: request('change-settings', {
    request: settingsChangeSchema,
    response: settingsAnswerSchema,
  }),
  /** Shows a notification and says whether it arrived. */
  testAlert: request('test-alert', { request: z.null(), response: testAlertSchema }),
};

/** What main tells the renderer, only while the popover is open. */
export const pushes = {
  opened: push('opened', openingSchema),
  closed: push('closed', z.null()),
  view: push('view', appViewSchema),
};

export type RequestName = keyof typeof requests;
export type RequestOf<N extends RequestName> = z.infer<(typeof requests)[N]['request']>;
export type ResponseOf<N extends RequestName> = z.infer<(typeof requests)[N]['response']>;
export type PushName = keyof typeof pushes;
export type PushOf<N extends PushName> = z.infer<(typeof pushes)[N]['message']>;

/** The two ways out of a renderer, as the preload has them. */
export interface Wire {
  invoke(channel: string, body: unknown): Promise<unknown>;
  /** Returns its own end. */
  listen(channel: string, listener: (message: unknown) => void): () => void;
}

/**
 * The functions that the page gets, made from the two tables. A push that does not parse is dropped and told on the
 * console; an answer that does not parse rejects.
 */
export function createApi(wire: Wire) {
  function call<Q, A>({ channel, request: schema, response }: RequestChannel<Q, A>) {
    return async (body: Q): Promise<A> => response.parse(await wire.invoke(channel, schema.parse(body)));
  }
  function on<M>({ channel, message }: PushChannel<M>) {
    return (listener: (message: M) => void): (() => void) =>
      wire.listen(channel, (raw) => {
        const parsed = message.safeParse(raw);
        if (parsed.success) listener(parsed.data);
        else console.error(`A message on ${channel} was not understood: ${parsed.error.message}`);
      });
  }
  return {
    ready: call(requests.ready),
    resume: call(requests.resume),
    stopJob: call(requests.stopJob),
    readLog: call(requests.readLog),
    readCheckpoints: call(requests.readCheckpoints),
    readRuns: call(requests.readRuns),
    fetchFiles: call(requests.fetchFiles),
    cancelFetch: call(requests.cancelFetch),
    dismiss: call(requests.dismiss),
    copyPath: call(requests.copyPath),
    copyDiagnostics: call(requests.copyDiagnostics),
    pollNow: call(requests.pollNow),
    hide: call(requests.hide),
    fitHeight: call(requests.fitHeight),
    copyFirstCommand: call(requests.copyFirstCommand),
    showSettingsFile: call(requests.showSettingsFile),
    changeSettings: call(requests.changeSettings),
    testAlert: call(requests.testAlert),
    onOpened: on(pushes.opened),
    onClosed: on(pushes.closed),
    onView: on(pushes.view),
  } satisfies { [N in RequestName]: unknown } & { [N in PushName as `on${Capitalize<N>}`]: unknown };
}

/** The name under which the page finds {@link Api}. */
export const API_NAME = 'milepost';
export type Api = ReturnType<typeof createApi>;
