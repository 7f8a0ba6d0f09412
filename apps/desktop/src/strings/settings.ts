// Settings, and what can be wrong with their file.

export const settings = {
  hosts: 'Hosts',
  addHost: 'Add a host…',
  filesOf: (count: number) => (count === 0 ? '' : count === 1 ? '1 file' : `${count} files`),
  general: 'General',
  launchAtLogin: 'Start at login',
  needsApproval: 'Allow Milepost in System Settings > General > Login Items.',
  notRegistered: {
    what: 'The system did not take Milepost as something to start at login.',
    next: 'Move Milepost to Applications and try again, or add it in System Settings > General > Login Items.',
  },
  menuBar: 'Menu bar shows',
  menuBarStyles: { icon: 'Icon only', percent: 'Percent', 'percent-eta': 'Percent and time left' },
  poll: 'Look at hosts',
  pollEvery: (duration: string) => `Every ${duration}`,
  seconds: (count: number) => `${count} s`,
  minutes: (count: number) => `${count} min`,
  textSize: 'Text size',
  textPercent: (percent: number) => `${percent}%`,
  pause: 'Pause polling',
  paused: 'Polling is paused. What is shown was true when it was last seen.',
  goOn: 'Go on',
  file: 'Settings file',
  showFile: 'Show',
  reset: 'Reset…',
  resetRow: 'Begin anew',
  resetQuestion: 'Forget all hosts, files and settings? Jobs and files on the hosts stay as they are.',
  resetConfirm: 'Reset',

  host: {
    watches: 'Files watched by path',
    noWatches: 'None. The jobs of the agent are found by themselves.',
    resumedBy: (command: string) => `Resume runs: ${command}`,
    removeWatch: 'Remove',
    removeWatchLabel: (path: string) => `Remove ${path}`,
    addWatch: 'Watch a file…',
    connection: 'Connection',
    check: 'Check…',
    checkLabel: (host: string) => `Check the connection to ${host}`,
    remove: 'Remove this host…',
    removeQuestion: (host: string) => `Stop watching ${host}? Its jobs go on.`,
    removeConfirm: 'Remove',
  },

  /** Why what a person typed is not used. */
  typed: {
    host: {
      what: 'The host has a character that ssh would not take.',
      next: 'Type a name of your ssh config, or user@host.',
    },
    port: {
      what: 'A port can’t be given here.',
      next: 'Give the host a name in ~/.ssh/config, with its HostName and Port, and pick that.',
    },
    path: {
      what: 'That is no path of a file or folder.',
      next: 'Give it as on the host: /data/results/PROGRESS.txt, or ~/results.',
    },
    command: { what: 'The command has to be one line.', next: 'Put more lines into a script on the host.' },
    full: { what: 'That is more than Milepost watches.', next: 'Remove what is no longer needed.' },
  },
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
};
