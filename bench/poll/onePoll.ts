import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { middle, timed } from '../speed/pairs.ts';
import { besideByRatio, duration, type SpeedResult } from '../speed/result.ts';
import { childrenCpuMs, monitorOf, ownCpuMs, runProgram, startPollHost } from './pollHost.ts';

interface Measured {
  ms: number;
  bytes: number;
  cpuMs: number;
}

const ROUND_TRIPS_MS = [0, 50, 150];
/** Each costs seconds at the largest distance. */
export const POLLS = 7;

/** The distance that the page's summary is about: another part of the continent. */
const USUAL_MS = 50;

/** One poll of one job against one turn of the scp loop, with a connection of its own or kept, at some distances. */
export async function onePoll(under: string): Promise<SpeedResult[]> {
  const host = await startPollHost(join(under, 'one'), 1);
  const [job] = host.jobs;
  if (job === undefined) throw new Error('no job');
  const monitor = monitorOf(host, 1, 3_600_000);
  const { alias, config } = host.sshd;
  const control = ['-o', `ControlPath=${join(under, 'control')}`];
  const target = join(under, 'copy');
  const scp = (more: readonly string[]): Promise<void> =>
    runProgram('scp', ['-q', '-F', config, ...more, `${alias}:${job.dir}/PROGRESS.txt`, target]);
  let completed = 1;
  const change = async (): Promise<void> => {
    // SFTP's times are whole seconds: a second change within one is seen by the read after, not by its time.
    await delay(1050);
    completed += 1;
    await job.progress({ completed, total: 1000, status: 'RUNNING' });
  };

  async function measure(work: () => Promise<unknown>, before?: () => Promise<unknown>): Promise<Measured> {
    const all: Measured[] = [];
    for (let time = 0; time < POLLS; time += 1) {
      await before?.();
      const passed = host.relay.passed();
      const [own, children] = [ownCpuMs(), childrenCpuMs()];
      const ms = await timed(work);
      const now = host.relay.passed();
      all.push({
        ms,
        bytes: now.toClient + now.toServer - passed.toClient - passed.toServer,
        cpuMs: ownCpuMs() - own + childrenCpuMs() - children,
      });
    }
    const total = all.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
    return {
      ms: middle(all.map(({ ms }) => ms)),
      bytes: middle(all.map(({ bytes }) => bytes)),
      cpuMs: total / POLLS,
    };
  }

  const results: SpeedResult[] = [];
  // What a poll takes without any distance is no round trip.
  let ownMs = { same: 0, changed: 0 };
  try {
    monitor.start();
    await monitor.pollNow();
    await runProgram('ssh', ['-F', config, ...control, '-o', 'ControlPersist=600', '-M', '-N', '-f', alias]);
    for (const roundTripMs of ROUND_TRIPS_MS) {
      host.relay.setDelay(roundTripMs / 2);
      // The last change is read once more; only then is nothing to be read.
      await monitor.pollNow();
      await monitor.pollNow();
      const same = await measure(() => monitor.pollNow());
      const changed = await measure(() => monitor.pollNow(), change);
      const fresh = await measure(() => scp([]));
      const kept = await measure(() => scp(control));
      const at = `at ${roundTripMs} ms round trip`;
      const told = (one: Measured): string =>
        `${duration(one.ms)}, ${one.bytes} bytes, ${one.cpuMs.toFixed(1)} ms CPU`;
      const result = (peer: string, theirs: Measured, goal: number | null): SpeedResult => ({
        what: `poll of a changed job ${at}, against a turn of ${peer}`,
        ours: duration(changed.ms),
        against: duration(theirs.ms),
        measured: `${(changed.ms / theirs.ms).toFixed(2)} x`,
        goal: goal === null ? null : `${goal} x`,
        met: goal === null || changed.ms <= goal * theirs.ms,
        note: null,
      });
      const far = `a look at a job ${roundTripMs} ms away`;
      results.push({
        ...result('the scp loop', fresh, null),
        note: `ours ${told(changed)}, no process; unchanged ${told(same)}; the scp loop ${told(fresh)}; kept ${told(kept)}; 2 processes for each scp on this side`,
        ...(roundTripMs === USUAL_MS
          ? { beside: besideByRatio('the scp loop', far, changed.ms / fresh.ms) }
          : {}),
      });
      results.push({
        ...result('the scp loop, kept over a ControlMaster', kept, 1),
        ...(roundTripMs === USUAL_MS
          ? { beside: besideByRatio('the scp loop, kept', far, changed.ms / kept.ms) }
          : {}),
      });
      results.push({
        what: `CPU of a poll ${at}, against a turn of the scp loop`,
        ours: `${changed.cpuMs.toFixed(1)} ms`,
        against: `${fresh.cpuMs.toFixed(1)} ms`,
        measured: `${(fresh.cpuMs / changed.cpuMs).toFixed(0)} x less`,
        goal: '20 x less',
        met: fresh.cpuMs >= 20 * changed.cpuMs,
        note: null,
        ...(roundTripMs === USUAL_MS
          ? { beside: besideByRatio('the scp loop', `processor time of ${far}`, changed.cpuMs / fresh.cpuMs) }
          : {}),
      });
      if (roundTripMs === 0) {
        ownMs = { same: same.ms, changed: changed.ms };
        continue;
      }
      if (roundTripMs < 100) continue;
      for (const [what, one, withoutMs, limit] of [
        ['nothing changed', same, ownMs.same, 1.1],
        ['the job changed', changed, ownMs.changed, 3],
      ] as const) {
        const trips = (one.ms - withoutMs) / roundTripMs;
        results.push({
          what: `round trips of a poll when ${what}, ${at}`,
          ours: duration(one.ms),
          against: `${roundTripMs} ms`,
          measured: trips.toFixed(2),
          goal: String(limit),
          // To the precision that timers have.
          met: Number(trips.toFixed(1)) <= limit,
          note: `less the ${duration(withoutMs)} that it takes without any distance`,
        });
      }
    }
    await runProgram('ssh', ['-F', config, ...control, '-O', 'exit', alias]);
  } finally {
    await monitor.stop();
    await host.close();
  }
  return results;
}
