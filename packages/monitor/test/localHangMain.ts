import { lookup } from 'node:dns/promises';
import { LinkError } from '../src/hostConnection.ts';
import { createLocalHost } from '../src/localConnection.ts';

// Reads this machine's files, and tells what came of it: `hanging` is on a file system that does not answer for a while.

const [hanging = '', healthy = ''] = process.argv.slice(2);
const host = createLocalHost({ agent: ['true'], callDeadlineMs: 300 });

function tell(name: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify([name, value])}\n`);
}

const problemOf = (error: unknown) => (error instanceof LinkError ? error.problem : String(error));

const first = host.connect();
tell('before', await first.stat(healthy));
const paths = [healthy, ...Array.from({ length: 6 }, () => hanging), healthy];
const answers = await Promise.allSettled(paths.map((path) => first.stat(path)));
tell(
  'answers',
  answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : problemOf(answer.reason))),
);
tell('isClosed', first.isClosed);
tell('later', await first.stat(healthy).catch(problemOf));
try {
  host.connect();
} catch (error) {
  tell('again', problemOf(error));
}
// The same threads are wanted for this, and some are free.
tell('lookup', (await lookup('localhost', { family: 4 })).address);
tell('isQuiet', await host.isQuietWithin(0));
tell('isQuietLater', await host.isQuietWithin(60_000));
tell('after', await host.connect().stat(healthy));
