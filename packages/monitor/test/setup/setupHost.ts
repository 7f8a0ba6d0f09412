import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import type { AgentFile } from '../../src/setup/installAgent.ts';
import { createSshConnect, type SshOptions } from '../../src/ssh/connect.ts';

/** A real sshd whose home is empty: nothing of Milepost is on it. */
export interface SetupHost {
  sshd: TestSshd;
  /** A folder of the test's own on this machine. */
  dir: string;
  connect(options?: SshOptions): ReturnType<typeof createSshConnect>;
  end(): Promise<void>;
}

export async function startSetupHost(sshdConfig: readonly string[] = []): Promise<SetupHost> {
  const temp = await makeTempDir();
  const sshd = await startSshd({ dir: temp.path, config: sshdConfig });
  return {
    sshd,
    dir: temp.path,
    connect: (options = {}) =>
      createSshConnect({ configFile: sshd.config, callDeadlineMs: 5000, ...options }),
    async end() {
      await sshd.stop();
      await temp.remove();
    },
  };
}

/** A file that answers as an agent of `version` does; `more` makes it as large as a test wants. */
export function agentFile(version: string, more = ''): AgentFile {
  const answer = `{ version: '${version}', protocol: 1, node: process.version, registry: process.env.HOME + '/.local/state/milepost/jobs' }`;
  const text = `if (process.argv[2] === '--version') console.log(JSON.stringify(${answer}));\n// ${more}\n`;
  return { version, bytes: Buffer.from(text) };
}

/** Leaves the key of the server unknown. */
export async function forgetHostKey(sshd: TestSshd): Promise<void> {
  await writeFile(sshd.knownHosts, '');
}

export function wrapperOf(sshd: TestSshd): string {
  return join(sshd.home, '.local/bin/milepost');
}
