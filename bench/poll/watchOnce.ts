import { join } from 'node:path';
import { installAgent } from '@milepost/testing/installAgent';
import { inPairs } from '../speed/pairs.ts';
import { besideByRatio, ratioResult, type SpeedResult } from '../speed/result.ts';
import { firstLine, startPollHost } from './pollHost.ts';

export const LOOKS = 9;

/** `milepost watch --once` against one cold `ssh host cat`, each from its start to its first line. */
export async function watchOnce(under: string, agent: string): Promise<SpeedResult[]> {
  const host = await startPollHost(join(under, 'once'), 1);
  try {
    await installAgent(host.sshd.home, agent, '0.1.0');
    const { alias, config } = host.sshd;
    const path = `${host.jobs[0]?.dir}/PROGRESS.txt`;
    // 7: the job is still going.
    const cat = () => firstLine('ssh', ['-F', config, alias, 'cat', path]);
    const results: SpeedResult[] = [];
    for (const [what, target, note] of [
      ['a PROGRESS.txt on a host', `${alias}:${path}`, 'with the start of Node here'],
      [
        'the jobs of a host',
        alias,
        'also with the start of the agent there, which is asked for its list of jobs',
      ],
    ] as const) {
      const args = [agent, 'watch', '--once', '--ssh-config', config, target];
      // 7: the job is still going.
      const pairs = await inPairs(() => firstLine(process.execPath, args, [7]), cat, LOOKS);
      results.push({
        ...ratioResult(
          `\`milepost watch --once\` of ${what}, to its first line, against a cold \`ssh host cat\``,
          pairs,
          1.5,
          `${note}; the host is this machine`,
        ),
        ...(target === alias
          ? {}
          : { beside: besideByRatio('a cold `ssh host cat`', 'one look from the terminal', pairs.ratio) }),
      });
    }
    return results;
  } finally {
    await host.close();
  }
}
