import { parseDuration } from '../duration.ts';
import { cleanText } from '../text.ts';
import { readCount } from './counts.ts';
import { lastCheckpoint, lastText, lastValue } from './fields.ts';
import { type ProgressLines, type ProgressText, splitLines } from './lines.ts';
import type { Progress } from './progress.ts';
import { lastCounts, shareOf } from './share.ts';
import { statusOf } from './statusOf.ts';
import { parseTimestamp } from './timestamp.ts';
import { utf8Bytes, utf8Head, utf8Tail } from './utf8.ts';

/** A file up to this size is read whole. */
export const MAX_WHOLE_BYTES = 64 * 1024;
/** Of a larger file, so many bytes are read from its beginning ... */
export const HEAD_BYTES = 48 * 1024;
/** ... and so many from its end. */
export const TAIL_BYTES = 16 * 1024;
/** A file found empty is read once more after this time: some scripts truncate it and then write. */
export const EMPTY_REREAD_MS = 200;

/**
 * What a PROGRESS.txt says, whoever wrote it. Never throws and never makes up a number: what can't be read is null, with
 * a `problem`. Takes time linear in the length of the text. All texts in the answer are cleaned and capped.
 *
 * A reader
 * 1. opens only a regular file and reads it whole if it has at most {@link MAX_WHOLE_BYTES}, else its first
 *    {@link HEAD_BYTES} and its last {@link TAIL_BYTES}, and never more, whatever size it was said to have;
 * 2. reads it once more after {@link EMPTY_REREAD_MS} if it is empty;
 * 3. decodes the bytes as UTF-8 with replacement characters (`TextDecoder`, not fatal), and
 * 4. calls this with the text, or {@link parseCutProgress} with the two ends;
 * 5. answers {@link unreadableProgress} where there is nothing to decode: a folder, no permission.
 *
 * @param text the whole file. If it is larger than {@link MAX_WHOLE_BYTES} all the same, only its ends are looked at.
 */
export function parseProgress(text: string): Progress {
  return isLarge(text)
    ? parseCutProgress(utf8Head(text, HEAD_BYTES), utf8Tail(text, TAIL_BYTES))
    : read({ whole: text }, []);
}

function isLarge(text: string): boolean {
  if (text.length * 3 <= MAX_WHOLE_BYTES) return false;
  return text.length > MAX_WHOLE_BYTES || utf8Bytes(text) > MAX_WHOLE_BYTES;
}

/**
 * {@link parseProgress} for a file that was too large to read whole: its first {@link HEAD_BYTES} and its last
 * {@link TAIL_BYTES}, each decoded by itself. The lines at the cut are left out, and `problem` says that it was cut.
 */
export function parseCutProgress(head: string, tail: string): Progress {
  return read({ head, tail }, [
    'the file is larger than 64 KiB, and only its beginning and its end were read',
  ]);
}

/** What a reader answers where the file says nothing. `reason`: one sentence for a person. */
export function unreadableProgress(reason: string): Progress {
  return { ...NOTHING, problem: cleanText(reason) };
}

const NOTHING: Progress = {
  version: 1,
  status: 'unreadable',
  completed: null,
  total: null,
  percent: null,
  inFlight: null,
  elapsedSeconds: null,
  etaSeconds: null,
  lastUpdate: null,
  lastUpdateIsLocal: false,
  job: null,
  unit: null,
  rateText: null,
  from: null,
  checkpoints: null,
  lastCheckpoint: null,
  atRiskSeconds: null,
  runs: null,
  host: null,
  stage: null,
  message: null,
  problem: null,
};

function read(text: ProgressText, problems: string[]): Progress {
  const raw = 'whole' in text ? text.whole : `${text.head}\n${text.tail}`;
  if (raw.includes('\0')) return unreadableProgress('The file is not text: it holds NUL characters.');

  const split = splitLines(text);
  const counts = lastCounts(split, problems);
  const { status, isKnown } = statusOf(split, counts, problems);
  if (!isKnown && counts === null) return unreadableProgress(whyUnreadable(raw, split));

  const share = shareOf(counts, problems);
  if (status === 'complete' && share.completed !== null && share.completed < (share.total ?? 0)) {
    problems.push(`it is complete, although Progress is ${share.completed} of ${share.total}`);
  }
  const updated = lastValue(split, 'last update', parseTimestamp, problems);
  const checkpoint = lastCheckpoint(split);
  return {
    version: 1,
    status,
    ...share,
    inFlight: lastValue(split, 'in flight', readCount, problems),
    elapsedSeconds: lastValue(split, 'elapsed', parseDuration, problems),
    etaSeconds: lastValue(split, 'eta', parseDuration, problems),
    lastUpdate: updated?.iso ?? null,
    lastUpdateIsLocal: updated?.isLocal ?? false,
    job: lastText(split, 'job'),
    unit: lastText(split, 'unit'),
    rateText: lastText(split, 'rate'),
    from: lastText(split, 'from'),
    checkpoints: checkpoint.saved,
    lastCheckpoint: checkpoint.name,
    atRiskSeconds: lastValue(split, 'at risk', parseDuration, problems),
    runs: lastValue(split, 'runs', readCount, problems),
    host: lastText(split, 'host'),
    stage: lastText(split, 'stage'),
    message: lastText(split, 'message'),
    problem: asSentence(problems),
  };
}

function whyUnreadable(raw: string, { lines, known }: ProgressLines): string {
  if (raw.trim() === '') return 'The file is empty.';
  if (lines.length === 0) return 'The file holds no whole line of text.';
  if (countOf(raw, '\ufffd') * 10 > raw.length) return 'The file is not text in UTF-8.';
  const progress = known.get('progress')?.values.at(-1);
  if (progress !== undefined) return `There is no number in its Progress, "${cleanText(progress, 40)}".`;
  return 'The file has no Progress line, no known Status and no COMPLETE.';
}

function countOf(text: string, char: string): number {
  let count = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) count += 1;
  return count;
}

function asSentence(problems: readonly string[]): string | null {
  const [first = '', ...others] = problems;
  if (first === '') return null;
  return cleanText(`${[first.charAt(0).toUpperCase() + first.slice(1), ...others].join('; ')}.`);
}
