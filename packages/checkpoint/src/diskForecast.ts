import { statfs } from 'node:fs/promises';

/**
 * The bytes that the rest of a job will take: its remaining items at the size of those that are saved, and the merged
 * result where there will be one. Null before anything is saved. Pure.
 */
export function forecastBytes(
  saved: { items: number; bytes: number },
  total: number,
  merges: boolean,
): number | null {
  if (saved.items === 0) return null;
  const whole = (saved.bytes / saved.items) * total;
  return Math.max(0, Math.ceil(whole - saved.bytes + (merges ? whole : 0)));
}

/** What an agent can still write where `dir` is, in bytes; null where the system doesn't say. */
export async function freeBytes(dir: string): Promise<number | null> {
  try {
    const stat = await statfs(dir);
    return stat.bavail * stat.bsize;
  } catch {
    return null;
  }
}

/** A sentence where the forecast won't fit; undefined where it does or nothing is known. Pure. */
export function shortage(needed: number | null, free: number | null): string | undefined {
  if (needed === null || free === null || needed <= free) return undefined;
  return `the disk will not do: the rest of the job needs about ${inUnits(needed)}, and ${inUnits(free)} are free`;
}

/** With less than this free not even the records of one attempt can be written. */
const NOTHING_BYTES = 64 * 1024;

/**
 * Why something failed, and before it that the disk of `dir` is full, where it is: what a program says of that itself
 * may be anything, or be cut off.
 */
export async function withFullDisk(reason: string, dir: string): Promise<string> {
  const free = await freeBytes(dir);
  if (free === null || free >= NOTHING_BYTES || reason.includes('ENOSPC')) return reason;
  return `the disk is full (ENOSPC): ${reason}`;
}

/** Bytes for people: `340 kB`, `1.2 GB`. */
export function inUnits(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}
