import { z } from 'zod';

// What the demo tells while it runs, for the page and for the terminal. Pure.

const STEP_IDS = ['host', 'job', 'killed', 'told', 'resumed', 'complete', 'fetched'] as const;
export type StepId = (typeof STEP_IDS)[number];

const stepSchema = z.object({
  id: z.enum(STEP_IDS),
  title: z.string(),
  text: z.string(),
  state: z.enum(['to-come', 'now', 'done']),
});

export const storySchema = z.object({
  steps: z.array(stepSchema),
  /** What the person can do now; `byItselfAt` (ms since the epoch): when it is done for them. */
  turn: z.object({ text: z.string(), byItselfAt: z.number().nullable() }).nullable(),
  /** PROGRESS.txt on the host, as it stands. */
  progressText: z.string(),
  /** The fetched video on this machine; the page shows it. */
  videoFile: z.string().nullable(),
  /** What it came to; null while it runs. */
  summary: z.string().nullable(),
});
export type Story = z.infer<typeof storySchema>;
export type Step = Story['steps'][number];

const BEGINNING: Readonly<Record<StepId, { title: string; text: string }>> = {
  host: { title: 'A machine far away', text: 'An SSH server on this machine plays it.' },
  job: {
    title: 'A long job',
    text: 'The agent works there in batches; each one that is done is a checkpoint.',
  },
  killed: {
    title: 'Killed',
    text: 'A third of the way all of it gets SIGKILL, as when a spot instance vanishes.',
  },
  told: { title: 'Told', text: 'The menu bar shows it, and a notification comes.' },
  resumed: { title: 'Resumed', text: 'One click: it goes on from the last checkpoint.' },
  complete: { title: 'Complete', text: 'All frames are there, joined into one video.' },
  fetched: { title: 'Fetched', text: 'The video comes to this machine, its hash compared.' },
};

export function beginStory(): Story {
  return {
    steps: STEP_IDS.map((id) => ({ id, ...BEGINNING[id], state: 'to-come' })),
    turn: null,
    progressText: '',
    videoFile: null,
    summary: null,
  };
}

/** The story with one step changed. */
export function withStep(story: Story, id: StepId, change: Partial<Pick<Step, 'text' | 'state'>>): Story {
  return { ...story, steps: story.steps.map((step) => (step.id === id ? { ...step, ...change } : step)) };
}

/** What a kill cost. */
export interface Loss {
  /** How long the oldest batch that it met had been running: what is lost of everybody's time. */
  seconds: number;
  /** Frames that those batches had made. */
  framesInFlight: number;
  framesSaved: number;
  framesTotal: number;
}

export function lossText({ seconds, framesInFlight, framesSaved, framesTotal }: Loss): string {
  const redone = framesInFlight === 1 ? '1 frame' : `${framesInFlight} frames`;
  return `The kill cost ${seconds.toFixed(1)} s of work: ${redone} of batches that were running. The ${framesSaved} of ${framesTotal} frames that were saved were not made again.`;
}
