// Every English word that the app shows, for main and renderer.

/** What the empty state teaches: a job of ten minutes that saves its work every half minute. Short lines, to fit. */
export const FIRST_COMMAND = [
  'milepost run --name first --total 600 \\',
  '  --every 30 --ext .txt --merge concat \\',
  "  -- sh -c 'seq {count}; sleep {count}'",
].join('\n');

export const strings = {
  appName: 'Milepost',
  separator: ' · ',

  tray: {
    idle: 'Milepost: no job is running',
    noHosts: 'Milepost: no host is watched yet',
    offline: (host: string) => `Milepost: ${host} does not answer`,
    hostRefused: (host: string) => `Milepost: ${host} needs you`,
    running: (job: string, host: string, percent: string, left: string) =>
      `${job} on ${host}: ${[percent, left].filter((part) => part !== '').join(', ')}`,
    left: (duration: string) => `about ${duration} left`,
    problem: (job: string, host: string, state: string) => `${job} on ${host}: ${state}`,
    complete: (job: string, host: string) => `${job} on ${host} is complete`,
    more: (count: number) => `${count} more`,
  },

  menu: {
    open: 'Open Milepost',
    pollNow: 'Check Now',
    settings: 'Settings…',
    quit: 'Quit Milepost',
    jobLine: (job: string, rest: string) => (rest === '' ? job : `${job}  ${rest}`),
  },

  state: {
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
  },

  card: {
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
    checkpoints: 'Checkpoints',
    checkpointsValue: (count: string) => `${count} saved`,
    checkpointCount: (count: string) => `${count} checkpoints`,
    lastCheckpoint: 'Last checkpoint',
    atRisk: 'At risk',
    runs: 'Runs',
    elapsed: 'Ran for',
    age: (duration: string) => `seen ${duration} ago`,
    justNow: 'seen just now',
    neverSeen: 'not seen yet',
    valueText: (percent: string, rest: string) => (rest === '' ? percent : `${percent}, ${rest}`),
    percentWords: (percent: number) => `${percent} percent`,
    percentUnknown: 'progress not known',
    aboutLeft: (words: string) => `about ${words} left`,
    progressOf: (job: string) => `Progress of ${job}`,
  },

  resume: {
    button: 'Resume',
    label: (job: string) => `Resume ${job}`,
    sending: 'Resuming…',
    confirmAnyway: 'Resume anyway',
    cancel: 'Cancel',
    waiting: 'The agent has been asked to go on. This changes once the host shows the new run.',
    kept: (done: string, unit: string) => `Keeps ${done} ${unit}`.trim(),
    todo: (items: string) => `${items} to do`,
    about: (duration: string) => `about ${duration}`,
    onlyMerge: 'only the merge is left',
    redoes: (items: string, unit: string) => `${items} saved ${unit} must be done again`,
    redoReasons: (first: string, more: number) => (more > 0 ? `${first}, and ${more} more` : first),
    refusedBy: (reason: string) => `The agent would refuse: ${reason}`,
    planOld: 'What a resume would do could not be asked just now.',
    planUnknown: 'Goes on from the last checkpoint.',
    lost: 'The answer did not arrive. The next look at the host tells whether it went on.',
  },

  host: {
    refused: 'Needs you',
    unreachable: 'Does not answer',
    connecting: 'Connecting…',
    nextTry: (duration: string) => `next try in ${duration}`,
    tryNow: 'Try now',
    tryNowLabel: (host: string) => `Try ${host} now`,
  },

  empty: {
    noHostsTitle: 'No host is watched yet',
    noHostsText:
      'Milepost shows the jobs of machines that you reach over SSH. Name one in the settings file, as in your ssh config:',
    settingsExample: '"hosts": [{ "id": "gpu-1", "destination": "gpu-1", "paths": [] }]',
    settingsButton: 'Show settings file',
    settingsHint: 'It is read again whenever this window opens.',
    noJobsTitle: 'No jobs',
    noJobsText: (hosts: string) => `${hosts} answers and has no job to show. Start one there:`,
    noJobsTextMany: 'The hosts answer and have no job to show. Start one there:',
    copy: 'Copy',
    copied: 'Copied',
    copyLabel: 'Copy the command',
    hint: 'It saves its work every half minute, goes on where it stopped, and shows up here.',
    connectingTitle: 'Looking for jobs…',
    offlineTitle: 'No host answers',
  },

  footer: {
    noHost: 'No host is watched',
    hosts: (online: number, all: number) =>
      online === all ? 'All hosts answer' : `${online} of ${all} hosts answer`,
    oneHost: (host: string, online: boolean) => (online ? `${host} answers` : `${host} does not answer`),
    pollNow: 'Check now',
  },

  announce: {
    state: (job: string, state: string) => `${job}: ${state}`,
  },

  notification: {
    completed: (job: string) => `${job} is complete`,
    failed: (job: string) => `${job} failed`,
    interrupted: (job: string) => `${job} was interrupted`,
    doneIn: (items: string, unit: string, duration: string) =>
      [`${items} ${unit}`.trim(), duration].filter((part) => part !== '').join(' in '),
    resumed: (times: number) => (times === 1 ? 'resumed once' : `resumed ${times} times`),
    stalled: (job: string) => `${job} makes no progress`,
    checkpointOverdue: (job: string) => `${job} has saved nothing for a while`,
    atRisk: (duration: string) => `${duration} of work would be lost by a crash`,
    unreachable: (host: string) => `${host} does not answer`,
    hostLost: 'Its jobs may go on; their state is not known.',
    summary: (count: number) => `${count} things happened while this Mac slept`,
    summaryLine: (name: string, happened: string) => `${name} ${happened}`,
    happened: {
      started: 'started',
      completed: 'is complete',
      failed: 'failed',
      interrupted: 'was interrupted',
      stopped: 'was stopped',
      stalled: 'stalled',
      recovered: 'goes on',
      unreachable: 'does not answer',
      reachable: 'answers again',
      'checkpoint-overdue': 'has an overdue checkpoint',
      summary: '',
    },
    test: { title: 'Alerts work', body: 'This is how Milepost tells you that a job ended or needs you.' },
    savedAt: (percent: string) => `${percent} is saved`,
    resume: 'Resume',
  },

  screens: {
    back: 'Back',
    settings: 'Settings',
  },

  jobs: {
    ofHost: (host: string) => `Jobs on ${host}`,
    finished: 'Finished jobs',
    finishedCount: (count: number) => `Finished (${count})`,
    dismiss: 'Dismiss',
    dismissAll: 'Dismiss all',
  },

  stop: {
    button: 'Stop…',
    label: (job: string) => `Stop ${job}`,
    question: 'Stop this job? What is saved stays, and it can be resumed.',
    finish: 'Finish the batch',
    now: 'Now',
    nowLabel: (job: string) => `Stop ${job} now`,
    cancel: 'Cancel',
    finishing: 'Stops when the running batches are saved.',
    ending: 'The running batches are being ended.',
    sending: 'Stopping…',
  },

  detail: {
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
  },

  fetch: {
    choose: 'Fetch Here',
    result: 'Fetch result',
    partial: 'Fetch partial result',
    cancel: 'Cancel',
    merging: 'The host merges what is saved…',
    waiting: 'The connection broke; it goes on when the host answers.',
    starting: 'Fetching…',
    progress: (done: string, all: string) => `${done} of ${all}`,
    fetched: (name: string, size: string) => `Fetched ${name}, ${size}`,
    progressLabel: 'Progress of the fetch',
  },

  size: (value: string, unit: string) => `${value} ${unit}`,

  alerts: {
    title: 'Alerts',
    on: 'Show alerts',
    offer: 'Hear when a job ends or needs you?',
    turnOn: 'Turn on alerts',
    notNow: 'Not now',
    kinds: {
      completed: 'Job complete',
      failed: 'Job failed',
      interrupted: 'Job interrupted',
      stalled: 'No progress',
      unreachable: 'Host does not answer',
      'checkpoint-overdue': 'Checkpoint overdue',
      summary: 'Summary after sleep',
    },
    test: 'Send a test notification',
    testing: 'Sending…',
    tested: {
      shown: 'It arrived. If you saw nothing, a Focus is on, or banners are off for Milepost.',
      refused: 'The system refused it. Allow Milepost in System Settings > Notifications.',
      silent: 'The system did not answer. Look at System Settings > Notifications > Milepost.',
      unsupported: 'This system has no notifications.',
    },
  },

  settings: {
    file: 'Settings file',
    showFile: 'Show',
    damaged: (file: string, reason: string, aside: string) => ({
      what: `The settings in ${file} could not be read: ${reason}.`,
      next: `They were set aside as ${aside}, and Milepost began with new ones. Copy what you need from there.`,
    }),
    newer: (file: string, reason: string) => ({
      what: `The settings in ${file} were not read: ${reason}.`,
      next: 'Nothing was changed. Update Milepost, or move that file away.',
    }),
    unreadable: (file: string, reason: string) => ({
      what: `The settings in ${file} could not be opened: ${reason}.`,
      next: 'Nothing was changed. Make the file readable, then open this window again.',
    }),
    notWritten: (file: string, reason: string) => ({
      what: `The settings could not be written to ${file}: ${reason}.`,
      next: 'Check that the folder can be written to and the disk has space.',
    }),
  },

  units: { items: 'items' },
};
