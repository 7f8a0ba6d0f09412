import type { ProgressPattern } from '../progressPattern.ts';
import type { Claim } from './claim.ts';
import { readCounter } from './counters.ts';
import { isTransfer, readDrawnBar } from './drawnBars.ts';
import { NO_FFMPEG, readFfmpeg } from './ffmpeg.ts';
import type { Frame } from './frames.ts';
import { readPercentLine } from './percents.ts';
import { readTqdm } from './tqdm.ts';
import type { Tracker } from './tracker.ts';

/** Reads lines of both streams: ffmpeg's may come on either. */
export interface LineReader {
  read(text: string, frame: Frame): Claim[];
  /** As read, of a frame behind which nothing stands yet: what may go on, unless it has ended, is left out. Remembers nothing. */
  tryOut(text: string, isEnded: boolean, tracker: Tracker): Claim[];
}

/** What a line must hold to be worth a closer look. */
const WORTH =
  /%|\d ?\/ ?\d|\d(?: out)? of \d|\d[^\d ]* \[|time=|progress=|Duration|Input #|[\dkMGTP] +0 +0 +\d/;

/** @param patterns the person's; where there are any, nothing else is believed */
export function createLineReader(patterns: readonly ProgressPattern[]): LineReader {
  let ffmpeg = NO_FFMPEG;

  function byPattern(text: string): Claim[] {
    for (const { read } of patterns) {
      const claim = read(text);
      if (claim) return [claim];
    }
    return [];
  }

  function claimOf(text: string, level: number, isRedrawn: boolean): Claim | null {
    const trimmed = text.trimStart();
    return (
      readTqdm(trimmed, level) ??
      readCounter(trimmed) ??
      readDrawnBar(trimmed) ??
      (isTransfer(trimmed) ? null : readPercentLine(trimmed, isRedrawn))
    );
  }

  return {
    read(text, frame) {
      if (patterns.length > 0) return byPattern(text);
      if (!WORTH.test(text)) return [];
      const video = readFfmpeg(text, ffmpeg);
      ffmpeg = video.state;
      const claim = video.claim ?? claimOf(text, frame.ups, frame.end === 'redraw');
      return claim ? [claim] : [];
    },
    tryOut(text, isEnded, tracker) {
      // A number at the very end may have more digits.
      const whole = isEnded ? text.trimEnd() : text.replace(/[^\s\])%]+$/, '').trimEnd();
      if (whole === '') return [];
      if (patterns.length > 0) return isEnded ? byPattern(whole) : [];
      if (!WORTH.test(whole)) return [];
      const claim = readFfmpeg(whole, ffmpeg).claim ?? claimOf(whole, 0, true);
      if (claim === null) return [];
      // "step 3/4" may go on with "of the way".
      if (claim.key.startsWith('count:')) return isEnded || claim.from.startsWith('tqdm ') ? [claim] : [];
      return asKnown(claim, tracker);
    },
  };
}

/** What tells a bar's level, and whether a line is drawn over, stands behind it: without that it must be known already. */
function asKnown(claim: Claim, tracker: Tracker): Claim[] {
  if (!claim.key.startsWith('tqdm:')) {
    const known = tracker.sources.get(`${claim.key} 0`)?.claim;
    return known?.total === claim.total && known.unit === claim.unit ? [claim] : [];
  }
  const bars = [...tracker.sources.values()].filter(({ claim: { key } }) => key.startsWith('tqdm:'));
  const same = bars.filter((bar) => bar.claim.key === claim.key && bar.claim.total === claim.total);
  const [one] = same;
  if (same.length === 1 && one) return [{ ...claim, level: one.claim.level }];
  return bars.length === 0 ? [claim] : [];
}
