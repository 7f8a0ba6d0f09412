// The menu bar: icon, title and menu.

export const tray = {
  idle: 'Milepost: no job is running',
  paused: 'Milepost: polling is paused',
  noHosts: 'Milepost: no host is watched yet',
  offline: (host: string) => `Milepost: ${host} does not answer`,
  hostRefused: (host: string) => `Milepost: ${host} needs you`,
  running: (job: string, host: string, percent: string, left: string) =>
    `${job} on ${host}: ${[percent, left].filter((part) => part !== '').join(', ')}`,
  left: (duration: string) => `about ${duration} left`,
  problem: (job: string, host: string, state: string) => `${job} on ${host}: ${state}`,
  complete: (job: string, host: string) => `${job} on ${host} is complete`,
  more: (count: number) => `${count} more`,
};

export const menu = {
  open: 'Open Milepost',
  pollNow: 'Check Now',
  pause: 'Pause Polling',
  settings: 'Settings…',
  quit: 'Quit Milepost',
  jobLine: (job: string, rest: string) => (rest === '' ? job : `${job}  ${rest}`),
};
