import { Buffer } from 'node:buffer';
import { cutFrames, type Frame } from './frames.ts';

/** So many bytes of a stream are looked at whole between two questions for the reading. */
export const WHOLE_BYTES = 512 * 1024;
/** Of what comes beyond them, the end of each window is looked at ... */
export const WINDOW_BYTES = 4 * 1024 * 1024;
export const SAMPLE_BYTES = 4 * 1024;
/** ... and, when the reading is asked for, the end of what came. */
export const TAIL_BYTES = 16 * 1024;

const BLOCK_BYTES = 16 * 1024;

/** One of a program's output streams, cut into frames. */
export interface SampledStream {
  add(bytes: Uint8Array): void;
  /** Hands over every frame that is whole; returns the bytes of the unfinished one. */
  flush(): string;
  /** As flush, and looks at the end of what was passed over. What comes next is looked at whole again. */
  catchUp(): string;
}

/**
 * Looks at a stream whole while little comes, and at samples of a flood, so that a flood costs next to nothing: which
 * bytes are looked at is decided by how many came since the last catchUp, never by how they were cut into pieces.
 */
export function sampleStream(take: (frame: Frame) => void): SampledStream {
  const block = Buffer.alloc(BLOCK_BYTES);
  let used = 0;
  let rest = '';
  let isSkipping = false;
  /** Bytes since the last catchUp. */
  let position = 0;
  const tail = Buffer.alloc(TAIL_BYTES);
  /** Bytes passed over since the last that was looked at; the last TAIL_BYTES of them stand in `tail`, as a ring. */
  let passed = 0;

  function look(text: string): void {
    ({ rest, isSkipping } = cutFrames(rest + text, isSkipping, take));
  }

  function flush(): string {
    if (used > 0) look(block.toString('latin1', 0, used));
    used = 0;
    return isSkipping ? '' : rest;
  }

  function lookAt(bytes: Uint8Array): void {
    if (passed > 0) {
      // It begins in the middle of a line.
      passed = 0;
      rest = '';
      isSkipping = true;
    }
    for (let from = 0; from < bytes.length; ) {
      const count = Math.min(bytes.length - from, BLOCK_BYTES - used);
      block.set(bytes.subarray(from, from + count), used);
      used += count;
      from += count;
      if (used === BLOCK_BYTES) flush();
    }
  }

  function passOver(bytes: Uint8Array): void {
    if (used > 0) flush();
    const kept = bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES));
    const at = (passed + bytes.length - kept.length) % TAIL_BYTES;
    const first = kept.subarray(0, TAIL_BYTES - at);
    tail.set(first, at);
    if (first.length < kept.length) tail.set(kept.subarray(first.length), 0);
    passed += bytes.length;
  }

  return {
    add(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const step = nextStep(position);
        const part =
          from === 0 && bytes.length <= step.bytes ? bytes : bytes.subarray(from, from + step.bytes);
        if (step.isLookedAt) lookAt(part);
        else passOver(part);
        position += part.length;
        from += part.length;
      }
    },
    flush,
    catchUp() {
      flush();
      if (passed > 0) {
        const at = passed % TAIL_BYTES;
        const isWhole = passed <= TAIL_BYTES;
        const text = isWhole
          ? tail.toString('latin1', 0, passed)
          : tail.toString('latin1', at, TAIL_BYTES) + tail.toString('latin1', 0, at);
        if (!isWhole) {
          rest = '';
          isSkipping = true;
        }
        passed = 0;
        look(text);
      }
      position = 0;
      return isSkipping ? '' : rest;
    },
  };
}

/** What is done with the bytes from `position` on, and with how many. */
function nextStep(position: number): { isLookedAt: boolean; bytes: number } {
  if (position < WHOLE_BYTES) return { isLookedAt: true, bytes: WHOLE_BYTES - position };
  const within = (position - WHOLE_BYTES) % WINDOW_BYTES;
  // A window begins by being passed over: its sample is at its end.
  const passedOver = WINDOW_BYTES - SAMPLE_BYTES;
  return within < passedOver
    ? { isLookedAt: false, bytes: passedOver - within }
    : { isLookedAt: true, bytes: WINDOW_BYTES - within };
}
