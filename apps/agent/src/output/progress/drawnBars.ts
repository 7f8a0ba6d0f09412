import { type Claim, labelOf, PLAIN_CLAIM, sourceName } from './claim.ts';
import { isPercentOf, readCount, readPercent } from './count.ts';
import { epochOf, isIndexed } from './counters.ts';
import { isOfOtherThings } from './otherThings.ts';

/** `12/1563 [====>.....] - ETA: 12s - loss: 0.3`, and since Keras 3 `12/1563 ━━━━━━━━ 5s 3ms/step`. */
const KERAS = /^\s{0,8}(\d{1,16})\/(\d{1,16}) (?:\[[=>.]{10,80}\]|[━]{10,80} \S)/;

/** rich, and pip by it: `Working... ━━━━━╸━━━━  37% 0:00:12`, `━━━━━━━━ 12.3/33.2 MB 1.2 MB/s eta 0:00:12`. */
const RICH =
  /^([^━╸╺]{0,200}?)\s{0,8}[━╸╺]{6,300}\s{0,8}(?:(\d{1,3})%|(\d{1,12}(?:\.\d{1,6})?)\/(\d{1,12}(?:\.\d{1,6})?)(?: ([kKMGT]?B|bytes)(?=\s|$))?)(.{0,200})/;

/** wget's lines of dots, one for each 50 K. */
const WGET_DOTS = /^\s{0,12}\d{1,12}K(?: [., ]{10}){1,8}\s{1,4}(\d{1,3})%\s/;
/** wget's and others' `file.iso   37%[======>      ] 12.3M  1.20MB/s  eta 12s`. */
const PERCENT_BAR = /^(.{0,120}?)\s{0,40}(\d{1,3})%\s{0,3}\[[=+<> ]{6,300}\]/;

/** A table of curl: percent, total, percent received, received, percent sent, sent, speeds, times. */
const CURL =
  /^\s{0,3}(\d{1,3})\s{1,6}[\d.]{1,8}[kMGTP]?\s{1,6}(\d{1,3})\s{1,6}[\d.]{1,8}[kMGTP]?\s{1,6}\d{1,3}\s{1,6}[\d.]{1,8}[kMGTP]?\s{1,8}[\d.]{1,8}[kMGTP]?\s{1,8}[\d.]{1,8}[kMGTP]?\s{1,8}(?:[\d:]{7,9}|--:--:--|\d{1,4}d \d\dh)\s/;

/** rsync --info=progress2, where the files left to check stand behind a percent of the whole. */
const RSYNC =
  /^\s{0,20}[\d,.]{1,24}[KMGT]?\s{1,4}(\d{1,3})%\s{1,6}[\d.,]{1,12}[kMGT]?B\/s\s{1,6}\d{1,4}:\d\d:\d\d(?: \(xfr#\d{1,12}, (?:to|ir)-chk=\d{1,12}\/\d{1,12}\))?/;

/** Something drawn between brackets or bars that fills up. */
const DRAWN =
  /[[|(|]((?=[^[\]|()]{5,300}[\])|])(?:#{0,300}|={0,300}|█{0,300}|■{0,300}|▓{0,300}|●{0,300}|\*{0,300}|⣿{0,300})[>█▉▊▋▌▍▎▏#⣀-⣿]?[ .\-_░▒□○·⠀]{0,300})[\])|]/;

/** A bar or a tool's own line of progress, tqdm and ffmpeg apart. */
export function readDrawnBar(text: string): Claim | null {
  return readKeras(text) ?? readRich(text) ?? readTransfer(text) ?? readDrawn(text);
}

/** Whether a line is rsync's, whose percent is of one file unless readDrawnBar says otherwise. */
export function isTransfer(text: string): boolean {
  return text.includes('B/s') && RSYNC.test(text);
}

function readKeras(text: string): Claim | null {
  const [, atText = '', totalText = ''] = KERAS.exec(text) ?? [];
  return pairClaim('Keras', '', readCount(atText), readCount(totalText), null, 0);
}

function readRich(text: string): Claim | null {
  const found = text.includes('━') ? RICH.exec(text) : null;
  if (!found) return null;
  const [, label = '', percentText, atText = '', totalText = '', unit = '', behind = ''] = found;
  if (percentText !== undefined) {
    // `37% 12/33` behind the bar: the numbers say more, where they are its numbers.
    const pair = /(?:^|\s)(\d{1,16})\/(\d{1,16})(?=\s|$)/.exec(behind);
    const at = readCount(pair?.[1] ?? '');
    const total = readCount(pair?.[2] ?? '');
    if (at !== null && total !== null && isPercentOf(Number(percentText), at, total)) {
      return pairClaim('bar', label, at, total, null, 0);
    }
    return percentClaim('bar', label, readPercent(percentText), 0);
  }
  const prefix = /^[kKMGT]/.exec(unit)?.[0] ?? '';
  const isBytes = unit !== '';
  return pairClaim(
    'bar',
    label,
    readCount(atText + prefix),
    readCount(totalText + prefix),
    isBytes ? 'B' : null,
    0,
  );
}

function readTransfer(text: string): Claim | null {
  const dots = text.includes('..........') ? WGET_DOTS.exec(text) : null;
  if (dots) return percentClaim('wget', '', readPercent(dots[1] ?? ''), 1);
  const bar = text.includes('%') ? PERCENT_BAR.exec(text) : null;
  if (bar) return percentClaim('bar', bar[1] ?? '', readPercent(bar[2] ?? ''), 1);
  const curl = CURL.exec(text);
  if (curl) {
    // Without a length of the whole the first percent stays 0.
    const [, all = '', received = ''] = curl;
    const isUnknown = all === '0' && /^\s{0,3}0\s+0\s/.test(text);
    return isUnknown || all === '' || received === '' ? null : percentClaim('curl', '', readPercent(all), 0);
  }
  const rsync = text.includes('B/s') ? RSYNC.exec(text) : null;
  if (!rsync) return null;
  // The bytes of one file look the same but for the files left to check, which stand there at its end only.
  return rsync[0].endsWith(')') && rsync[1] !== '100'
    ? percentClaim('rsync', '', readPercent(rsync[1] ?? ''), 0)
    : null;
}

function readDrawn(text: string): Claim | null {
  const found = /[[|(][#=>█▉▊▋▌▍▎▏■▓●*⣿ .\-_░▒□○·]{5}/.test(text) ? DRAWN.exec(text) : null;
  if (!found || isOfOtherThings(text)) return null;
  const before = text.slice(0, found.index);
  const behind = text.slice(found.index + found[0].length);
  const outside = `${before} ${behind}`;
  const pairs = [...outside.matchAll(/(?<![\w./:-])(\d{1,16})(?:\/| of )(\d{1,16})(?![\w/]|[.:-]\d)/g)];
  const percents = [...outside.matchAll(/(?<![\w.,-])(\d{1,3}(?:\.\d{1,9})?)\s?%/g)];
  const label = before.replace(/[\d.]+\s?%.*$|\d+(?:\/| of )\d+.*$/, '');
  if (pairs.length === 1 && percents.length <= 1) {
    const [, atText = '', totalText = ''] = pairs[0] ?? [];
    const at = readCount(atText);
    const total = readCount(totalText);
    const percent = readPercent(percents[0]?.[1] ?? '');
    if (at !== null && total !== null && (percent === null || isPercentOf(percent, at, total))) {
      return pairClaim('bar', label, at, total, null, 2);
    }
  }
  return percents.length === 1 && pairs.length === 0
    ? percentClaim('bar', label, readPercent(percents[0]?.[1] ?? ''), 2)
    : null;
}

function pairClaim(
  name: string,
  label: string,
  at: number | null,
  total: number | null,
  unit: string | null,
  risesNeeded: number,
): Claim | null {
  if (at === null || total === null || total === 0 || at > total) return null;
  const epoch = epochOf(label, name);
  if (epoch) return epoch;
  const key = `${name}:${labelOf(label)}`;
  const isPart = isIndexed(label);
  return {
    ...PLAIN_CLAIM,
    kind: 'bar',
    key,
    from: sourceName(name, label),
    at,
    total,
    unit,
    risesNeeded,
    isPart,
  };
}

function percentClaim(
  name: string,
  label: string,
  percent: number | null,
  risesNeeded: number,
): Claim | null {
  return pairClaim(name, label, percent, 100, '%', risesNeeded);
}
