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
import {
  hostIdSchema,
  settingsAnswerSchema,
  settingsChangeSchema,
  typedWatchSchema,
} from './bridge/settings.ts';
import { foundHostsSchema, questionOfSchema, setupTargetSchema } from './bridge/setup.ts';
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
    request: z.object({ hostId: hostIdSchema.nullable() }),
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
  /** Everything as it was before the first start; the renderer has asked. */
  resetSettings: request('reset-settings', { request: z.null(), response: settingsAnswerSchema }),
  removeHost: request('remove-host', {
    request: z.object({ hostId: hostIdSchema }),
    response: settingsAnswerSchema,
  }),
  addWatch: request('add-watch', {
    request: typedWatchSchema.extend({ hostId: hostIdSchema }),
    response: settingsAnswerSchema,
  }),
  removeWatch: request('remove-watch', {
    request: z.object({ watchKey: jobKeySchema }),
    response: settingsAnswerSchema,
  }),
  /** Of a file that is watched by path; an empty one takes it away. */
  setResumeCommand: request('set-resume-command', {
    request: typedWatchSchema.pick({ resumeCommand: true }).extend({ watchKey: jobKeySchema }),
    response: settingsAnswerSchema,
  }),
  /** Shows a notification and says whether it arrived. */
  testAlert: request('test-alert', { request: z.null(), response: testAlertSchema }),

  /** The hosts of the ssh configuration. */
  findHosts: request('find-hosts', { request: z.null(), response: foundHostsSchema }),
  /** Begins to set up a host and to try it step by step; how far that is stands in the view. */
  startSetup: request('start-setup', { request: setupTargetSchema, response: settingsAnswerSchema }),
  /** Tries the host of the setup again. */
  retrySetup: request('retry-setup', { request: z.null(), response: z.null() }),
  /** Puts the agent on the host of the setup, then tries it again. */
  installAgent: request('install-agent', { request: z.null(), response: z.null() }),
  copyInstallLine: request('copy-install-line', { request: z.null(), response: z.null() }),
  /** Watches the host of the setup from now on, with a file by path if one was typed; ends the setup. */
  addHost: request('add-host', { request: typedWatchSchema, response: settingsAnswerSchema }),
  endSetup: request('end-setup', { request: z.null(), response: z.null() }),
  /** The person has compared the fingerprint that was shown, and trusts it. */
  trustHostKey: request('trust-host-key', {
    request: z.object({ of: questionOfSchema, fingerprint: z.string().max(200) }),
    response: z.null(),
  }),
  /** For the key that the question named; kept in memory only. */
  givePassphrase: request('give-passphrase', {
    request: z.object({ of: questionOfSchema, passphrase: z.string().max(1024) }),
    response: z.null(),
  }),
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
    resetSettings: call(requests.resetSettings),
    removeHost: call(requests.removeHost),
    addWatch: call(requests.addWatch),
    removeWatch: call(requests.removeWatch),
    setResumeCommand: call(requests.setResumeCommand),
    testAlert: call(requests.testAlert),
    findHosts: call(requests.findHosts),
    startSetup: call(requests.startSetup),
    retrySetup: call(requests.retrySetup),
    installAgent: call(requests.installAgent),
    copyInstallLine: call(requests.copyInstallLine),
    addHost: call(requests.addHost),
    endSetup: call(requests.endSetup),
    trustHostKey: call(requests.trustHostKey),
    givePassphrase: call(requests.givePassphrase),
    onOpened: on(pushes.opened),
    onClosed: on(pushes.closed),
    onView: on(pushes.view),
  } satisfies { [N in RequestName]: unknown } & { [N in PushName as `on${Capitalize<N>}`]: unknown };
}

/** The name under which the page finds {@link Api}. */
export const API_NAME = 'milepost';
export type Api = ReturnType<typeof createApi>;
