import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// Electron tells only its pages when the network comes and goes, and not when it becomes another one; a hidden page
// shall sleep. So the system's own program is asked, which says a line at each change and costs nothing in between.

/** A program that runs as long as the app and prints a line at each change of the network. */
export interface NetworkWatcher {
  command: string;
  args: readonly string[];
  /** What it is told at first. Its input stays open: when that ends, so does the program. */
  input: string;
  isChange(line: string): boolean;
}

/** The system's own; null where we know none: hosts that failed are then tried again by and by. */
export function networkWatcher(platform: NodeJS.Platform): NetworkWatcher | null {
  if (platform === 'darwin') {
    const keys = ['Global/IPv4', 'Global/IPv6', 'Interface/[^/]+/IPv4'];
    return {
      command: '/usr/sbin/scutil',
      args: [],
      // The default route, and every address: a VPN that comes may change the second alone.
      input: `${keys.map((key) => `n.add State:/Network/${key}${key.includes('[') ? ' pattern' : ''}`).join('\n')}\nn.watch\n`,
      isChange: (line) => line.includes('State:/Network/'),
    };
  }
  if (platform === 'linux') {
    return {
      // It doesn't look at its input, so the kernel ends it with the app.
      command: 'setpriv',
      args: ['--pdeathsig', 'KILL', 'ip', '-oneline', 'monitor', 'address', 'route'],
      input: '',
      isChange: (line) => line !== '',
    };
  }
  return null;
}

/** A change comes in many lines, and its addresses are not in use at once. */
const SETTLE_MS = 2000;
const RESTART_MS = 60_000;

/** Calls `changed` when the network has changed and stood still for a moment, until `stop`. */
export function watchNetwork({
  watcher,
  changed,
  settleMs = SETTLE_MS,
  restartMs = RESTART_MS,
}: {
  watcher: NetworkWatcher | null;
  changed(): void;
  settleMs?: number;
  restartMs?: number;
}): { stop(): void } {
  let stopped = false;
  let child: ChildProcess | undefined;
  let settling: NodeJS.Timeout | undefined;
  let restarting: NodeJS.Timeout | undefined;

  function begin({ command, args, input, isChange }: NetworkWatcher): void {
    const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    child = started;
    started.once('error', (error) => {
      // Not there, most likely: it will not come by itself.
      stopped = true;
      console.warn(`Changes of the network are not noticed: ${error.message}`);
    });
    started.once('exit', () => {
      if (stopped) return;
      restarting = setTimeout(() => begin({ command, args, input, isChange }), restartMs);
    });
    // An input that ended is told by `exit` too.
    started.stdin.on('error', () => {});
    started.stdin.write(input);
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (stopped || !isChange(line)) return;
      clearTimeout(settling);
      settling = setTimeout(changed, settleMs);
    });
  }
  if (watcher !== null) begin(watcher);

  return {
    stop() {
      stopped = true;
      clearTimeout(settling);
      clearTimeout(restarting);
      child?.kill();
    },
  };
}
