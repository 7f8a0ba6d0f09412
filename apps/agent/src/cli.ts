import { MILEPOST_VERSION } from '@milepost/shared/version';
import { Command } from 'commander';
import { addCareCommands } from './careCommands.ts';
import type { CommandContext } from './commands/context.ts';
import type { FetchOptions } from './commands/fetch.ts';
import { list } from './commands/list.ts';
import { type ResumeOptions, resume } from './commands/resume.ts';
import { type RunCommandOptions, run } from './commands/run.ts';
import { status } from './commands/status.ts';
import type { WatchOptions } from './commands/watch.ts';
import { REACH_OPTIONS, type ReachOptions, refuseUntold } from './watch/remoteOptions.ts';
import { readRemoteTarget } from './watch/remoteTarget.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 another agent holds the job,
4 refused (nothing was changed), 5 stopped or interrupted and resumable.`;

const WATCH_CODES = `
Exit codes: the worst of all targets: 6 can't be known, 1 failed, 5 interrupted or stopped, 0 complete;
with --once also 7: still going. 130: ended by Ctrl-C.`;

const RUN_HELP = `
The command runs once per batch, without a shell. In its arguments {start} {end} {count} {index} {output}
stand for the batch; $MILEPOST_START and so on hold the same values. Without {output} its standard output
is the checkpoint. Started again in the same folder, it goes on where it was.

  milepost run --name dataset --total 30000 --unit samples --every 2000 --ext .npz \\
    --merge 'python merge.py {output} {list}' -- python gen.py --start {start} --count {count} --out {output}
${EXIT_CODES}`;

const collect = (value: string, before: string[]): string[] => [...before, value];

/** The command line. `exit` is told the exit code of the command that ran. */
export function buildProgram(context: CommandContext, exit: (code: number) => void): Command {
  const program = new Command('milepost');
  program
    .description('Checkpoints, a progress file and a way to resume for every long job.')
    .version(MILEPOST_VERSION, '--version', 'print the version (--json: with protocol, node and registry)')
    .exitOverride()
    .showHelpAfterError('See: milepost --help')
    .addHelpText('after', EXIT_CODES);

  program
    .command('run')
    .description('start a job, or go on with the same one')
    .argument('<command...>', 'the program, or the command of one batch, behind --')
    .option('--name <name>', "the job's name (default: its folder's)")
    .option(
      '--dir <folder>',
      'where checkpoints, PROGRESS.txt and the result go (default: the name, or results)',
    )
    .option('--total <items>', 'how many items there are')
    .option('--unit <unit>', 'what an item is called (default: items)')
    .option('--every <size>', 'items per batch (2000), or how long one may take (2m)')
    .option('--jobs <n>', 'batches that run side by side (default: 1)')
    .option('--retries <n>', 'how often a failed batch is tried again (default: 2)')
    .option('--keep-going', 'do all other batches before a failed one ends the run')
    .option('--batch-timeout <time>', 'end a batch that takes longer')
    .option('--ext <extension>', 'of the checkpoints, such as .npz')
    .option('--output <where>', 'stdout: what the command prints; file: it writes to $MILEPOST_OUTPUT')
    .option('--merge <how>', 'concat, or a shell line with {output} and {inputs} or {list}')
    .option('--final <name>', 'of the merged result (default: the name and the extension)')
    .option(
      '--checkpoints <glob>',
      "one process: where its own checkpoints are, such as 'ckpt/*.pt'",
      collect,
      [],
    )
    .option(
      '--progress <regex>',
      'one process: how it prints its progress, where that is not known',
      collect,
      [],
    )
    .option('--resume-args <args>', "one process: added on resume, such as '--resume-from {checkpoint}'")
    .option('--env <name>', 'also keep this variable for a resume', collect, [])
    .option('--adopt', 'take over checkpoint_* files that an earlier script left')
    .option('--allow-loss', 'allow batches of more than five minutes')
    .option('--detach', 'run in the background; returns once the job is held')
    .option('--json', 'answer as JSON')
    .addHelpText('after', RUN_HELP)
    .action(async (command: string[], options: RunCommandOptions) =>
      exit(await run(options, command, context)),
    );

  program
    .command('resume')
    .description('go on from the last checkpoint')
    .argument('<job>', 'an ID of the list, a folder, or HOST:ID')
    .argument('[command...]', 'a changed command, behind --')
    .option('--plan', 'only say what would be done')
    .option('--verify', "compare every checkpoint's hash before it counts as done")
    .option('--detach', 'run in the background; returns once the job is held')
    .option('--trust', 'go on although others own or may write the folder')
    .option('--force', 'go on with a changed command')
    .option('--total <items>', 'a larger total')
    .option('--every <size>', 'from now on: items per batch, or how long one may take')
    .option('--jobs <n>', 'from now on: batches that run side by side')
    .option('--retries <n>', 'from now on: how often a failed batch is tried again')
    .option('--batch-timeout <time>', 'from now on: end a batch that takes longer')
    .option('--merge <how>', 'from now on: concat, or a shell line')
    .option('--final <name>', 'from now on: the name of the merged result')
    .option('--checkpoints <glob>', 'one process, from now on: where its own checkpoints are', collect, [])
    .option('--progress <regex>', 'one process, from now on: how it prints its progress', collect, [])
    .option('--resume-args <args>', 'one process, from now on: added on resume')
    .option('--allow-loss', 'allow batches of more than five minutes')
    .option('--json', 'answer as JSON')
    .addHelpText('after', EXIT_CODES)
    .option('--ssh-config <file>', 'for HOST:ID, instead of ~/.ssh/config')
    .option('--known-hosts <file>', 'for HOST:ID, where accepted host keys are kept')
    .action(
      async (target: string, command: string[], options: ResumeOptions & ReachOptions, given: Command) => {
        const remote = readRemoteTarget(target);
        if (remote === undefined) return exit(await resume(target, command, options, context));
        refuseUntold(given, remote, ['--detach', '--json', ...REACH_OPTIONS]);
        const { resumeRemote } = await import('./commands/remote.ts');
        return exit(await resumeRemote(remote, options, context));
      },
    );

  program
    .command('status')
    .description('how a job is, or what a PROGRESS.txt says')
    .argument('<what>', 'an ID of the list, a folder, or a file')
    .option('--json', 'answer as JSON')
    .action(async (target: string, options: { json?: boolean }) =>
      exit(await status(target, options, context)),
    );

  program
    .command('list')
    .description("all of this user's jobs on this host")
    .option('--json', 'answer as JSON')
    .action(async (options: { json?: boolean }) => exit(await list(options, context)));

  program
    .command('watch')
    .description('show jobs here and on other hosts until they have ended')
    .argument(
      '[target...]',
      'a host of the ssh config, user@host, host:/path, or a local path (default: all local jobs)',
    )
    .option('--interval <time>', 'how often a host is asked', '30s')
    .option('--notify', 'native notifications')
    .option('--once', 'print one line per job and end')
    .option('--ssh-config <file>', 'instead of ~/.ssh/config')
    .option('--known-hosts <file>', 'where accepted host keys are kept, besides those of ssh')
    .option('--json', 'one JSON object per change')
    .addHelpText('after', WATCH_CODES)
    .action(async (targets: string[], options: WatchOptions) => {
      // Loaded only here: the other commands start without the ssh library.
      const { watch } = await import('./commands/watch.ts');
      exit(await watch(targets, options, context));
    });

  program
    .command('fetch')
    .description("copy a job's result from another host, checked against its hash")
    .argument('<job>', 'HOST:ID')
    .option('--partial', 'what is saved so far, merged on the host')
    .option('--checkpoints', 'every checkpoint')
    .option('--to <folder>', 'where to', '.')
    .option('--ssh-config <file>', 'instead of ~/.ssh/config')
    .option('--known-hosts <file>', 'where accepted host keys are kept')
    .option('--json', 'answer as JSON')
    .action(async (target: string, options: FetchOptions) => {
      const { fetchRemote } = await import('./commands/fetch.ts');
      exit(await fetchRemote(target, options, context));
    });

  addCareCommands(program, context, exit);
  return program;
}
