import { type Claim, PLAIN_CLAIM } from './claim.ts';

const CLOCK = '(\\d{1,4}):(\\d\\d):(\\d\\d(?:\\.\\d{1,9})?)';
const INPUT = /^Input #(\d{1,4}), \S.{0,300}, from '/;
const DURATION = new RegExp(`^  Duration: (?:N/A|${CLOCK}), (?:start|bitrate): `);
const STATUS = new RegExp(`^(?:frame=.{1,120} |size=.{1,40} )(?:L?size=.{1,40} )?time=${CLOCK} bitrate=`);
const OUT_TIME = new RegExp(`^out_time=${CLOCK}$`);

/** What ffmpeg has said so far. */
export interface FfmpegState {
  /** The duration of each input in seconds; null: it has none, or hasn't told it yet. */
  inputs: (number | null)[];
  isWorking: boolean;
  /** The most seconds that it wrote: its two ways of telling differ a little. */
  reached: number;
  /** It wrote more than any input is long, so that their durations say nothing. */
  isBeyond: boolean;
}

export const NO_FFMPEG: FfmpegState = { inputs: [], isWorking: false, reached: 0, isBeyond: false };

/** Takes a line of ffmpeg's; `claim` is null where it says nothing about progress. */
export function readFfmpeg(text: string, state: FfmpegState): { state: FfmpegState; claim: Claim | null } {
  const input = text.startsWith('Input #') ? INPUT.exec(text) : null;
  if (input) {
    // A first input after it has worked: ffmpeg was started again.
    const before = state.isWorking || input[1] === '0' ? NO_FFMPEG : state;
    return { state: { ...before, inputs: [...before.inputs, null].slice(-100) }, claim: null };
  }
  if (state.inputs.length === 0) return { state, claim: null };
  const duration = text.startsWith('  Duration: ') ? DURATION.exec(text) : null;
  if (duration && !state.isWorking) {
    return { state: { ...state, inputs: [...state.inputs.slice(0, -1), secondsOf(duration)] }, claim: null };
  }
  const status = /^(?:frame=|size=|out_time=)/.test(text) ? (STATUS.exec(text) ?? OUT_TIME.exec(text)) : null;
  const isEnd = text === 'progress=end' || (status !== null && /\bLsize=/.test(text));
  const seconds = status ? secondsOf(status) : isEnd && state.isWorking ? state.reached : null;
  if (seconds === null) return { state, claim: null };
  const length = state.isBeyond ? null : lengthOf(state.inputs);
  const isBeyond = state.isBeyond || (length !== null && seconds > length + 1);
  const total = length === null || isBeyond ? null : Math.max(1, Math.round(length));
  // The last frame begins before the end.
  const isWhole = isEnd && length !== null && seconds >= length - 1;
  const reached = Math.max(state.reached, isWhole ? length : seconds);
  const at = total === null ? Math.floor(reached) : isWhole ? total : Math.min(Math.floor(reached), total);
  const claim: Claim = { ...PLAIN_CLAIM, kind: 'bar', key: 'ffmpeg', from: 'ffmpeg', at, total, unit: 's' };
  return { state: { ...state, isWorking: true, reached, isBeyond }, claim };
}

/** How long the output will be, where that is clear: one input that has a length, or several of the same. */
function lengthOf(inputs: readonly (number | null)[]): number | null {
  const known = inputs.filter((seconds) => seconds !== null);
  if (known.length === 0 || known.length < inputs.length) return null;
  const longest = Math.max(...known);
  return longest - Math.min(...known) <= 1 ? longest : null;
}

function secondsOf(found: RegExpExecArray): number | null {
  const [, hours, minutes, seconds] = found;
  return hours === undefined ? null : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
