/** A piece of what a program printed, between two line ends, returns to the line's start or movements of the cursor. */
export interface Frame {
  /** One character for each byte: it isn't decoded until somebody wants to read it. */
  bytes: string;
  /** `newline`: the line was left; `redraw`: the next one is drawn over it. */
  end: 'newline' | 'redraw';
  /** How often `ESC [ A` (one line up) stands right behind it: tqdm's position of the bar. */
  ups: number;
}

/** A longer line is no progress line, and is not looked at. */
export const MAX_LINE = 2048;

const MAX_UPS = 100;

/**
 * What ends a frame: a line end, returns to the line's start, backspaces, or the cursor being moved. Each alternative
 * takes its whole run, so that the search is linear.
 */
const ENDS = /[\r\x08]*\n|[\r\x08]+|(?:\x1b\[A)+|\x1b\[[0-9;]{0,16}[ABEFGHJfsu]|\x1b[78]/g;

/**
 * Cuts `text` into frames, each handed to `take`, and returns what is left of it: an unfinished frame, which belongs
 * before what comes next. The frames don't depend on where a stream is cut into texts.
 *
 * @param isSkipping true: the text begins within a line that isn't looked at
 */
export function cutFrames(
  text: string,
  isSkipping: boolean,
  take: (frame: Frame) => void,
): { rest: string; isSkipping: boolean } {
  let skipping = isSkipping;
  let from = 0;
  // The beginning of an escape sequence, which may belong to the end before it.
  const begun = /\x1b(?:\[[0-9;]{0,16})?$/.exec(text.slice(-20))?.[0] ?? '';
  const whole = text.length - begun.length;
  ENDS.lastIndex = 0;
  for (let found = ENDS.exec(text); found !== null; found = ENDS.exec(text)) {
    const end = found[0];
    const to = found.index + end.length;
    const isLine = end.endsWith('\n');
    // What stands at the very end may go on.
    if (to === whole && !isLine) {
      const bytes = text.slice(from, found.index);
      const isTooLong = skipping || bytes.length > MAX_LINE;
      // A run of returns says no more than the last of them.
      const run = /^[\r\x08]/.test(end) ? end.slice(-1) : end.slice(0, MAX_UPS * 3);
      return { rest: (isTooLong ? '' : bytes) + run + begun, isSkipping: isTooLong };
    }
    const length = found.index - from;
    if (!skipping && length > 0 && length <= MAX_LINE) {
      take({
        bytes: text.slice(from, found.index),
        end: isLine ? 'newline' : 'redraw',
        ups: end.startsWith('\x1b[A') ? Math.min(end.length / 3, MAX_UPS) : 0,
      });
    }
    skipping = false;
    from = to;
  }
  const rest = text.slice(from);
  if (!skipping && rest.length - begun.length <= MAX_LINE) return { rest, isSkipping: false };
  return { rest: begun, isSkipping: true };
}
