import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A network of its own behind a pair of virtual Ethernet devices, as another machine on a wire would be. */
export interface NetworkNamespace {
  /** Where whatever runs inside is reached from outside. */
  address: string;
  /** What to put before a command line, so that it runs inside. */
  enter: readonly string[];
  /** The wire is pulled, or put back. */
  setLink(isUp: boolean): void;
  /** Drops this many of a hundred packets, both ways; 0: none. */
  setLoss(percent: number): void;
  remove(): void;
}

function run(command: string, args: readonly string[], input?: string): void {
  execFileSync(command, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
}

/**
 * Why namespaces with packet loss can't be made here, or null where they can: they take root, iproute2, nftables and
 * a kernel that has both.
 */
export function noNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (process.getuid?.() !== 0) return 'network namespaces can be made by root only';
  let made: NetworkNamespace | undefined;
  try {
    made = makeNamespace();
    made.setLoss(5);
    return null;
  } catch (error) {
    return `no network namespace can be made here: ${String(error).split('\n')[0]}`;
  } finally {
    made?.remove();
  }
}

let made = 0;

/** Makes one; the addresses are of 198.18.0.0/15, which is for tests of networks. */
export function makeNamespace(): NetworkNamespace {
  made += 1;
  // Device names are at most 15 characters; the pid keeps test processes side by side apart.
  const name = `mp${process.pid % 1_000_000}x${made}`;
  const [outside, inside] = [`${name}o`, `${name}i`];
  const net = `198.${18 + (process.pid % 2)}.${(process.pid >> 1) % 256}`;
  const [gateway, address] = [`${net}.${made * 4 + 1}`, `${net}.${made * 4 + 2}`];
  const remove = (): void => {
    if (existsSync(`/sys/class/net/${outside}`)) run('ip', ['link', 'del', outside]);
    if (existsSync(`/run/netns/${name}`)) run('ip', ['netns', 'del', name]);
  };
  try {
    run('ip', ['netns', 'add', name]);
    run('ip', ['link', 'add', outside, 'type', 'veth', 'peer', 'name', inside]);
    run('ip', ['link', 'set', inside, 'netns', name]);
    run('ip', ['addr', 'add', `${gateway}/30`, 'dev', outside]);
    run('ip', ['link', 'set', outside, 'up']);
    run('ip', ['-n', name, 'addr', 'add', `${address}/30`, 'dev', inside]);
    run('ip', ['-n', name, 'link', 'set', inside, 'up']);
    run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address,
    enter: ['ip', 'netns', 'exec', name],
    setLink(isUp) {
      run('ip', ['-n', name, 'link', 'set', inside, isUp ? 'up' : 'down']);
    },
    setLoss(percent) {
      const chain = (name: string, hook: string, device: string): string[] => [
        `chain ${name} {`,
        `type filter hook ${hook} priority 0`,
        `${device} "${inside}" numgen random mod 100 < ${percent} drop`,
        '}',
      ];
      const rules = [
        // Made first, so that there always is one to delete.
        'table inet milepost {',
        '}',
        'delete table inet milepost',
        'table inet milepost {',
        ...chain('in', 'input', 'iifname'),
        ...chain('out', 'output', 'oifname'),
        '}',
        '',
      ];
      run('ip', ['netns', 'exec', name, 'nft', '-f', '-'], rules.join('\n'));
    },
    remove,
  };
}
