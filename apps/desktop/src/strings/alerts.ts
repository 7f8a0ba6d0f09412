// Alerts and notifications.

export const notification = {
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
};

export const alerts = {
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
};
