import { Buffer } from 'node:buffer';
import { stripTerminal } from '@milepost/shared/text';
import { standingOf } from './progress/choose.ts';
import type { Frame } from './progress/frames.ts';
import { createLineReader } from './progress/readLine.ts';
import { sampleStream } from './progress/sampledStream.ts';
import { copyTracker, newTracker, track } from './progress/tracker.ts';
import type { ProgressPattern } from './progressPattern.ts';

/** How far a program is, by what it printed. */
export interface OutputReading {
  /** Whole items, from 0 to 2^53. */
  completed: number;
  /** Null: unknown. */
  total: number | null;
  /** As it is printed, such as `it`, `samples`, `%`; `s` for ffmpeg's seconds; null: unknown. */
  unit: string | null;
  /** Where the number was taken from, for a person: `tqdm "Epoch"`, `ffmpeg`, `"step 1200 of 5000"`, `--progress`. */
  from: string;
  /** The same for the same source, also in a later run of the program. */
  key: string;
}

/** Takes progress from what a program prints. It never guesses: what is unclear is null. */
export interface OutputReader {
  /** Bytes as they came, of one of the two streams, cut anywhere. They are not kept: a buffer may be used again. */
  add(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /**
   * The best reading of all so far; null: unknown.
   *
   * To be asked about once a second: what comes between two questions is looked at whole up to 512 KiB of each stream, and
   * of a flood beyond that only samples and its end.
   */
  reading(): OutputReading | null;
}

/** @param options.patterns what the person gave; where there are any, nothing else is believed */
export function createOutputReader(options: { patterns: readonly ProgressPattern[] }): OutputReader {
  let tracker = newTracker();
  const lines = createLineReader(options.patterns);
  const streams = { stdout: sampleStream(take), stderr: sampleStream(take) };
  let last: 'stdout' | 'stderr' = 'stdout';

  function take(frame: Frame): void {
    const text = textOf(frame.bytes);
    if (text === null) return;
    for (const claim of lines.read(text.trimEnd(), frame)) track(tracker, claim);
  }

  /** What an unfinished frame would say, if it ended where it can be cut: tried out, and forgotten again. */
  function tryOut(open: readonly string[]): OutputReading | null {
    const kept = tracker;
    tracker = copyTracker(kept);
    try {
      for (const bytes of open) {
        const isEnded = /[\r\x08]$/.test(bytes);
        const text = textOf(bytes.replace(isEnded ? /[\r\x08]+$/ : /\x1b\[?[0-9;]*$/, ''));
        if (text === null) continue;
        for (const claim of lines.tryOut(text, isEnded, tracker)) track(tracker, claim);
      }
      return standingOf(tracker);
    } finally {
      tracker = kept;
    }
  }

  return {
    add(stream, chunk) {
      // In the order in which it came, as far as the two pipes tell.
      if (stream !== last) streams[last].flush();
      last = stream;
      streams[stream].add(chunk);
    },
    reading() {
      const other = last === 'stdout' ? 'stderr' : 'stdout';
      const otherOpen = streams[other].catchUp();
      return tryOut([otherOpen, streams[last].catchUp()]);
    },
  };
}

/** A frame as a person sees it; null: there is no number in it. */
function textOf(bytes: string): string | null {
  if (!/\d/.test(bytes)) return null;
  const text = /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
  const plain = /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u200e-\u202e\u2066-\u2069]/.test(text)
    ? stripTerminal(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '')
    : text;
  return plain;
}
