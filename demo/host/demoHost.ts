import { startSshd } from '@milepost/testing/sshd';
import { findProgram, isProgram } from '../../scripts/findProgram.mjs';
import { startEmbeddedHost } from './embeddedHost.ts';

/** The SSH server on loopback that plays the machine far away. */
export interface DemoHost {
  /** Its name in {@link DemoHost.sshConfigFile}, and in the app. */
  alias: string;
  /** What it is, for a person. */
  what: string;
  sshConfigFile: string;
  /** $HOME of whatever runs there. */
  home: string;
  stop(): Promise<void>;
}

const HOST_ALIAS = 'gpu-1';

/**
 * The system's own sshd where there is one that starts, else a server of our own within this process. Keys are made on
 * the spot, in `dir`; nobody else can log in.
 */
export async function startDemoHost(
  dir: string,
  { embedded, warn }: { embedded: boolean; warn(line: string): void },
): Promise<DemoHost> {
  if (!embedded && isProgram('/usr/sbin/sshd') && findProgram('ssh-keygen') !== undefined) {
    try {
      const sshd = await startSshd({ dir, alias: HOST_ALIAS });
      return {
        alias: sshd.alias,
        what: `sshd of this system, on 127.0.0.1 port ${sshd.port}`,
        sshConfigFile: sshd.config,
        home: sshd.home,
        stop: () => sshd.stop(),
      };
    } catch (error) {
      warn(`This system's sshd does not start, so a server of our own takes its place: ${String(error)}`);
    }
  }
  return startEmbeddedHost(dir, HOST_ALIAS);
}
