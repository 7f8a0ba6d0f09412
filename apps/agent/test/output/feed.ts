import { spawn } from 'node:child_process';
import { createOutputReader, type OutputReading } from '../../src/output/readProgress.ts';

/** Every reading that a reader gave of `output`, fed in pieces of so many bytes; the same one after itself left out. */
export function readingsOf(output: Uint8Array, pieceBytes: number): (OutputReading | null)[] {
  const reader = createOutputReader({ patterns: [] });
  const readings: (OutputReading | null)[] = [];
  for (let from = 0; from < output.length; from += pieceBytes) {
    reader.add('stdout', output.subarray(from, from + pieceBytes));
    keep(readings, reader.reading());
  }
  return readings;
}

/** The reading of a text that comes at once. */
export function readingOf(text: string): OutputReading | null {
  const reader = createOutputReader({ patterns: [] });
  reader.add('stdout', Buffer.from(text));
  return reader.reading();
}

/** Runs a program and returns every reading that its output gave, asked for after every few bytes of it. */
export async function runAndRead(
  command: string,
  args: readonly string[],
): Promise<(OutputReading | null)[]> {
  const reader = createOutputReader({ patterns: [] });
  const readings: (OutputReading | null)[] = [];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (bytes: Buffer) => {
      for (let from = 0; from < bytes.length; from += 50) {
        reader.add(stream, bytes.subarray(from, from + 50));
        keep(readings, reader.reading());
      }
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return readings;
}

function keep(readings: (OutputReading | null)[], reading: OutputReading | null): void {
  if (readings.length === 0 || JSON.stringify(readings.at(-1)) !== JSON.stringify(reading))
    readings.push(reading);
}
