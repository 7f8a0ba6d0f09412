import { strings } from './strings.ts';

// What to do about a trouble that its reason names, beside Resume. Pure.

/** As the system words it (strerror(3)), whichever program passed it on, and by the codes that the agent adds. */
const FULL_DISK = /\b(?:ENOSPC|EDQUOT|No space left on device|Disk quota exceeded)\b/i;

/** One sentence for a person, or null where the reason says all there is to say. `hostName` is cleaned. */
export function adviceFor(reason: string | null, hostName: string): string | null {
  return reason !== null && FULL_DISK.test(reason) ? strings.advice.fullDisk(hostName) : null;
}
