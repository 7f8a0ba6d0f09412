import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inUnits } from '@milepost/checkpoint/diskForecast';
import type { FetchedFile, FetchProgress } from '@milepost/monitor/api';
import { EXIT } from '@milepost/shared/answers';
import { Refusal } from '../refusal.ts';
import { refusalOf, withRemoteJob } from '../watch/remoteJob.ts';
import type { ReachOptions } from '../watch/remoteOptions.ts';
import { readRemoteTarget } from '../watch/remoteTarget.ts';
import type { CommandContext } from './context.ts';

export interface FetchOptions extends ReachOptions {
  partial?: boolean;
  checkpoints?: boolean;
  to: string;
  json?: boolean;
}

/** `milepost fetch HOST:ID [--partial] [--to DIR]`: copies a job's result here, checked against its hash. */
export async function fetchRemote(
  text: string,
  options: FetchOptions,
  context: CommandContext,
): Promise<number> {
  const target = readRemoteTarget(text);
  if (target === undefined) {
    throw new Refusal(
      'usage',
      `${JSON.stringify(text)} is not HOST:ID.`,
      'Such as: milepost fetch gpu-1:dataset',
    );
  }
  const to = resolve(options.to);
  const folder = await stat(to).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new Refusal('usage', `There is no folder ${to}.`, 'Make it, or give another with --to.');
  const what = options.partial ? 'partial' : options.checkpoints ? 'checkpoints' : 'result';
  const ending = new AbortController();
  const onSignal = () => ending.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const show = context.out.isTerminal && !options.json;
  try {
    const result = await withRemoteJob(target, options, ({ monitor, key }) =>
      monitor.fetch(
        key,
        { what, to },
        {
          signal: ending.signal,
          onProgress: (progress) => {
            if (show)
              context.out.write(`\r\u001b[2K${progressText(progress)}`.slice(0, context.out.columns() + 4));
          },
        },
      ),
    );
    if (show) context.out.write('\r\u001b[2K');
    if (options.json) context.json({ version: 1, id: target.id, outcome: result.kind, files: result.files });
    else for (const file of result.files) context.out.write(`${fileText(file)}\n`);
    if (result.kind === 'failed') throw refusalOf('unknown', result.problem);
    return result.kind === 'fetched' ? EXIT.done : EXIT.resumable;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function progressText({ phase, file, filesDone, files, bytesDone, bytes }: FetchProgress): string {
  const name = file === null ? '' : `${file}  `;
  const count = files > 1 ? `${filesDone}/${files} files  ` : '';
  if (phase === 'merging') return 'the host makes the partial result';
  const share = bytes === 0 ? '' : `${Math.floor((100 * bytesDone) / bytes)}%  `;
  return `${share}${name}${count}${inUnits(bytesDone)} of ${inUnits(bytes)}${phase === 'waiting' ? '  waiting for the host' : ''}`;
}

function fileText({ path, bytes, checked, wasThere }: FetchedFile): string {
  const how = checked === 'hash' ? 'its hash is right' : 'its size is right';
  return `${path}  ${inUnits(bytes)}, ${how}${wasThere ? ', was there already' : ''}`;
}
