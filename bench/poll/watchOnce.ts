import { join } from 'node:path';
import { installAgent } from '@milepost/testing/installAgent';
import { inPairs, timed } from '../speed/pairs.ts';
import { ratioResult, type SpeedResult } from '../speed/result.ts';
import { runProgram, startPollHost } from './pollHost.ts';

/** `milepost watch --once` from its start to its end against one cold `ssh host cat`. */
export async function watchOnce(under: string, agent: string): Promise<SpeedResult> {
  const host = await startPollHost(join(under, 'once'), 1);
  try {
    await installAgent(host.sshd.home, agent, '0.1.0');
    const { alias, config } = host.sshd;
    const path = `${host.jobs[0]?.dir}/PROGRESS.txt`;
    // 7: the job is still going.
    const watch = (): Promise<void> =>
      runProgram(
        process.execPath,
        [agent, 'watch', '--once', '--ssh-config', config, `${alias}:${path}`],
        [7],
      );
    const cat = (): Promise<void> => runProgram('ssh', ['-F', config, alias, 'cat', path]);
    const pairs = await inPairs(
      () => timed(watch),
      () => timed(cat),
      9,
    );
    return ratioResult(
      '`milepost watch --once` of a host, against a cold `ssh host cat`',
      pairs,
      1.5,
      'with the start of Node here, and of the agent there to ask its version; the host is this machine',
    );
  } finally {
    await host.close();
  }
}
