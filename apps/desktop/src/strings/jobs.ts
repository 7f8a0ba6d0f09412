// Jobs: their states, cards, and what can be done with them.

export const state = {
  queued: 'Queued',
  running: 'Running',
  merging: 'Merging',
  complete: 'Complete',
  failed: 'Failed',
  interrupted: 'Interrupted',
  stopped: 'Stopped',
  stopping: 'Stopping…',
  stalled: 'Stalled',
  unreachable: 'Host does not answer',
  missing: 'Progress file is gone',
  unreadable: 'Progress cannot be read',
  resuming: 'Resuming…',
};

export const card = {
  onHost: (host: string) => `on ${host}`,
  percent: (percent: number) => `${percent}%`,
  ofTotal: (done: string, total: string, unit: string) => `${done} / ${total} ${unit}`.trim(),
  items: (done: string, unit: string) => `${done} ${unit}`.trim(),
  inFlight: 'In flight',
  doneIn: (duration: string) => `in ${duration}`,
  left: (duration: string) => `${duration} left`,
  until: (clock: string) => `ends ${clock}`,
  etaUnknown: 'Time left not known yet',
  rate: 'Rate',
  from: 'Taken from',
  checkpoints: 'Checkpoints',
  checkpointsValue: (count: string) => `${count} saved`,
  checkpointCount: (count: string) => `${count} checkpoints`,
  lastCheckpoint: 'Last checkpoint',
  atRisk: 'At risk',
  elapsed: 'Ran for',
  age: (duration: string) => `seen ${duration} ago`,
  justNow: 'seen just now',
  neverSeen: 'not seen yet',
  valueText: (percent: string, rest: string) => (rest === '' ? percent : `${percent}, ${rest}`),
  percentWords: (percent: number) => `${percent} percent`,
  percentUnknown: 'progress not known',
  aboutLeft: (words: string) => `about ${words} left`,
  progressOf: (job: string) => `Progress of ${job}`,
};

export const resume = {
  button: 'Resume',
  label: (job: string) => `Resume ${job}`,
  sending: 'Resuming…',
  confirmAnyway: 'Resume anyway',
  waiting: 'Asked to go on. The next look at the host shows the new run.',
  kept: (done: string, unit: string) => `Keeps ${done} ${unit}`.trim(),
  todo: (items: string) => `${items} to do`,
  again: 'Starts the program again',
  goesOnFrom: (checkpoint: string) => `Goes on from ${checkpoint}`,
  about: (duration: string) => `about ${duration}`,
  onlyMerge: 'only the merge is left',
  redoes: (items: string, unit: string) => `${items} saved ${unit} must be done again`,
  redoReasons: (first: string, more: number) => (more > 0 ? `${first}, and ${more} more` : first),
  refusedBy: (reason: string) => `The agent would refuse: ${reason}`,
  planOld: 'What a resume would do could not be asked just now.',
  planUnknown: 'Goes on from the last checkpoint.',
  byCommand: 'Runs the command that you gave, in its folder.',
};

export const jobs = {
  ofHost: (host: string) => `Jobs on ${host}`,
  finished: 'Finished jobs',
  finishedCount: (count: number) => `Finished (${count})`,
  dismiss: (job: string) => `Dismiss ${job}`,
  dismissAll: 'Dismiss all',
};

export const stop = {
  button: 'Stop…',
  label: (job: string) => `Stop ${job}`,
  now: 'Stop now',
  nowLabel: (job: string) => `Stop now: ${job}`,
  sending: 'Stopping…',
  batched: {
    question: 'Stop this job? What is saved stays, and it can be resumed.',
    finish: 'Finish the batch',
    finishing: 'Stops when the running batches are saved.',
    ending: 'The running batches are being ended.',
  },
  /** A program that runs whole. */
  process: {
    question: 'Stop this program? It can be resumed from its last checkpoint.',
    finish: 'Let it save first',
    finishing: 'It was asked to save its work and end.',
    ending: 'It is being ended.',
  },
};

export const detail = {
  open: (job: string) => `More of ${job}`,
  log: 'Log',
  logOf: (job: string) => `Log of ${job}`,
  noLog: 'Nothing was printed yet.',
  reading: 'Reading…',
  checkpoints: 'Checkpoints',
  checkpointsSum: (count: string, size: string) => `${count}, ${size}`,
  noCheckpoints: 'None saved yet.',
  range: (first: string, last: string) => `${first}–${last}`,
  runs: 'Earlier runs',
  runLine: (done: string, total: string) => `${done} / ${total}`,
  copyPath: 'Copy path',
  copyDiagnostics: 'Copy diagnostics',
  copied: 'Copied',
};

export const advice = {
  fullDisk: (host: string) => `The disk on ${host} is full: make room there, then resume`,
};

export const fetch = {
  choose: 'Fetch Here',
  result: 'Fetch result',
  partial: 'Fetch partial result',
  resultHint: 'The result, checked against its hash.',
  partialHint: 'All that is saved so far, as one file.',
  merging: 'The host merges what is saved…',
  waiting: 'The connection broke; it goes on when the host answers.',
  starting: 'Fetching…',
  progress: (done: string, all: string) => `${done} of ${all}`,
  fetched: (name: string, size: string) => `Fetched ${name}, ${size}`,
  progressLabel: 'Progress of the fetch',
};

export const announce = {
  state: (job: string, state: string) => `${job}: ${state}`,
};

export const size = (value: string, unit: string) => `${value} ${unit}`;

export const units = { items: 'items' };
