import type { VersionAnswer } from '@milepost/shared/answers';
import { MILEPOST_VERSION, PROTOCOL } from '@milepost/shared/version';
import type { CommandContext } from './commands/context.ts';
import { registryFolder } from './stateFolder.ts';

const args = process.argv.slice(2);
const beforeCommand = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const wantsJson = beforeCommand.includes('--json');

const out: CommandContext['out'] = {
  write: (text) => void process.stdout.write(text),
  isTerminal: process.stdout.isTTY === true,
  columns: () => process.stdout.columns || 80,
};

function json(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

// A reader that went away (head, a closed terminal) ends what is printed, never the job.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

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
  return runCommandLine({ args, out, json }, wantsJson);
}
