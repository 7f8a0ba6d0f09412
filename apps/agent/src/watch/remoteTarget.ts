import { jobIdSchema } from '@milepost/shared/job';

/** A job on another host: `HOST:ID`. */
export interface RemoteTarget {
  destination: string;
  id: string;
}

/** Reads `HOST:ID` or `user@host:ID`; undefined: it means a job of this machine. Pure. */
export function readRemoteTarget(text: string): RemoteTarget | undefined {
  const colon = text.lastIndexOf(':');
  if (colon <= 0 || text.includes('/')) return undefined;
  const id = text.slice(colon + 1);
  return jobIdSchema.safeParse(id).success ? { destination: text.slice(0, colon), id } : undefined;
}
