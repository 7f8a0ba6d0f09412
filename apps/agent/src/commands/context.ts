import type { RawOutput } from '../output/processDisplay.ts';
import type { Output } from '../output/runDisplay.ts';

/** What a command gets of the world besides files and processes. */
export interface CommandContext {
  /** Standard output. */
  out: Output;
  /** Both streams, for what a program that we run prints. */
  raw: RawOutput;
  /** Prints an answer for a program. */
  json: (answer: unknown) => void;
  /** Set in a detached agent: tells whoever started it that the job is held, or why not. */
  ready: ((answer: unknown) => void) | undefined;
  /** The command line behind the program. */
  args: readonly string[];
}
