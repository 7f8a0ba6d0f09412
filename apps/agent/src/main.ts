import { isatty } from 'node:tty';
import { registryFolder } from '@milepost/checkpoint/stateFolder';
import type { VersionAnswer } from '@milepost/shared/answers';
import { MILEPOST_VERSION, PROTOCOL } from '@milepost/shared/version';
import type { CommandContext } from './commands/context.ts';
import { ownStream, writeRaw } from './output/ownStreams.ts';

const args = process.argv.slice(2);
const beforeCommand = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const wantsJson = beforeCommand.includes('--json');

const print = (text: string) => void ownStream('stdout').write(text);

const out: CommandContext['out'] = {
  write: print,
  isTerminal: isatty(1),
  columns: () => ownStream('stdout').columns || 80,
};

const raw: CommandContext['raw'] = {
  write: writeRaw,
  errorsAreSeen: isatty(2),
};

function json(answer: unknown): void {
  print(`${JSON.stringify(answer)}\n`);
}

void answer().then((code) => {
  process.exitCode = code;
});

async function answer(): Promise<number> {
  if (beforeCommand[0] === '--version' && wantsJson) {
    // Every watcher asks this when it connects: it is answered before anything else is loaded.
    const version: VersionAnswer = {
      version: MILEPOST_VERSION,
      protocol: PROTOCOL,
      node: process.versions.node,
      registry: registryFolder(),
    };
    json(version);
    return 0;
  }
  const { runCommandLine } = await import('./commandLine.ts');
  return runCommandLine({ args, out, raw, json }, wantsJson);
}
