import { FileError } from '@milepost/checkpoint/fileError';
import { NewerRecordsError } from '@milepost/checkpoint/runJob';
import { type ErrorAnswer, EXIT, type VersionAnswer } from '@milepost/shared/answers';
import { MILEPOST_VERSION, PROTOCOL } from '@milepost/shared/version';
import { CommanderError } from 'commander';
import { buildProgram } from './cli.ts';
import type { CommandContext } from './commands/context.ts';
import { takeReadyChannel } from './detach.ts';
import { Refusal } from './refusal.ts';
import { registryFolder } from './registry.ts';

const args = process.argv.slice(2);
const beforeCommand = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const wantsJson = beforeCommand.includes('--json');

const context: CommandContext = {
  out: {
    write: (text) => void process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns || 80,
  },
  json: (answer) => void process.stdout.write(`${JSON.stringify(answer)}\n`),
  ready: takeReadyChannel(),
  args,
};

// A reader that went away (head, a closed terminal) ends what is printed, never the job.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

void answer().then((code) => {
  process.exitCode = code;
});

async function answer(): Promise<number> {
  if (beforeCommand[0] === '--version' && wantsJson) {
    const version: VersionAnswer = {
      version: MILEPOST_VERSION,
      protocol: PROTOCOL,
      node: process.versions.node,
      registry: registryFolder(),
    };
    context.json(version);
    return EXIT.done;
  }
  let code: number = EXIT.done;
  try {
    await buildProgram(context, (exitCode) => {
      code = exitCode;
    }).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and --version end here too, with exit code 0; commander has printed its own message.
    if (error.exitCode === 0) return EXIT.done;
    if (wantsJson) tell('usage', error.message, null);
    return EXIT.usage;
  }
  if (error instanceof Refusal) {
    tell(error.kind, error.message, error.hint);
    return error.exitCode;
  }
  if (error instanceof NewerRecordsError) {
    tell('refused', error.message, 'Nothing was changed.');
    return EXIT.refused;
  }
  if (error instanceof FileError) {
    tell('failed', `${error.message}.`, null);
    return EXIT.failed;
  }
  const text = error instanceof Error ? error.message : String(error);
  tell(
    'failed',
    `Milepost met something that it doesn't know: ${text}`,
    'What was committed is safe. Please report this.',
  );
  if (process.env['MILEPOST_DEBUG']) console.error(error);
  return EXIT.failed;
}

function tell(kind: string, message: string, hint: string | null): void {
  const answer: ErrorAnswer = { version: 1, error: { kind, message, hint } };
  context.ready?.(answer);
  if (wantsJson) context.json(answer);
  else process.stderr.write(`milepost: ${message}\n${hint === null ? '' : `${hint}\n`}`);
}
