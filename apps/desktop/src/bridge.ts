import { z } from 'zod';
import { testAlertSchema } from './bridge/alerts.ts';
import {
  checkpointsAnswerSchema,
  endedRunSchema,
  jobKeySchema,
  jobRequestSchema,
  logAnswerSchema,
  resumeResultSchema,
  stopResultSchema,
} from './bridge/jobs.ts';
import { settingsAnswerSchema, settingsChangeSchema } from './bridge/settings.ts';
import { appViewSchema, openingSchema } from './bridge/view.ts';
import {
  caller,
  type PushChannel,
  push,
  type RequestChannel,
  request,
  subscriber,
  type Wire,
} from './bridge/wire.ts';

// The whole contract between main and renderer. A channel that is not in these tables does not exist; every message
// is parsed where it arrives. The renderer sends keys of jobs and IDs of hosts, never a command or a path but what a
// person typed into a field. What the messages are made of stands in bridge/.

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

/**
 * The functions that the page gets, made from the two tables. A push that does not parse is dropped and told on the
 * console; an answer that does not parse rejects.
 */
export function createApi(wire: Wire) {
  const call = <Q, A>(channel: RequestChannel<Q, A>) => caller(wire, channel);
  const on = <M>(channel: PushChannel<M>) => subscriber(wire, channel);
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
