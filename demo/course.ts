import { waitFor } from '@milepost/testing/waitFor';
import type { DemoApp } from './app/demoApp.ts';
import { type DemoJob, FRAMES, FRAMES_PER_BATCH } from './job.ts';
import { type Loss, lossText, type StepId, type Story, withStep } from './story.ts';

// What happens from the job's start to the fetched video, in its order.

/** How long a person who is there has for what they could do themselves. */
const PERSON_MS = 20_000;
/** Where nobody is: long enough to see it. */
const NOBODY_MS = 3000;
/** Catches hangs; a slow machine takes a while to render. */
const LIMIT_MS = 10 * 60_000;

export interface CourseDeps {
  app: DemoApp;
  startJob(): Promise<DemoJob>;
  /** It needs no hands. */
  auto: boolean;
  story: Story;
  /** Everything that is new, for whoever looks. */
  tell(story: Story): Promise<void>;
  now(): number;
  signal: AbortSignal;
}

export interface CourseEnd {
  /** The video on this machine. */
  video: string;
  loss: Loss;
}

/** Goes through it. Rejects when `signal` is aborted or a step does not come about. */
export async function runCourse({
  app,
  startJob,
  auto,
  story: first,
  tell,
  now,
  signal,
}: CourseDeps): Promise<CourseEnd> {
  let story = first;
  let job: DemoJob | undefined;
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);

  async function show(change: Partial<Story>): Promise<void> {
    story = { ...story, ...change };
    await tell(story);
  }
  const step = (id: StepId, state: 'now' | 'done', text?: string): Promise<void> =>
    show(withStep(story, id, { state, ...(text === undefined ? {} : { text }) }));

  /** Waits for it, and shows PROGRESS.txt meanwhile. A job that failed is waited for no longer. */
  function until<T>(what: string, probe: () => Promise<T>): Promise<Exclude<T, undefined | null | false>> {
    const look = async (): Promise<T> => {
      const told = await job?.read();
      if (told !== undefined && told.text !== story.progressText) await show({ progressText: told.text });
      if (told?.progress.status === 'failed') {
        failed.abort(new Error(`The job failed: ${told.progress.message ?? 'it does not say why'}`));
      }
      return probe();
    };
    return waitFor(what, look, { limitMs: LIMIT_MS, everyMs: 150, signal: over });
  }
  /** Lets a person do something, and does it where nobody does. */
  async function turn(
    text: string,
    isDone: () => Promise<boolean>,
    byItself: () => Promise<void>,
  ): Promise<boolean> {
    const isThere = !auto && (await app.isSeen());
    const byItselfAt = now() + (isThere ? PERSON_MS : NOBODY_MS);
    if (isThere) await show({ turn: { text, byItselfAt } });
    await until(text, async () => (await isDone()) || now() >= byItselfAt);
    const wasDone = await isDone();
    await show({ turn: null });
    if (!wasDone) await byItself();
    return wasDone;
  }

  await step('job', 'now', `Rendering ${FRAMES} frames of a fractal, saved every ${FRAMES_PER_BATCH}.`);
  job = await startJob();
  const { read, isRunning, kill } = job;
  const progress = async () => (await read())?.progress;
  await until('the app to see the job', async () => (await app.tray()).title !== '');
  await app.openPopover();
  await until('a third of the frames', async () => {
    const told = await progress();
    return (told?.completed ?? 0) >= FRAMES / 3 && (told?.inFlight ?? 0) > 0;
  });
  await step('job', 'done');

  await step('killed', 'now');
  const loss = await kill();
  await until('the killed agent to be gone', async () => !(await isRunning()));
  await step('killed', 'done', `SIGKILL when ${loss.framesSaved} of ${loss.framesTotal} frames were saved.`);
  await step('told', 'now');
  const notification = await until('the notification', async () =>
    (await app.notifications()).find(({ actions }) => actions.length > 0),
  );
  await step('told', 'done', `“${notification.title}”, with a button.`);

  await step('resumed', 'now');
  const isResumed = async (): Promise<boolean> => {
    if (((await progress())?.runs ?? 1) > 1) return true;
    return (await app.jobs()).some(({ action }) => action?.kind === 'resuming');
  };
  const byPerson = await turn(
    'Your turn: press Resume, in the notification or in the popover.',
    isResumed,
    () => app.pressResume(notification.id),
  );
  await until('the job to go on', async () => ((await progress())?.runs ?? 1) > 1);
  await step(
    'resumed',
    'done',
    `${byPerson ? 'You pressed' : 'Pressed'} once; it goes on from frame ${loss.framesSaved}.`,
  );

  await step('complete', 'now');
  await until('the job to be complete', async () => (await progress())?.status === 'complete');
  const complete = await until('the app to see it complete', async () =>
    (await app.jobs()).find(({ state }) => state === 'complete'),
  );
  await step('complete', 'done', `All ${FRAMES} frames, joined into one video on the host.`);

  await step('fetched', 'now');
  await app.openPopover();
  const isFetched = async (): Promise<boolean> => (await app.fetched()) !== undefined;
  await turn('Your turn: click the card, then Fetch result.', isFetched, () => app.fetchResult(complete.key));
  const video = await until('the video to be fetched', () => app.fetched());
  await step('fetched', 'done', `${video}, its hash compared.`);
  await show({ videoFile: video, summary: lossText(loss) });
  return { video, loss };
}
