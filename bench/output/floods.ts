import { createOutputReader } from '@milepost/agent/output/readProgress';
import { seededRandom } from '../eta/random.ts';
import { inPairs, timed } from '../speed/pairs.ts';
import type { SpeedResult } from '../speed/result.ts';

/** What a pipe hands over at once. */
const PIECE = 64 * 1024;
/** How much of the flood stands ready; it comes again and again. */
const FLOOD = 16 * 1024 * 1024;
/** How much comes between two questions for the reading, as at 1 GB in a second. */
const BETWEEN = 1024 ** 3;
const GOAL_GB = 1;
const PAIRS = 5;

/** Text lines, as of a log. */
export function plainLines(): Buffer {
  let number = 0;
  return filled(() => {
    number += 1;
    return `2026-11-24 12:00:00,123 INFO worker: request ${number} answered in 12.3 ms, status 200\n`;
  });
}

/** A bar of tqdm, drawn again and again. */
export function redraws(): Buffer {
  let number = 0;
  return filled(() => {
    number += 1;
    const percent = Math.round(number / 10_000);
    return `\rTrain: ${String(percent).padStart(3)}%|${'█'.repeat(percent / 10).padEnd(10)}| ${number}/1000000 [00:10<00:20, 9.9it/s]`;
  });
}

export function randomBytes(): Buffer {
  const { uniform } = seededRandom(7);
  const bytes = Buffer.alloc(FLOOD);
  for (let at = 0; at < FLOOD; at += 4) bytes.writeUInt32LE(Math.floor(uniform() * 2 ** 32), at);
  return bytes;
}

export function endlessLine(): Buffer {
  return Buffer.alloc(FLOOD, '12/100 37% ');
}

function filled(next: () => string): Buffer {
  const bytes = Buffer.alloc(FLOOD);
  for (let at = 0; at < FLOOD; ) at += bytes.write(next(), at);
  return bytes;
}

/** A second's flood through the reader, asked once at its end, beside the bytes only copied piece by piece. */
export async function readFlood(name: string, flood: Buffer): Promise<SpeedResult> {
  const target = Buffer.alloc(PIECE);
  let slowestMs = 0;
  const each = (take: (piece: Buffer) => void) => {
    for (let bytes = 0; bytes < BETWEEN; ) {
      for (let from = 0; from < FLOOD && bytes < BETWEEN; from += PIECE, bytes += PIECE) {
        take(flood.subarray(from, from + PIECE));
      }
    }
  };
  const pairs = await inPairs(
    () => {
      const reader = createOutputReader({ patterns: [] });
      return timed(async () => {
        each((piece) => reader.add('stdout', piece));
        slowestMs = Math.max(slowestMs, await timed(() => reader.reading()));
      });
    },
    () => timed(() => each((piece) => piece.copy(target))),
    PAIRS,
  );
  const speed = (ms: number) => BETWEEN / 1e6 / ms;
  const ours = speed(pairs.oursMs);
  return {
    what: `a flood of ${name} through the reader of progress, against its bytes copied once`,
    ours: `${ours.toFixed(1)} GB/s`,
    against: `${speed(pairs.bareMs).toFixed(1)} GB/s`,
    measured: `${ours.toFixed(1)} GB/s`,
    goal: `${GOAL_GB} GB/s`,
    met: ours >= GOAL_GB,
    note: `the slowest answer to a question took ${slowestMs.toFixed(1)} ms`,
  };
}
