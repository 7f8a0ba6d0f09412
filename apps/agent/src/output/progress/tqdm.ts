import { type Claim, labelOf, PLAIN_CLAIM, sourceName } from './claim.ts';
import { COUNT, isPercentOf, readClock, readCount } from './count.ts';
import { epochOf, isIndexed } from './counters.ts';

const CLOCK = '(?:\\d{1,6}:)?\\d{1,3}:\\d{2}';

/** `Epoch:  12%|█▏        | 12/100 [00:01<00:07, 12.0it/s, loss=0.3]`, whatever the bar is drawn with. */
const WITH_TOTAL = new RegExp(
  `(\\d{1,3})%\\|[^|]{0,500}\\| {0,3}(${COUNT})/(${COUNT}) \\[(${CLOCK})<(?:${CLOCK}|\\?)(?=[,\\]])(.{0,200})`,
);

/** `120it [00:10, 12.0it/s]`, `Read: 1.2ksamples [00:10,  1.20s/samples]`. */
const WITHOUT_TOTAL = new RegExp(
  `(?:^|: )(${COUNT})([^\\d\\s/[\\]:|%.,][^\\d/[\\]|%]{0,30}| [^\\d\\s/[\\]|%][^\\d/[\\]|%]{0,30}) \\[(${CLOCK}), ( {0,12}(?:\\?|\\d).{0,200})`,
);

const RATE = /^ {0,12}(?:\?|\d{1,9}(?:\.\d{1,9})?)(?:([^\d,/\]]{1,30})\/s|s\/([^\d,/\]]{1,30}))(?=[,\]]|$)/;

/** What a line says that tqdm drew. */
export function readTqdm(text: string, level: number): Claim | null {
  const found = text.includes('%|') ? WITH_TOTAL.exec(text) : null;
  if (found) {
    const [, percent = '', atText = '', totalText = '', clock = '', behind = ''] = found;
    const at = readCount(atText);
    const total = readCount(totalText);
    if (at === null || total === null || total === 0 || at > total) return null;
    // With 1.2k of 30.0k three places are all there is.
    if (!isPercentOf(Number(percent), at, total, 1.5)) return null;
    const isScaled = /[kMGTPEZY]/.test(atText + totalText);
    return claimOf(text.slice(0, found.index), level, {
      at,
      total,
      unit: unitOf(behind.replace(/^, ?/, ''), isScaled),
      elapsedSeconds: readClock(clock),
    });
  }
  const open = text.includes(' [') ? WITHOUT_TOTAL.exec(text) : null;
  if (!open) return null;
  const [, atText = '', unit = '', clock = '', rate = ''] = open;
  const at = readCount(atText);
  if (at === null || !RATE.test(rate)) return null;
  return claimOf(text.slice(0, open.index), level, {
    at,
    total: null,
    unit: unit.trim(),
    elapsedSeconds: readClock(clock),
  });
}

function claimOf(
  label: string,
  level: number,
  read: Pick<Claim, 'at' | 'total' | 'unit' | 'elapsedSeconds'>,
): Claim {
  if (label !== lastBar.label) lastBar = barOf(label);
  if (lastBar.epoch) return lastBar.epoch;
  return { ...PLAIN_CLAIM, ...lastBar.of, level, ...read };
}

/** What a bar's text says. A bar is drawn again and again: what was made of its text the last time is kept. */
let lastBar = barOf('');

function barOf(label: string): {
  label: string;
  epoch: Claim | null;
  of: Pick<Claim, 'kind' | 'key' | 'from' | 'isPart'>;
} {
  return {
    label,
    epoch: epochOf(label, 'tqdm'),
    of: {
      kind: 'bar',
      key: `tqdm:${labelOf(label)}`,
      from: sourceName('tqdm', label),
      isPart: isIndexed(label),
    },
  };
}

/** The unit by the rate behind it; null where that is cut off. */
function unitOf(rate: string, isScaled: boolean): string | null {
  const [, perSecond, secondsPer] = RATE.exec(rate) ?? [];
  const unit = (perSecond ?? secondsPer)?.trim();
  if (unit === undefined || unit === '') return null;
  return isScaled && perSecond !== undefined ? unit.replace(/^[kMGTPEZY](?=.)/, '').trim() : unit;
}
