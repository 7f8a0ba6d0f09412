import { LONGEST_SECONDS } from '../duration.ts';
import { cleanText } from '../text.ts';
import { type ProgressReport, percentOf } from './progress.ts';
import { parseTimestamp } from './timestamp.ts';
import { utf8Bytes, utf8Head } from './utf8.ts';

/** A PROGRESS.txt is never larger, whatever the values. */
export const MAX_FILE_BYTES = 4096;

/**
 * How many bytes each free text may take beside its 200 characters. Together with everything else in the file they
 * stay below {@link MAX_FILE_BYTES}, so that no value is shortened because of another one.
 */
const MAX_BYTES = {
  message: 800,
  job: 600,
  checkpoint: 600,
  host: 600,
  unit: 300,
  stage: 200,
  from: 200,
} as const;

/**
 * The whole text of a PROGRESS.txt, with its last newline. At most {@link MAX_FILE_BYTES} in UTF-8.
 *
 * Free text is cleaned (`cleanText`) and `COMPLETE` in it is written in lower case: the capital word stands in the
 * text if and only if the status is `complete`. What is null, or empty once cleaned, has no line. A number that is
 * none (NaN, below 0) is never written: completed is then 0, a time `unknown`, and every other line is left out. Where
 * nobody knows how much is done, `Progress: unknown` says so.
 */
export function formatProgress(report: ProgressReport): string {
  const isComplete = report.status === 'complete';
  const unit = freeText(report.unit, MAX_BYTES.unit);
  const lines = [
    `Progress: ${countsText(report)}`,
    `Elapsed: ${minutesText(report.elapsedSeconds)}`,
    `ETA: ${isComplete ? '0.0 min' : minutesText(report.etaSeconds)}`,
    `Last update: ${utcText(report.lastUpdate)}`,
    `Status: ${report.status.toUpperCase()}`,
    line('Stage', freeText(report.stage, MAX_BYTES.stage)),
    line('Job', freeText(report.job, MAX_BYTES.job)),
    line('Unit', unit),
    line('Rate', formatRate(report.itemsPerSecond, unit)),
    line('From', freeText(report.from, MAX_BYTES.from)),
    line('Checkpoint', checkpointText(report)),
    line('In flight', itemsText(report.inFlight)),
    report.atRiskSeconds === null ? '' : line('At risk', minutesText(report.atRiskSeconds)),
    line('Runs', itemsText(report.runs)),
    line('Host', freeText(report.host, MAX_BYTES.host)),
    line('Message', freeText(report.message, MAX_BYTES.message)),
  ];
  return `${lines.filter((text) => text !== '').join('\n')}\n`;
}

function line(key: string, value: string | null): string {
  return value === null ? '' : `${key}: ${value}`;
}

function countsText({ completed, total, status }: ProgressReport): string {
  if (completed === null) return total !== null && isItems(total) ? `unknown/${total}` : 'unknown';
  const known = isItems(completed) ? completed : 0;
  if (total === null || !isItems(total)) return `${known}`;
  const shown = Math.min(known, total);
  const percent = percentOf(shown, total);
  if (percent === null) return `${shown}/${total}`;
  const share = status === 'complete' && percent === 100 ? '100' : percent.toFixed(1);
  return `${shown}/${total} (${share}%)`;
}

function isItems(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function itemsText(value: number | null): string | null {
  return value !== null && isItems(value) ? `${value}` : null;
}

/** Seconds as minutes with one decimal; what is not known, no number or above {@link LONGEST_SECONDS}: `unknown`. */
function minutesText(seconds: number | null): string {
  if (seconds === null || !(seconds >= 0)) return 'unknown';
  const tenths = Math.round(seconds / 6);
  if (tenths * 6 > LONGEST_SECONDS) return 'unknown';
  return `${Math.floor(tenths / 10)}.${tenths % 10} min`;
}

function utcText(timestamp: string): string {
  const parsed = parseTimestamp(timestamp);
  return parsed && !parsed.isLocal ? parsed.iso : 'unknown';
}

/** "6 saved, last checkpoint_10000.npz at 2026-11-23T12:34:12.000Z"; either half may be missing. */
function checkpointText({ checkpoints, lastCheckpoint }: ProgressReport): string | null {
  const saved = itemsText(checkpoints);
  const name = freeText(lastCheckpoint?.name ?? null, MAX_BYTES.checkpoint);
  const last = name === null ? null : `last ${name} at ${utcText(lastCheckpoint?.at ?? '')}`;
  const parts = [saved === null ? null : `${saved} saved`, last].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

/** One cleaned line without the capital word, at most `maxBytes` in UTF-8; null where nothing is left. */
function freeText(text: string | null, maxBytes: number): string | null {
  if (text === null) return null;
  const clean = cleanText(text).replaceAll('COMPLETE', 'complete');
  if (clean === '') return null;
  return utf8Bytes(clean) <= maxBytes ? clean : `${utf8Head(clean, maxBytes - 3).trimEnd()}…`;
}

/** "/min" and a number with its space: what stands around the unit within 200 characters. */
const MAX_RATE_UNIT = 170;

/**
 * Speed with three significant digits per s, min or h: the first of them in which it is at least 1.
 * Null where there is none, or none that can be written so.
 */
export function formatRate(itemsPerSecond: number | null, unit: string | null): string | null {
  if (itemsPerSecond === null || !(itemsPerSecond >= 0) || itemsPerSecond > 1e15) return null;
  const [factor, per] = itemsPerSecond >= 1 ? [1, 's'] : itemsPerSecond >= 1 / 60 ? [60, 'min'] : [3600, 'h'];
  const amount = itemsPerSecond * factor;
  if (amount === 0) return `0 ${shortUnit(unit)}/s`;
  if (amount < 1e-3) return null;
  const digits = amount.toPrecision(3);
  return `${digits.includes('e') ? Number(digits) : digits} ${shortUnit(unit)}/${per}`;
}

function shortUnit(unit: string | null): string {
  const clean = cleanText(unit ?? '', MAX_RATE_UNIT);
  return clean === '' ? 'items' : clean;
}
