import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { installAgent } from '@milepost/testing/installAgent';
import { waitFor } from '@milepost/testing/waitFor';
import { findElectron } from '../apps/desktop/test/driver/electronDriver.ts';
import type { DemoApp, DemoAppOptions } from './app/demoApp.ts';
import { startElectronApp } from './app/electronApp.ts';
import { startPageApp } from './app/pageApp.ts';
import { runCourse } from './course.ts';
import { createEndings } from './endings.ts';
import { startDemoHost } from './host/demoHost.ts';
import { type DemoJob, startJob } from './job.ts';
import { openInBrowser } from './openInBrowser.ts';
import { endAllOf } from './processes.ts';
import { beginStory, lossText, withStep } from './story.ts';
import { createTerminal } from './terminal.ts';

// `npm run demo`: the whole chain on this machine, through a kill, with nothing configured. See scripts/demo.mjs, which
// sets up what is missing and says what these options are.

/** How long it waits for somebody to open the page. */
const INVITE_MS = 20_000;
const LOOK_AROUND_MS = 2 * 60_000;

const { values } = parseArgs({
  options: {
    auto: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    embedded: { type: 'boolean', default: false },
    agent: { type: 'string', default: '' },
    python: { type: 'string', default: '' },
    ffmpeg: { type: 'string', default: '' },
    to: { type: 'string', default: '' },
  },
});

const began = performance.now();
const stop = new AbortController();
const endings = createEndings();
const terminal = createTerminal({
  write: (text) => void process.stdout.write(text),
  isLive: process.stdout.isTTY === true,
  seconds: () => (performance.now() - began) / 1000,
  now: Date.now,
});

/** What the app printed so far. */
let appLog = (): string => '';

/** Resolves with the exit code. */
async function demo(): Promise<number> {
  const dir = await mkdtemp(join(await realpath(tmpdir()), 'milepost-demo-'));
  let isKept = values.keep;
  endings.add(async () => {
    if (isKept) terminal.say(`Everything of it is still in ${dir}`);
    else await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  endings.add(() => endAllOf(dir));
  try {
    await inFolder(dir);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      terminal.say('Ended before its end.');
      return 130;
    }
    isKept = true;
    terminal.say(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (appLog() !== '') terminal.say(`The end of what the app printed:\n${appLog().slice(-2000)}`);
    return 1;
  } finally {
    terminal.end();
    for (const failure of await endings.endAll()) terminal.say(`Could not be ended: ${failure.message}`);
  }
}

async function inFolder(dir: string): Promise<void> {
  const { signal } = stop;
  const host = await startDemoHost(dir, { embedded: values.embedded, warn: terminal.say });
  endings.add(() => host.stop());
  await installAgent(host.home, values.agent, MILEPOST_VERSION);
  const story = withStep(beginStory(), 'host', { state: 'done', text: `${host.alias}: ${host.what}.` });
  terminal.story(story);

  const app = await startApp(dir, host.alias, host.sshConfigFile);
  appLog = () => app.log().trim();
  endings.add(() => app.quit());
  void app.ended.then(() => stop.abort(new Error('Milepost was quit.')));
  const isWatching = follow(app);
  endings.add(async () => isWatching.end());
  await app.tell(story);
  await invite(app);

  const connect = createSshConnect({ configFile: host.sshConfigFile });
  const connection = await connect(host.alias, signal);
  endings.add(() => connection.close());
  const { video, loss } = await runCourse({
    app,
    auto: values.auto,
    story,
    signal,
    now: Date.now,
    async startJob() {
      const job = await startJob({
        connection,
        home: host.home,
        example: join(process.cwd(), 'examples/render'),
        python: values.python,
        ffmpeg: values.ffmpeg,
      });
      endings.add(() => endJob(job));
      return job;
    },
    async tell(told) {
      terminal.story(told);
      await app.tell(told);
    },
  });
  terminal.say(`\n${lossText(loss)}\nThe video: ${video}`);
  if (!values.auto && process.stdin.isTTY && (await app.isSeen())) await untilEnter();
}

async function startApp(dir: string, alias: string, sshConfigFile: string): Promise<DemoApp> {
  const options: DemoAppOptions = {
    userDataDir: join(dir, 'app'),
    fetchTo: values.to,
    buildDir: join(dir, 'built'),
  };
  await mkdir(options.userDataDir);
  const settings = {
    version: 1,
    hosts: [{ id: alias, destination: alias, paths: [] }],
    sshConfigFile,
    // As often as can be: a demo is short.
    poll: { runningSeconds: 1, watchingSeconds: 1, idleSeconds: 1 },
    alerts: { state: 'on' },
  };
  await writeFile(join(options.userDataDir, 'settings.json'), JSON.stringify(settings));
  const electron = values.page ? undefined : findElectron();
  return electron === undefined ? startPageApp(options) : startElectronApp(electron, options);
}

/** Shows the menu bar and the notifications in the terminal too. */
function follow(app: DemoApp): { end(): void } {
  const shown = new Set<string>();
  const look = async (): Promise<void> => {
    terminal.menuBar(await app.tray());
    for (const notification of await app.notifications()) {
      if (!shown.has(notification.id)) terminal.notification(notification);
      shown.add(notification.id);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const again = (): void => {
    // An app that has just ended answers nothing more.
    void look()
      .catch(() => {})
      .then(() => {
        if (!isOver) timer = setTimeout(again, 250);
      });
  };
  again();
  return {
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Tells where to look, and waits a little for somebody who does. */
async function invite(app: DemoApp): Promise<void> {
  if (app.address === null) {
    terminal.entry('The app', 'Look at the menu bar.');
    return;
  }
  terminal.entry('The app', app.address);
  if (values.auto) return;
  const isOpened = openInBrowser(app.address);
  const wait = `It begins when the page is open${isOpened ? '' : ': open that address'}, or in ${INVITE_MS / 1000} s.`;
  terminal.entry('', wait);
  await waitFor('a viewer', () => app.isSeen(), { limitMs: INVITE_MS, signal: stop.signal }).catch(() => {
    stop.signal.throwIfAborted();
  });
}

async function endJob(job: DemoJob): Promise<void> {
  if (await job.isRunning()) await job.kill();
}

async function untilEnter(): Promise<void> {
  terminal.say(`Look around. Enter ends the demo, or it ends in ${LOOK_AROUND_MS / 60_000} minutes.`);
  const over = AbortSignal.any([stop.signal, AbortSignal.timeout(LOOK_AROUND_MS)]);
  await once(process.stdin, 'data', { signal: over }).catch(() => {});
  process.stdin.pause();
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
}
process.exitCode = await demo();
