import { cleanText } from '@milepost/shared/text';

/**
 * Where a claim comes from. The order is the precedence: an earlier kind counts more than a later one.
 *
 * `pattern`: what the person gave; `epoch`: the outermost loop of a training, by its name; `bar`: a bar of a known
 * library, or a tool with a form of its own; `counter`: `step 12 of 100`, `[12/100]`; `pair`: `37% (37/100)`;
 * `percent`: a percent alone.
 */
export const KINDS = ['pattern', 'epoch', 'bar', 'counter', 'pair', 'percent'] as const;
export type Kind = (typeof KINDS)[number];

/** What one line says about progress, before it is decided whether that is believed. */
export interface Claim {
  kind: Kind;
  /** Which bar or line it is: the same at every redraw, and in a later run of the program. */
  key: string;
  /** For a person: where the number was taken from. */
  from: string;
  /** The number as it is printed. */
  at: number;
  total: number | null;
  unit: string | null;
  /** Seconds since the bar began, where it says so: by them a bar that started again is known. */
  elapsedSeconds: number | null;
  /** How many lines below the outermost bar it is drawn; 0: outermost, or unknown. */
  level: number;
  /** It is believed once its number has risen so often. */
  risesNeeded: number;
  /** The number is of what has begun, not of what is done: `Epoch 3/100`. */
  isBegun: boolean;
  /** It is one of several of unknown number, such as `Epoch 3` without a total: its total is not the job's. */
  isPart: boolean;
  /** So much it may fall without being another thing: parallel builds print a little out of order. */
  slack: number;
}

/** A claim with nothing special about it. */
export const PLAIN_CLAIM = {
  total: null,
  unit: null,
  elapsedSeconds: null,
  level: 0,
  risesNeeded: 0,
  isBegun: false,
  isPart: false,
  slack: 0,
} as const;

const MAX_LABEL = 60;

/** What stays the same of a text whose numbers change: they are left out, and so is what is drawn. */
export function labelOf(text: string): string {
  return cleanText(text, 200)
    .replace(/\d+/g, '#')
    .replace(/[\s:|([\-–>]+$/u, '')
    .trim()
    .slice(0, MAX_LABEL);
}

/** `tqdm "Epoch"`, or the name alone where the bar has no text. */
export function sourceName(name: string, text: string): string {
  const shown = cleanText(text, MAX_LABEL).replace(/[\s:|([\-–>]+$/u, '');
  return shown === '' ? name : `${name} "${shown}"`;
}
