// How long each picture of a film stands. Pure.

export interface Shot {
  file: string;
  /** When it was taken, in ms. */
  at: number;
  /** Something that wants to be seen: it stands at least so long, in ms. */
  holdMs: number;
}

export interface Cut {
  file: string;
  ms: number;
}

/** While nothing is to be looked at closely the film runs so many times as fast as life. */
const SPEED = 5;
const LEAST_MS = 80;
/** Longer than this nothing that is not held stands still. */
const MOST_MS = 450;

/** The film's pictures in their order, each with its time; the last one stands as long as it is held. */
export function cutFilm(shots: readonly Shot[]): Cut[] {
  return shots.map(({ file, at, holdMs }, index) => {
    const next = shots[index + 1];
    const runs = next === undefined ? LEAST_MS : (next.at - at) / SPEED;
    const ms = Math.max(holdMs, Math.min(MOST_MS, Math.max(LEAST_MS, runs)));
    // A GIF counts in hundredths of a second.
    return { file, ms: Math.round(ms / 10) * 10 };
  });
}

/** For ffmpeg's concat demuxer, which wants the last picture twice. */
export function concatList(cuts: readonly Cut[]): string {
  const last = cuts.at(-1);
  const lines = cuts.map(({ file, ms }) => `file '${file}'\nduration ${(ms / 1000).toFixed(2)}`);
  return `${lines.join('\n')}\n${last === undefined ? '' : `file '${last.file}'\n`}`;
}
