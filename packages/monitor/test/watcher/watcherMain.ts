import { z } from 'zod';
import { createMonitor } from '../../src/monitor.ts';
import { createSshConnect } from '../../src/ssh/connect.ts';
import { orderSchema, type Report } from './report.ts';

// A program that watches, as the app does, and reports each thing as one line of JSON. Run by the tests as a process.

function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const order = orderSchema.parse(
  z
    .string()
    .transform((text) => JSON.parse(text))
    .parse(process.argv[2]),
);
const monitor = createMonitor({
  hosts: order.hosts,
  connect: createSshConnect({
    configFile: order.configFile,
    callDeadlineMs: order.callDeadlineMs,
    readyDeadlineMs: order.callDeadlineMs,
  }),
  eventStorePath: order.events,
  intervals: { watchingMs: 100, runningMs: 150, idleMs: 150, backoffMs: 100, maxBackoffMs: 300 },
  limits: { unreachableMs: 300 },
  execDeadlineMs: order.callDeadlineMs,
});

monitor.onView((view) => {
  say({
    kind: 'view',
    hosts: view.hosts.map(({ id, link, problem }) => ({
      id,
      link: link.kind,
      problem: problem?.kind ?? ('problem' in link ? link.problem?.kind : null) ?? null,
    })),
    jobs: view.jobs.slice(0, 50).map(({ key, name, state, reason, progress }) => ({
      key,
      name,
      state,
      reason,
      completed: progress.completed,
      message: progress.message,
    })),
    jobCount: view.jobs.length,
  });
});
const { fetch } = order;
if (fetch !== undefined) {
  const unsubscribe = monitor.onView((view) => {
    if (!view.jobs.some(({ key }) => key === fetch.jobKey)) return;
    unsubscribe();
    void monitor.fetch(fetch.jobKey, { what: fetch.what, to: fetch.to }).then((result) => {
      say({
        kind: 'fetched',
        outcome: result.kind,
        problem: result.kind === 'failed' ? result.problem : null,
        files: result.files.slice(0, 50).map(({ name }) => name),
      });
    });
  });
}
monitor.onEvent((event) => {
  say({ kind: 'event', id: event.id, event: event.kind, jobKey: event.jobKey });
  monitor.eventShown(event.id);
});
process.on('SIGTERM', () => void monitor.stop());
// It ends with the test that started it.
process.stdin
  .on('end', () => process.exit(0))
  .resume()
  .unref?.();
monitor.start();
