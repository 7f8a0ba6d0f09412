import type { FetchState, JobCard } from '../../src/bridge/jobs.ts';
import { strings } from '../../src/strings.ts';
import { card, completeJob, interruptedJob, sampleJob, sampleView } from '../sampleViews.ts';
import { inLargeText, press, type SampleScreen, sampleAnswers } from './sampleScreen.ts';
import { ownFileView } from './settingsScreens.ts';

// More of one job.

function fetching(
  name: string,
  caption: string,
  fetch: FetchState,
  job: JobCard = card(completeJob()),
): SampleScreen {
  return {
    name,
    caption,
    view: { ...sampleView([]), jobs: [{ ...job, fetch }] },
    screen: 'jobs',
    act: press(strings.detail.open(job.name)),
  };
}

const LONG_LINES = [
  'Traceback (most recent call last):',
  '  File "/home/ubuntu/projects/diffusion/train.py", line 412, in <module>',
  '    main(parse_arguments(sys.argv[1:], defaults=load_defaults("configs/large.yaml")))',
  `tensor([${Array.from({ length: 60 }, (_, at) => (at * 0.0173).toFixed(4)).join(', ')}])`,
  `https://example.org/${'a-very-long-path/'.repeat(12)}end`,
  'RuntimeError: CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 15.78 GiB total capacity)',
];

export const detailScreens: readonly SampleScreen[] = [
  {
    name: 'job',
    caption: 'More of a job that runs',
    view: sampleView([sampleJob({}, { runs: 3 })]),
    screen: 'jobs',
    act: press(strings.detail.open('dataset')),
  },
  {
    name: 'job-interrupted',
    caption: 'More of a job that was interrupted',
    view: sampleView([interruptedJob()]),
    screen: 'jobs',
    act: press(strings.detail.open('render')),
  },
  {
    name: 'job-log',
    caption: 'A log with long lines',
    view: sampleView([sampleJob()]),
    screen: 'jobs',
    answers: { ...sampleAnswers, readLog: () => ({ kind: 'lines', lines: LONG_LINES, cut: true }) },
    act: press(strings.detail.open('dataset')),
  },
  {
    name: 'job-fresh',
    caption: 'A job that has printed and saved nothing yet',
    view: sampleView([
      sampleJob(
        { endsAt: null },
        {
          completed: 0,
          percent: 0,
          checkpoints: 0,
          inFlight: 120,
          lastCheckpoint: null,
          rateText: null,
          elapsedSeconds: 12,
          atRiskSeconds: 12,
        },
      ),
    ]),
    screen: 'jobs',
    answers: {
      readLog: () => ({ kind: 'lines', lines: [], cut: false }),
      readCheckpoints: () => ({ kind: 'checkpoints', newest: [], count: 0, bytes: 0 }),
      readRuns: () => [],
    },
    act: press(strings.detail.open('dataset')),
  },
  fetching('fetch-running', 'The result is being fetched', {
    kind: 'fetching',
    phase: 'fetching',
    bytesDone: 512_000_000,
    bytes: 1_310_000_000,
  }),
  fetching(
    'fetch-merging',
    'The host makes a partial result',
    { kind: 'fetching', phase: 'merging', bytesDone: 0, bytes: 0 },
    card(sampleJob()),
  ),
  fetching('fetched', 'The result was fetched', {
    kind: 'fetched',
    name: 'tokens.npz',
    bytes: 1_310_000_000,
  }),
  fetching('fetch-failed', 'The result could not be fetched', {
    kind: 'failed',
    problem: {
      kind: 'disk-full',
      what: 'The disk of this Mac is full: tokens.npz needs 1.3 GB.',
      next: 'Make room, then fetch again: it goes on where it stopped.',
    },
  }),
  {
    name: 'job-of-a-file',
    caption: 'A PROGRESS.txt that a program of one’s own writes, with the command that resumes it',
    view: ownFileView,
    screen: 'jobs',
    act: press(strings.detail.open('own')),
  },
  {
    name: 'job-large',
    caption: 'Text at 200 %',
    view: inLargeText(sampleView([interruptedJob()])),
    screen: 'jobs',
    act: press(strings.detail.open('render')),
  },
];
