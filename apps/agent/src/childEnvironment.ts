import type { JobRecord } from '@milepost/shared/job';

/** What a job says to its program is not for a job that this program starts. */
const ANOTHERS = new Set(['MILEPOST_RESUME', 'MILEPOST_CHECKPOINT']);

/**
 * The environment of a job's command: saved variables win for the names that were saved, everything else comes from
 * whoever runs or resumes it.
 */
export function childEnvironment(record: JobRecord): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !ANOTHERS.has(name)) own[name] = value;
  }
  // Into a pipe Python prints in blocks of 8 KiB: then progress would be seen long after it was made.
  const unbuffered = record.kind === 'process' ? { PYTHONUNBUFFERED: '1' } : {};
  return { ...unbuffered, ...own, ...record.surroundings.env, MILEPOST_JOB: record.id };
}
