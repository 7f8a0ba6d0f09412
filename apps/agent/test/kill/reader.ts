import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ledgerEntrySchema } from '@milepost/shared/ledger';
import { parseProgress } from '@milepost/shared/progress/parse';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { z } from 'zod';

const seenSchema = z.object({
  reads: z.number(),
  texts: z.array(z.string()),
  problems: z.array(z.string()),
  completeWithoutResult: z.boolean(),
  ledger: z.string(),
});

export interface Seen {
  reads: number;
  /** What should not have been seen. */
  problems: string[];
}

/** Starts to read a job's PROGRESS.txt and ledger as fast as possible, until `end`. */
export function startReader(folder: string, result: string): { end(): void; seen(): Promise<Seen> } {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./reader.mjs', import.meta.url)), folder, result],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    end: () => void child.stdin.end(),
    async seen() {
      await closed;
      return judge(seenSchema.parse(JSON.parse(output)));
    },
  };
}

function judge(seen: z.infer<typeof seenSchema>): Seen {
  const problems = [...seen.problems];
  if (seen.completeWithoutResult) problems.push('COMPLETE stood there before the result did');
  let saved = 0;
  let complete = false;
  for (const text of seen.texts) {
    const progress = parseProgress(text);
    if (!text.startsWith('Progress: ') || !text.endsWith('\n'))
      problems.push(`torn: ${JSON.stringify(text)}`);
    if (progress.problem !== null) problems.push(`${progress.problem}: ${JSON.stringify(text)}`);
    if (progress.completed === null || progress.completed < saved) {
      problems.push(`${saved} items were saved, then ${progress.completed}: ${JSON.stringify(text)}`);
    }
    saved = progress.completed ?? saved;
    if (complete && progress.status !== 'complete') problems.push(`COMPLETE, then ${progress.status}`);
    complete ||= progress.status === 'complete';
    if (/COMPLETE/.test(text) !== (progress.status === 'complete')) {
      problems.push(`the word COMPLETE in ${JSON.stringify(text)}`);
    }
    if (progress.status === 'complete' && progress.completed !== progress.total) {
      problems.push(`complete with ${progress.completed} of ${progress.total}`);
    }
  }
  for (const line of seen.ledger.split('\n').slice(0, -1)) {
    if (!ledgerEntrySchema.safeParse(decodeRecordLine(line)).success)
      problems.push(`no ledger line: ${line}`);
  }
  return { reads: seen.reads, problems };
}
