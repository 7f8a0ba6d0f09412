// Hosts, and what is shown where there are no jobs.

export const host = {
  refused: 'Needs you',
  nextTry: (duration: string) => `next try in ${duration}`,
  tryNow: 'Try now',
  tryNowLabel: (host: string) => `Try now: ${host}`,
  setUp: 'Set up…',
  setUpLabel: (host: string) => `Set up ${host}`,
};

export const empty = {
  noHostsTitle: 'No host is watched yet',
  noHostsText: 'Milepost shows the long jobs of machines that you reach over SSH.',
  addHost: 'Add a host…',
  firstCommand: 'A first job, to run there:',
  noAgentTitle: (host: string) => `Milepost is not on ${host} yet`,
  noAgentText: 'Its agent runs jobs so that they save their work, and lists them here.',
  setUp: 'Set up…',
  noJobsTitle: 'No jobs',
  noJobsText: (hosts: string) => `${hosts} answers and has no job to show. Start one there:`,
  noJobsTextMany: 'The hosts answer and have no job to show. Start one there:',
  copy: 'Copy',
  copied: 'Copied',
  copyLabel: 'Copy the command',
  hint: 'It saves its work every half minute, goes on where it stopped, and shows up here.',
  connectingTitle: 'Looking for jobs…',
  offlineTitle: 'No host answers',
};

export const footer = {
  noHost: 'No host is watched',
  paused: 'Polling is paused',
  hosts: (online: number, all: number) =>
    online === all ? 'All hosts answer' : `${online} of ${all} hosts answer`,
  connecting: (host: string) => `Connecting to ${host}…`,
  refused: (host: string) => `${host} needs you`,
  oneHost: (host: string, online: boolean) => (online ? `${host} answers` : `${host} does not answer`),
  pollNow: 'Check now',
};
