import type { Command } from 'commander';
import { type CleanOptions, clean } from './commands/clean.ts';
import type { CommandContext } from './commands/context.ts';
import { forget } from './commands/forget.ts';
import { type LogsOptions, logs } from './commands/logs.ts';
import { type MergeOptions, merge } from './commands/merge.ts';
import { type StopOptions, stop } from './commands/stop.ts';
import { verify } from './commands/verify.ts';
import { REACH_OPTIONS, type ReachOptions, refuseUntold } from './watch/remoteOptions.ts';
import { readRemoteTarget } from './watch/remoteTarget.ts';

const JOB = 'an ID of the list, or a folder';
const JOB_ANYWHERE = 'an ID of the list, a folder, or HOST:ID';

/** The commands that look after a job that is there: stop, logs, merge, verify, clean, forget. */
export function addCareCommands(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  program
    .command('stop')
    .description('finish and commit the running batches, then end the run')
    .argument('<job>', JOB_ANYWHERE)
    .option('--now', 'end the running batches too; they are done again on resume')
    .option('--wait', 'return when the run has ended')
    .option('--json', 'answer as JSON')
    .option('--ssh-config <file>', 'for HOST:ID, instead of ~/.ssh/config')
    .option('--known-hosts <file>', 'for HOST:ID, where accepted host keys are kept')
    .action(async (target: string, options: StopOptions & ReachOptions, given: Command) => {
      const remote = readRemoteTarget(target);
      if (remote === undefined) return exit(await stop(target, options, context));
      refuseUntold(given, remote, ['--now', '--json', ...REACH_OPTIONS]);
      const { stopRemote } = await import('./commands/remote.ts');
      return exit(await stopRemote(remote, options, context));
    });

  program
    .command('logs')
    .description("what the job's commands printed")
    .argument('<job>', JOB_ANYWHERE)
    .option('-n, --lines <n>', 'the last lines', '100')
    .option('-f, --follow', 'go on until the run has ended')
    .option('--ssh-config <file>', 'for HOST:ID, instead of ~/.ssh/config')
    .option('--known-hosts <file>', 'for HOST:ID, where accepted host keys are kept')
    .action(async (target: string, options: LogsOptions & ReachOptions) => {
      const remote = readRemoteTarget(target);
      if (remote === undefined) return exit(await logs(target, options, context));
      const { logsRemote } = await import('./commands/remote.ts');
      return exit(await logsRemote(remote, options, context));
    });

  program
    .command('merge')
    .description('make the final result, or with --partial one of what is there')
    .argument('<job>', JOB)
    .option('--partial', 'the unbroken beginning as NAME.partial.EXT, also while the job runs')
    .option('--with-gaps', 'with --partial: everything that is saved')
    .option('--json', 'answer as JSON')
    .action(async (target: string, options: MergeOptions) => exit(await merge(target, options, context)));

  program
    .command('verify')
    .description('compare every checkpoint and the result with their hashes')
    .argument('<job>', JOB)
    .option('--json', 'answer as JSON')
    .action(async (target: string, options: { json?: boolean }) =>
      exit(await verify(target, options, context)),
    );

  program
    .command('clean')
    .description('remove the checkpoints of a complete, merged and verified job')
    .argument('<job>', JOB)
    .option('--dry-run', 'only say how much that would be')
    .option('--json', 'answer as JSON')
    .action(async (target: string, options: CleanOptions) => exit(await clean(target, options, context)));

  program
    .command('forget')
    .description('take a job out of the list; its files stay')
    .argument('<id>', 'an ID of the list')
    .option('--json', 'answer as JSON')
    .action(async (id: string, options: { json?: boolean }) => exit(await forget(id, options, context)));
}
