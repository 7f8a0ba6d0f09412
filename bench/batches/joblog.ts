// The file that GNU parallel writes with --joblog: one line for each job that has ended, by tabs.

export interface JoblogEntry {
  /** From 1, in the order of the inputs. */
  seq: number;
  exitCode: number;
  signal: number;
}

/** The whole lines; the header and what was cut off say nothing. */
export function parseJoblog(text: string): JoblogEntry[] {
  const whole = text.split('\n').slice(0, -1);
  return whole.flatMap((line) => {
    const [seq, , , , , , exitCode, signal, command] = line.split('\t');
    if (seq === undefined || !/^\d+$/.test(seq) || command === undefined) return [];
    return [{ seq: Number(seq), exitCode: Number(exitCode), signal: Number(signal) }];
  });
}

/** What the workers of the bench write: one line at each start and each end of a batch. */
export interface WorkLog {
  starts: number;
  ends: number;
}

export function parseWorkLog(text: string): WorkLog {
  const lines = text.split('\n');
  const count = (word: string): number => lines.filter((line) => line.startsWith(`${word} `)).length;
  return { starts: count('start'), ends: count('end') };
}
