import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@milepost/testing/waitFor';
import { launchApp } from '../../apps/desktop/test/driver/driver.ts';
import { middle } from '../speed/pairs.ts';
import { duration, type SpeedResult } from '../speed/result.ts';
import { startAppHost } from './appHost.ts';

const JOBS = 200;
const TIMES = 15;

/** From a click on the icon to the frame that shows what was not known when the popover was open last. */
export async function opening(under: string): Promise<SpeedResult> {
  const host = await startAppHost(join(under, 'opening'), { hostCount: 1, jobCount: JOBS, pollSeconds: 1 });
  const [job] = host.jobs;
  if (job === undefined) throw new Error('no job');
  const app = await launchApp({ userDataDir: host.userDataDir });
  try {
    const page = await app.window();
    const times: number[] = [];
    let first = Number.NaN;
    for (let time = 0; time <= TIMES; time += 1) {
      // This job ends next, so the title is about it.
      const percent = 10 + time;
      await job.progress({
        completed: percent * 10,
        total: 1000,
        status: 'RUNNING',
        etaMinutes: '3.0 min',
        more: ['Job: ends-next'],
      });
      await waitFor('the new state', async () => (await app.tray()).title.startsWith(`${percent}%`));
      // The clocks of the page and of this process are the same.
      const shown = page.evaluate(async (text) => {
        for (;;) {
          const at = await new Promise<number>((resolve) =>
            requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())),
          );
          const cards = [...document.querySelectorAll('article, li')];
          if (cards.some((card) => card.textContent.includes(text))) return at;
        }
      }, `${percent}%`);
      await delay(200);
      const clicked = performance.timeOrigin + performance.now();
      await app.clickTray();
      const ms = (await shown) - clicked;
      if (time === 0) first = ms;
      else times.push(ms);
      await app.clickTray();
      // A click at once would be taken for the one that closed it.
      await delay(400);
    }
    const ms = middle(times);
    return {
      what: `from the click to the popover with the new state, ${JOBS} jobs`,
      ours: duration(ms),
      against: '',
      measured: duration(ms),
      goal: duration(100),
      met: ms <= 100,
      note: `median of ${TIMES} (worst ${duration(Math.max(...times))}, the very first ${duration(first)}), in the ${app.kind}, whose messages cross one process more than Electron's; load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    };
  } finally {
    await app.quit();
    await host.close();
  }
}
