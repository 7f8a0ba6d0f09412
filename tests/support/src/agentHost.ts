import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ledgerEntrySchema } from '@milepost/shared/ledger';
import { parseProgress } from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { quoteShell } from '@milepost/shared/text';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';
import { installAgent } from './installAgent.ts';
import { isAlive } from './isAlive.ts';
import { lockOwner } from './lockOwner.ts';
import { startSshd, type TestSshd } from './sshd.ts';
import { makeTempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

const run = promisify(execFile);

/** A remote machine for a test: a real sshd with a home of its own, and the built agent installed there. */
export interface TestHost {
  sshd: TestSshd;
  /** A folder of the test's own on this machine. */
  dir: string;
  /** Runs a command there as a person does, by ssh; its standard output. */
  ssh(command: readonly string[]): Promise<string>;
  progress(results: string): Promise<Progress | undefined>;
  /** The first items of all lines of the ledger, in their order. */
  committed(results: string): Promise<number[]>;
  /** The agent that held the job in this folder last still lives. */
  isHeld(results: string): Promise<boolean>;
  /** Kills the agent that holds the job in this folder with SIGKILL. */
  killAgent(results: string): Promise<void>;
  /** Runs the built agent on this machine, as a person's own, without a terminal. */
  milepost(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/** `config`: more lines for its sshd_config. */
export async function startHost(config: readonly string[] = []): Promise<TestHost> {
  const agent = await ensureAgentBuilt();
  const temp = await makeTempDir('milepost-chain-');
  const sshd = await startSshd({ dir: temp.path, config });
  await installAgent(sshd.home, agent, MILEPOST_VERSION);
  return {
    sshd,
    dir: temp.path,
    async ssh(command) {
      const line = command.map(quoteShell).join(' ');
      const { stdout } = await run('ssh', ['-F', sshd.config, sshd.alias, line], { timeout: 60_000 });
      return stdout;
    },
    async progress(results) {
      const text = await readFile(join(results, 'PROGRESS.txt'), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parseProgress(text);
    },
    async committed(results) {
      const text = await readFile(join(results, '.milepost/ledger.jsonl'), 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ledgerEntrySchema.parse(decodeRecordLine(line)).first);
    },
    isHeld: async (results) => await isAlive(await lockOwner(results)),
    async killAgent(results) {
      const pid = await lockOwner(results);
      process.kill(pid, 'SIGKILL');
      await waitFor(`agent ${pid} to be gone`, async () => !(await isAlive(pid)));
    },
    milepost: (args) =>
      new Promise((resolve) => {
        const env = { PATH: process.env['PATH'], HOME: temp.path, XDG_STATE_HOME: join(temp.path, 'state') };
        const child = execFile(process.execPath, [agent, ...args], { env }, (_, stdout, stderr) =>
          resolve({ code: child.exitCode, stdout, stderr }),
        );
      }),
    async remove() {
      await sshd.stop();
      await temp.remove();
    },
  };
}
