// What `strace -f -y -s 4096` wrote, as system calls in the order in which they began.

export interface SystemCall {
  thread: string;
  name: string;
  /** Everything between the parentheses. */
  args: string;
  /** What it gave back, such as `0` or `-1 EIO (Input/output error) (INJECTED)`. */
  result: string;
  /** The lines of the log at which it began and ended: what ended before another began is before it. */
  began: number;
  ended: number;
}

const WHOLE = /^(?:(\d+) +)?(\w+)\((.*)\) += (.*)$/s;
const BEGUN = /^(\d+) +(\w+)\((.*?),? ?<unfinished \.\.\.>$/s;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)$/s;

/** Parses a log; lines of signals and exits are left out. */
export function parseStrace(text: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, SystemCall>();
  text.split('\n').forEach((line, at) => {
    const begun = BEGUN.exec(line);
    const resumed = RESUMED.exec(line);
    const whole = WHOLE.exec(line);
    if (begun) {
      const [, thread = '', name = '', args = ''] = begun;
      const call = { thread, name, args, result: '', began: at, ended: Number.POSITIVE_INFINITY };
      open.set(thread, call);
      calls.push(call);
    } else if (resumed) {
      const [, thread = '', , args = '', result = ''] = resumed;
      const call = open.get(thread);
      open.delete(thread);
      if (call) Object.assign(call, { args: call.args + args, result, ended: at });
    } else if (whole) {
      const [, thread = '', name = '', args = '', result = ''] = whole;
      calls.push({ thread, name, args, result, began: at, ended: at });
    }
  });
  return calls;
}

/** The path of the descriptor that a call's first argument is, as `-y` shows it. */
export function pathOfDescriptor({ args }: SystemCall): string {
  return /^\d+<([^>]*)>/.exec(args)?.[1] ?? '';
}

/** The paths in quotes, in order: of a rename the old one and the new one. */
export function pathsOf({ args }: SystemCall): string[] {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
}

export const isWrite = ({ name }: SystemCall) => name === 'write' || name === 'pwrite64' || name === 'writev';
export const isSync = ({ name }: SystemCall) => name === 'fsync' || name === 'fdatasync';
export const isRename = ({ name }: SystemCall) => name.startsWith('rename');
export const succeeded = ({ result }: SystemCall) => /^\d/.test(result);
