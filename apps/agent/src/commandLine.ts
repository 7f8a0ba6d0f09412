import { FileError } from '@milepost/checkpoint/fileError';
import { NewerRecordsError } from '@milepost/checkpoint/keepRun';
import { type ErrorAnswer, EXIT } from '@milepost/shared/answers';
import { CommanderError } from 'commander';
import { buildProgram } from './cli.ts';
import type { CommandContext } from './commands/context.ts';
import { takeReadyChannel } from './detach.ts';
import { ownStream } from './output/ownStreams.ts';
import { Refusal } from './refusal.ts';

/** Runs one command line. Whatever goes wrong is told in words; returns the exit code. */
export async function runCommandLine(
  terminal: Omit<CommandContext, 'ready'>,
  wantsJson: boolean,
): Promise<number> {
  const context: CommandContext = { ...terminal, ready: takeReadyChannel() };
  let code: number = EXIT.done;
  try {
    await buildProgram(context, (exitCode) => {
      code = exitCode;
    }).parseAsync(context.args, { from: 'user' });
    return code;
  } catch (error) {
    return fail(error, context, wantsJson);
  }
}

function fail(error: unknown, context: CommandContext, wantsJson: boolean): number {
  const tell = (kind: string, message: string, hint: string | null): void => {
    const answer: ErrorAnswer = { version: 1, error: { kind, message, hint } };
    context.ready?.(answer);
    if (wantsJson) context.json(answer);
    else ownStream('stderr').write(`milepost: ${message}\n${hint === null ? '' : `${hint}\n`}`);
  };
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
